// hb_address IPaddr|IPaddr2|IPv6addr <address> start|stop|status: what the daemon does with a
// service address, for people and for the scripts of resource.d. Output and exit codes are those of
// the classic wrappers (spec resources.md 7.1).

#include <cstdio>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "tools/afterwork.h"
#include "tools/agent_host.h"

namespace {

using hb::AgentOp;
using hb::AgentResult;
using hb::io::AgentOutcome;

int usage(std::FILE* to, std::string_view agent, int code) {
  fmt::print(to, "usage: {} ip-address[/mask[/interface[:label]][/broadcast]] {}\n", agent,
             "(start|stop|status|monitor|usage)");
  return code;
}

std::optional<AgentOp> parse_operation(std::string_view word) {
  if (word == "start") return AgentOp::kStart;
  if (word == "stop") return AgentOp::kStop;
  if (word == "status" || word == "monitor") return AgentOp::kStatus;
  return std::nullopt;
}

// One line for scripts, by which `status` is judged; the reason goes to standard error.
std::string_view verdict(const AgentOutcome& outcome) {
  switch (outcome.kind) {
    case AgentResult::kSuccess:
      return "INFO:  Success";
    case AgentResult::kRunning:
      return "INFO:  Running OK";
    case AgentResult::kStopped:
      return "INFO:  Resource is stopped";
    case AgentResult::kFailed:
    case AgentResult::kNotFound:
    case AgentResult::kTimedOut:
      break;
  }
  if (outcome.exit_code == 2) return "ERROR:  Illegal argument";
  if (outcome.exit_code == 4) return "ERROR:  User had insufficient privilege";
  return "ERROR:  Generic error";
}

int operate(hb::tools::AgentHost& host, const hb::ResourceSpec& resource, AgentOp op) {
  hb::io::ResourceAgents::Directories nowhere;
  nowhere.scripts.clear();  // always what is built in: the scripts there call us
  if (auto opened = host.open(nowhere, {}); !opened) {
    fmt::print(stderr, "{}\nERROR:  Generic error\n", opened.error());
    return 1;
  }
  const AgentOutcome outcome = host.run(resource, op);
  const std::string_view line = verdict(outcome);
  if (line.substr(0, 5) == "ERROR") fmt::print(stderr, "{}\n", outcome.detail);
  fmt::print("{}\n", line);
  return outcome.exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view agent = argc > 1 ? argv[1] : "";
  if (agent == "-h" || agent == "--help") return usage(stdout, "hb_address IPaddr2", 0);
  if (agent != "IPaddr" && agent != "IPaddr2" && agent != "IPv6addr") {
    return usage(stderr, "hb_address IPaddr|IPaddr2|IPv6addr", 1);
  }
  if (argc != 4) return usage(stdout, agent, 1);
  const std::string_view operation = argv[3];
  if (operation == "usage" || operation == "help") return usage(stdout, agent, 0);
  const auto op = parse_operation(operation);
  if (!op) {
    fmt::print("ERROR: Unknown operation: {}\n", operation);
    return usage(stdout, agent, 1);
  }

  const hb::ResourceSpec resource{
      std::string(agent), {argv[2]}, fmt::format("{}::{}", agent, argv[2])};
  std::optional<hb::tools::AgentHost> host;
  return hb::tools::run_with_afterwork([&] { return operate(host.emplace(), resource, *op); },
                                       [&] { host->finish_announcements(); });
}
