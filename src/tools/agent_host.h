#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <asio/io_context.hpp>

#include "base/expected.h"
#include "base/resource_spec.h"
#include "io/net/link_monitor.h"
#include "io/net/service_addresses.h"
#include "io/process/process_runner.h"
#include "io/process/resource_agents.h"

namespace hb::tools {

// The agents of resources for a program that does one thing after the other: a loop of its own,
// which turns while the caller waits.
class AgentHost {
 public:
  AgentHost() : runner_(loop_) {}

  // Errors, as a sentence: no netlink.
  [[nodiscard]] Expected<void, std::string> open(
      io::ResourceAgents::Directories directories,
      const std::map<std::string, std::string>& environment);

  [[nodiscard]] io::AgentOutcome run(const ResourceSpec& resource, AgentOp op);
  void wait(Duration duration);

  [[nodiscard]] io::ResourceAgents& agents() { return *agents_; }

  // Turns the loop until all addresses have been announced.
  void finish_announcements();

 private:
  asio::io_context loop_;
  io::ProcessRunner runner_;
  std::unique_ptr<io::LinkMonitor> monitor_;
  std::optional<io::ServiceAddresses> addresses_;
  std::optional<io::ResourceAgents> agents_;
};

// This process's environment, as a map.
[[nodiscard]] std::map<std::string, std::string> own_environment();

}  // namespace hb::tools
