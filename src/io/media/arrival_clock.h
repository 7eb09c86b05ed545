#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/time.h"

namespace hb::io {

// How long a datagram has waited in a socket that is looked into now and then. The kernel stamps
// what comes in by the wall clock, which somebody may set meanwhile.
class ArrivalClock {
 public:
  // Time since 1970, and an instant that nobody can set.
  struct Reading {
    Duration wall;
    Instant boot;
  };

  // The socket has just been opened.
  void begin(const Reading& now) { last_ = now_ = now; }
  // The socket is about to be read.
  void look(const Reading& now) {
    last_ = now_;
    now_ = now;
    const Duration set = (now_.wall - last_.wall) - (now_.boot - last_.boot);
    wall_was_set_ = std::chrono::abs(set) > kSet;
  }

  // From its arrival to the look; never longer than since the look before. 0 when that cannot be
  // known: a peer may then be found dead later than it should be, and never too early.
  [[nodiscard]] Duration waited(std::optional<Duration> stamp) const {
    if (!stamp || wall_was_set_) return {};
    return std::clamp(now_.wall - *stamp, Duration{}, std::max(Duration{}, now_.boot - last_.boot));
  }

 private:
  static constexpr Duration kSet = std::chrono::milliseconds(5);  // more than slewing can do

  Reading last_{}, now_{};
  bool wall_was_set_ = false;
};

}  // namespace hb::io
