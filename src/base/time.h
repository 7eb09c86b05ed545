#pragma once

#include <chrono>
#include <cstdint>

namespace hb {

// A clock without now(): code above runtime/ is handed an Instant and has no way to ask for one.
struct CoreClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<CoreClock>;
  static constexpr bool is_steady = true;
};

using Instant = CoreClock::time_point;
using Duration = CoreClock::duration;

// Whole milliseconds, rounded half up, as the wire and ha.cf count them.
constexpr std::int64_t to_ms(Duration d) {
  return std::chrono::floor<std::chrono::milliseconds>(d + std::chrono::microseconds(500)).count();
}

}  // namespace hb
