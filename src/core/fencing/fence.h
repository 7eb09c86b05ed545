#pragma once

#include <cstdint>
#include <string_view>

#include "base/strong.h"

namespace hb::core {

// Numbers the attempts of one life, so that an outcome finds its question.
using FenceAttempt = Strong<struct FenceAttemptTag, std::uint64_t>;

enum class FenceOutcome : std::uint8_t {
  kConfirmed,  // a device says that the node has been reset or is off
  kFailed,     // no device managed that in its time
  kBadHost,    // no device controls that node
};

// The word of a `stonith` message (spec: wire-protocol 9.1).
[[nodiscard]] constexpr std::string_view word(FenceOutcome outcome) {
  switch (outcome) {
    case FenceOutcome::kConfirmed:
      return "OK";
    case FenceOutcome::kFailed:
      return "bad";
    case FenceOutcome::kBadHost:
      return "badhost";
  }
  return "";
}

// A node of which it is known, without a reset, that nothing has to be fenced.
inline constexpr std::string_view kFenceUnneeded = "unneeded";
inline constexpr std::string_view kFenceNoDevice = "n_stnth";
// Never sent: what `hb_fence_confirm` writes into the FIFO.
inline constexpr std::string_view kFenceByOperator = "confirmed";

}  // namespace hb::core
