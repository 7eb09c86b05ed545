#pragma once

#include <string>
#include <string_view>

#include "base/agent.h"

namespace hb::io {

// What became of one run, with what an operator wants to know of it.
struct AgentOutcome {
  AgentResult kind = AgentResult::kFailed;
  int exit_code = 0;   // of the agent; -1 if it did not exit; natively what the script would return
  std::string detail;  // for the log: what went wrong, or the last line of output

  friend bool operator==(const AgentOutcome&, const AgentOutcome&) = default;
};

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
[[nodiscard]] AgentResult judge_status(std::string_view output, int exit_code);

}  // namespace hb::io
