#pragma once

#include <ctime>

#include "base/time.h"

namespace hb::io {

[[nodiscard]] inline Duration duration_of(const timespec& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// The instant that everything is stamped with. Time in which the machine was suspended counts: the
// others were not.
[[nodiscard]] inline Instant boot_time() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return Instant(duration_of(time));
}

}  // namespace hb::io
