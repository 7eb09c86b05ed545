#pragma once

#include <cstdint>

#include "base/time.h"

namespace hb::sim {

// The clocks of one host, as functions of true time. The monotonic one starts somewhere, runs a
// little fast or slow and never backwards; the wall clock may stand anywhere and jump.
class LocalClock {
 public:
  explicit LocalClock(Duration start = {}) : local_(Instant{} + start) {}

  [[nodiscard]] Instant monotonic(Instant now) const {
    const Duration run = now - since_;
    return local_ + run + Duration(run.count() / kParts * drift_) +
           Duration(run.count() % kParts * drift_ / kParts);
  }
  // The first true instant at which monotonic() has reached `local`; never before `now`.
  [[nodiscard]] Instant when(Instant local, Instant now) const {
    const Duration wait = local - monotonic(now);
    if (wait <= Duration(0)) return now;
    const std::int64_t rate = kParts + drift_;
    Instant at = now + Duration(wait.count() / rate * kParts + wait.count() % rate * kParts / rate);
    while (monotonic(at) < local) at += Duration(1);
    return at;
  }

  // Parts in a million by which it runs fast, or slow if negative, from now on.
  void set_drift(std::int64_t ppm, Instant now) {
    local_ = monotonic(now);
    since_ = now;
    drift_ = ppm;
  }

  [[nodiscard]] std::uint64_t wall_seconds(Instant now) const {
    using std::chrono::seconds;
    const auto run = std::chrono::floor<seconds>(now.time_since_epoch() + wall_offset_);
    return static_cast<std::uint64_t>(kEpoch + run.count());
  }
  void set_wall_offset(Duration offset) { wall_offset_ = offset; }

  static constexpr std::int64_t kEpoch = 1'700'000'000;  // wall time when the simulation begins

 private:
  static constexpr std::int64_t kParts = 1'000'000;

  Instant since_{};  // true time of the last change of drift
  Instant local_;    // monotonic time then
  std::int64_t drift_ = 0;
  Duration wall_offset_{};
};

}  // namespace hb::sim
