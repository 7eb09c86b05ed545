#include "core/liveness/link_statistics.h"

#include <bit>

namespace hb::core {

void LinkStatistics::heard(Instant now, SeqNo seq) {
  ++received_;
  const bool first = !highest_;
  if (first) {
    highest_ = seq;
    window_ = ~std::uint64_t{0};
  } else if (seq > *highest_) {
    if (last_heard_) note_lateness(now - *last_heard_ - keepalive_);
    advance(seq.value() - highest_->value());
    highest_ = seq;
  } else if (const std::uint64_t back = highest_->value() - seq.value(); back < kWindow) {
    window_ |= std::uint64_t{1} << back;
  }
  last_heard_ = now;
}

void LinkStatistics::advance(std::uint64_t by) {
  if (by > kLargestJump) {
    window_ = ~std::uint64_t{0};
    return;
  }
  const auto missing = [](std::uint64_t bits) {
    return static_cast<std::uint64_t>(std::popcount(~bits));
  };
  if (by >= kWindow) {
    lost_ += missing(window_) + (by - kWindow);
    window_ = 1;
    return;
  }
  // The oldest leave the window: those that have not come by now are lost.
  const std::uint64_t leaving = window_ >> (kWindow - by);
  const std::uint64_t all = ~std::uint64_t{0} >> (kWindow - by);
  if (leaving != all) lost_ += missing(leaving | ~all);
  window_ = window_ << by | 1U;
}

void LinkStatistics::note_lateness(Duration late) {
  std::size_t bucket = 0;
  Duration below = std::chrono::milliseconds(1);
  while (bucket + 1 < kBuckets && late >= below) {
    ++bucket;
    below *= 2;
  }
  ++lateness_[bucket];
}

}  // namespace hb::core
