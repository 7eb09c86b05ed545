#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hb::io {

enum class AgentOp : std::uint8_t { kStart, kStop, kStatus };

struct AgentOutcome {
  enum class Kind : std::uint8_t {
    kSuccess,   // start, stop
    kFailed,    // any operation
    kRunning,   // status
    kStopped,   // status
    kNotFound,  // any: there is no such agent, or it cannot be executed
    kTimedOut,  // any
  };
  Kind kind = Kind::kFailed;
  int exit_code = 0;   // of the agent; -1 if it did not exit; natively what the script would return
  std::string detail;  // for the log: what went wrong, or the last line of output

  friend bool operator==(const AgentOutcome&, const AgentOutcome&) = default;
};

[[nodiscard]] constexpr std::string_view word(AgentOp op) {
  switch (op) {
    case AgentOp::kStart:
      return "start";
    case AgentOp::kStop:
      return "stop";
    case AgentOp::kStatus:
      return "status";
  }
  return "";
}

/// Reads the answer of a script to `status`: the output decides, and only if it says nothing either
/// way the exit code: 0 is running, everything else stopped.
///
/// "not " with `running` behind it (any case of "not" and of the R) is stopped; else `running`,
/// `Running` or `OK` anywhere is running, even in "is NOT OK"; existing scripts rely on that.
/// Silence is stopped whatever the exit code, as is a usage text: starting once more is harmless,
/// never starting is not.
/// @param output     standard output, as it is.
/// @param exit_code  of the script.
/// Source: spec resources.md 1.3, R21. That an exit code can count is ours: 3.0.6 says stopped.
[[nodiscard]] AgentOutcome::Kind judge_status(std::string_view output, int exit_code);

}  // namespace hb::io
