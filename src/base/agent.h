#pragma once

#include <cstdint>
#include <string_view>

namespace hb {

// What a resource's agent can be asked to do.
enum class AgentOp : std::uint8_t { kStart, kStop, kStatus };

// What became of one run of a resource's agent, as far as a decision needs it. Start and stop end
// in kSuccess, kFailed, kNotFound or kTimedOut; status in kRunning, kStopped, kFailed, kNotFound or
// kTimedOut.
enum class AgentResult : std::uint8_t {
  kSuccess,
  kFailed,
  kRunning,
  kStopped,
  kNotFound,  // there is no such agent, or it cannot be executed
  kTimedOut,
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

[[nodiscard]] constexpr std::string_view word(AgentResult result) {
  switch (result) {
    case AgentResult::kSuccess:
      return "success";
    case AgentResult::kFailed:
      return "failed";
    case AgentResult::kRunning:
      return "running";
    case AgentResult::kStopped:
      return "stopped";
    case AgentResult::kNotFound:
      return "not found";
    case AgentResult::kTimedOut:
      return "timed out";
  }
  return "";
}

}  // namespace hb
