#pragma once

#include <algorithm>
#include <optional>

#include "base/time.h"

namespace hb::core {

// Notices that this host was held up (paused machine, starved or suspended process): its owner
// wakes at least once per keepalive, so a longer pause between two steps is time in which it
// neither heard nor sent. Knows nothing of peers.
class LapseDetector {
 public:
  // `keepalive` is the longest pause to be expected, `tolerance` what scheduling may add.
  LapseDetector(Duration keepalive, Duration tolerance)
      : keepalive_(keepalive), tolerance_(tolerance) {}

  void set_limits(Duration keepalive, Duration tolerance) {
    keepalive_ = keepalive;
    tolerance_ = tolerance;
  }

  // Called at each step; the length of the lapse that ends now, if there was one.
  std::optional<Duration> awake(Instant now) {
    const std::optional<Instant> before = last_awake_;
    last_awake_ = now;
    if (!before || now - *before <= keepalive_ + tolerance_) return std::nullopt;
    return now - *before - keepalive_;
  }

 private:
  Duration keepalive_;
  Duration tolerance_;
  std::optional<Instant> last_awake_;
};

}  // namespace hb::core
