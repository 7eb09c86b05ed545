#include "runtime/media_set.h"

#include <algorithm>
#include <utility>

#include "base/overloaded.h"

namespace hb::runtime {
namespace {

// Each reads up to Medium::kDrainBudget datagrams: all that a socket's buffer can hold, and an end
// even while a flood goes on.
constexpr int kDrainRounds = 8;

}  // namespace

void MediaSet::apply(const std::vector<MediumSpec>& wanted) {
  std::erase_if(entries_, [&](const Entry& entry) {
    if (std::find(wanted.begin(), wanted.end(), entry.spec) != wanted.end()) return false;
    entry.medium->drain();  // a change of ucast lines makes the medium anew: lose nothing by it
    log_.say<"medium-closed">(entry.medium->description());
    return true;
  });
  for (const MediumSpec& spec : wanted) {
    const auto same = [&](const Entry& entry) { return entry.spec == spec; };
    if (std::none_of(entries_.begin(), entries_.end(), same)) open(spec);
  }
}

std::unique_ptr<io::Medium> MediaSet::make(const MediumSpec& spec) {
  const io::MediaContext context{loop_, batch_, *this, &names_};
  return std::visit(
      Overloaded{
          [&](const io::TcpConfig& config) { return io::make_tcp_medium(context, config); },
          [&](const io::SerialConfig& config) { return io::make_serial_medium(context, config); },
          [&](const auto& config) { return io::make_udp_medium(context, config); },
      },
      spec);
}

void MediaSet::open(const MediumSpec& spec) {
  Entry entry{spec, make(spec)};
  entry.medium->let_heartbeats_wait(heartbeats_wait_);
  if (auto opened = entry.medium->open(); opened) {
    log_.say<"medium-started">(entry.medium->description(), entry.medium->link_name().value());
  } else {
    log_.say<"medium-failed">(entry.medium->description(), opened.error().text());
    entry.open_error = std::move(opened.error());
  }
  entries_.push_back(std::move(entry));
}

std::optional<io::IoError> MediaSet::all_failed() const {
  const bool any_open = std::any_of(entries_.begin(), entries_.end(), [](const Entry& entry) {
    return entry.medium->state() == io::MediumState::kOpen;
  });
  if (any_open || entries_.empty()) return std::nullopt;
  return entries_.front().open_error;
}

bool MediaSet::uses(wire::Carrier carrier) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& entry) { return entry.medium->carrier() == carrier; });
}

bool MediaSet::hear_themselves() const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [](const Entry& entry) { return entry.medium->hears_itself(); });
}

void MediaSet::send(wire::Carrier carrier, std::string_view packet) {
  for (const Entry& entry : entries_) {
    if (entry.medium->carrier() == carrier) entry.medium->send(packet);
  }
}

void MediaSet::pass_on(const LinkName& came_by, std::string_view packet) {
  for (const Entry& entry : entries_) {
    if (entry.medium->carrier() != wire::Carrier::kSerial) continue;
    if (entry.medium->link_name() != came_by) entry.medium->send(packet);
  }
}

void MediaSet::drain() {
  for (const Entry& entry : entries_) {
    for (int round = 0; round < kDrainRounds && !entry.medium->drain(); ++round) {
    }
  }
}

void MediaSet::let_heartbeats_wait(bool wait) {
  heartbeats_wait_ = wait;
  for (const Entry& entry : entries_) entry.medium->let_heartbeats_wait(wait);
}

void MediaSet::take_heartbeats() {
  for (const Entry& entry : entries_) entry.medium->take_heartbeats();
}

void MediaSet::interface_changed(const io::LinkEvent& event) {
  for (const Entry& entry : entries_) {
    const std::string& interface = entry.medium->interface();
    if (interface == event.link.name || interface == event.old_name)
      entry.medium->interface_changed();
  }
  if (event.change != io::LinkChange::kCarrierLost) return;
  const auto by_it = [&](const Entry& entry) {
    return entry.medium->interface() == event.link.name;
  };
  const auto found = std::find_if(entries_.begin(), entries_.end(), by_it);
  if (found == entries_.end()) return;
  // It came before the cut, and when it waited in a socket without a time of arrival nobody could
  // tell that later.
  for (const Entry& entry : entries_) {
    if (by_it(entry)) entry.medium->drain();
  }
  log_.say<"no-carrier">(event.link.name);
  link_lost_(found->medium->link_name());
}

// Other media of the same link may still carry something.
void MediaSet::on_lost(io::Medium& medium) {
  const bool others = std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.medium->link_name() == medium.link_name() &&
           entry.medium->state() == io::MediumState::kOpen;
  });
  if (!others) link_lost_(medium.link_name());
}

void MediaSet::on_datagram(io::Medium& medium, std::string_view datagram) {
  listener_(medium, datagram, {});
}

void MediaSet::on_heartbeat(io::Medium& medium, std::string_view datagram, Duration waited) {
  listener_(medium, datagram, waited);
}

void MediaSet::on_report(io::Medium&, const io::Message& report) { log_.write(report); }

}  // namespace hb::runtime
