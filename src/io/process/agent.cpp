#include "io/process/agent.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace hb::io {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool says_running(std::string_view output) {
  return contains(output, "running") || contains(output, "Running");
}

// "not " in any case and, anywhere behind it, "running" or "Running".
bool says_not_running(std::string_view output) {
  static constexpr std::string_view kNot = "not ";
  for (std::size_t at = 0; at + kNot.size() <= output.size(); ++at) {
    if (equals_ignoring_case(output.substr(at, kNot.size()), kNot)) {
      return says_running(output.substr(at + kNot.size()));
    }
  }
  return false;
}

// Words of stopped services, and of scripts that do not know the operation.
bool says_stopped(std::string_view output) {
  static constexpr std::array<std::string_view, 7> kWords = {
      "stopped", "Stopped", "dead", "unused", "inactive", "usage:", "Usage:"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return contains(output, word); });
}

}  // namespace

AgentResult judge_status(std::string_view output, int exit_code) {
  if (says_not_running(output)) return AgentResult::kStopped;
  if (says_running(output) || contains(output, "OK")) return AgentResult::kRunning;
  const bool silent = output.find_first_not_of(" \t\r\n") == std::string_view::npos;
  if (silent || says_stopped(output)) return AgentResult::kStopped;
  return exit_code == 0 ? AgentResult::kRunning : AgentResult::kStopped;
}

}  // namespace hb::io
