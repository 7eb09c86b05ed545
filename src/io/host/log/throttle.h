#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace hb::io {

// Lets one message of a kind through in a while, and then tells how many it held back. For lines
// that a peer can provoke at will (a bad packet, a bad digest).
class LogThrottle {
 public:
  static constexpr std::size_t kKinds = 256;  // beyond them, all the others share one

  explicit LogThrottle(Duration interval) : interval_(interval) {}

  // None: do not log. Else log, and mention how many of this kind were held back since the last.
  [[nodiscard]] std::optional<std::uint64_t> admit(std::string_view kind, Instant now);

 private:
  struct Kind {
    Instant last;
    std::uint64_t held_back = 0;
  };
  Duration interval_;
  std::map<std::string, Kind, std::less<>> kinds_;
};

}  // namespace hb::io
