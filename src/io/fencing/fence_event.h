#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace hb::io {

// News for the log. No secret is in them, except those that a device prints under a name that does
// not tell them (see secrets_of()).
struct FenceEvent {
  enum class Kind : std::uint8_t {
    kUnusable,        // the line of ha.cf makes no device: detail
    kRefused,         // its program must not be run: detail
    kChecking,        // its status and its hosts are asked
    kNotOperational,  // that failed: detail
    kNobodyFor,       // no device that works takes the peer: detail
    kResetting,       // the peer is reset with the device
    kOperatorNeeded,  // … by somebody who walks there
    kNotReset,        // that failed: detail
    kNotItsHost,      // the device must not or does not reset the peer: detail
    kOutput,          // the device printed detail
  };
  Kind kind;
  std::string device = {};
  std::string peer = {};
  std::string detail = {};
};
using OnFenceEvent = std::function<void(const FenceEvent&)>;

}  // namespace hb::io
