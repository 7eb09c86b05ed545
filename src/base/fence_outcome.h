#pragma once

#include <cstdint>
#include <string_view>

namespace hb {

// What one attempt to fence a node came to.
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

}  // namespace hb
