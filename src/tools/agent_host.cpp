#include "tools/agent_host.h"

#include <iostream>
#include <string_view>

#include <asio/steady_timer.hpp>
#include <unistd.h>

namespace hb::tools {

Expected<void, std::string> AgentHost::open(io::ResourceAgents::Directories directories,
                                            const std::map<std::string, std::string>& environment) {
  auto monitor = io::LinkMonitor::open(loop_);
  if (!monitor) return unexpected(monitor.error().text());
  monitor_ = std::move(*monitor);
  addresses_.emplace(loop_, *monitor_);
  addresses_->on_conflict([](const io::AddressConflict& conflict) {
    std::cerr << "WARN: " << conflict.address.text() << " on "
              << conflict.interface << " is used by " << conflict.owner << " as well\n";
  });
  agents_.emplace(runner_, *addresses_, std::move(directories), io::ResourceAgents::TimeLimits{});
  agents_->set_environment(environment);
  agents_->on_output(
      [](const ResourceSpec&, AgentOp, io::OutputStream stream, std::string_view line) {
        (stream == io::OutputStream::kStandardOutput ? std::cout : std::cerr) << line << '\n';
      });
  return {};
}

io::AgentOutcome AgentHost::run(const ResourceSpec& resource, AgentOp op) {
  std::optional<io::AgentOutcome> outcome;
  agents_->run(resource, op, [&](const io::AgentOutcome& result) { outcome = result; });
  while (!outcome) loop_.run_one();
  return *outcome;
}

void AgentHost::wait(Duration duration) {
  bool over = false;
  asio::steady_timer timer(loop_, duration);
  timer.async_wait([&](const std::error_code&) { over = true; });
  while (!over) loop_.run_one();
}

void AgentHost::finish_announcements() {
  while (!addresses_->announcer().idle()) loop_.run_one();
}

std::map<std::string, std::string> own_environment() {
  std::map<std::string, std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    result.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return result;
}

}  // namespace hb::tools
