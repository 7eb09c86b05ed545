#include "runtime/client_supervision.h"

#include <utility>

#include "base/overloaded.h"
#include "io/boot_time.h"
#include "io/process/process_runner.h"
#include "runtime/translate.h"

namespace hb::runtime {

ClientSupervision::ClientSupervision(asio::io_context& loop, io::Log& log,
                                     io::ClientProcesses::Options options, Events events)
    : log_(log),
      events_(std::move(events)),
      processes_(loop, std::move(options),
                 [this](ClientLife life, const io::ClientProcesses::Outcome& outcome) {
                   ended(life, outcome);
                 }),
      timer_(loop) {}

void ClientSupervision::set(std::vector<ManagedClient> lines, const Surroundings& surroundings) {
  processes_.set_environment(io::environment_of(surroundings.environment));
  processes_.set_directory(surroundings.directory);
  supervisor_.set_stop_limit(surroundings.stop_limit);
  feed(core::ClientsWanted{std::move(lines)});
}

void ClientSupervision::ended(ClientLife life, const io::ClientProcesses::Outcome& outcome) {
  std::visit(Overloaded{
                 [&](const ClientEnd& end) {
                   feed(core::ClientEnded{life, end});
                 },
                 [&](const io::IoError& error) {
                   feed(core::ClientNotStarted{life, error.text()});
                 },
             },
             outcome);
}

void ClientSupervision::feed(const core::SupervisorInput& input) {
  for (const core::SupervisorEffect& effect : supervisor_.step(io::boot_time(), input)) {
    perform(effect);
  }
  set_timer();
}

void ClientSupervision::perform(const core::SupervisorEffect& effect) {
  std::visit(Overloaded{
                 [&](const core::StartClient& e) { processes_.start(e.life, e.client); },
                 [&](const core::TerminateClient& e) { processes_.terminate(e.life); },
                 [&](const core::KillClient& e) { processes_.kill(e.life); },
                 [&](const core::AllClientsStopped&) { events_.all_stopped(); },
                 [&](const core::Reboot& e) { events_.reboot(e.reason); },
                 [&](const core::Note& note) { log_.write(to_message(note)); },
             },
             effect);
}

void ClientSupervision::set_timer() {
  const auto due = supervisor_.next_deadline();
  if (!due) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(*due - io::boot_time());
  timer_.async_wait([this](const asio::error_code& error) {
    if (!error) feed(core::SupervisionDue{});
  });
}

}  // namespace hb::runtime
