#include "core/sequence/retransmit_schedule.h"

#include <algorithm>
#include <chrono>

namespace hb::core {
namespace {

using namespace std::chrono_literals;

// Below this the range of the first delay starts at 0, as in 3.0.6.
constexpr Duration kShortWindow = 100ms;
constexpr Duration kLeastDelay = 50ms;

}  // namespace

void RetransmitSchedule::follow(const std::set<SeqNo>& missing, Instant now, Random& random) {
  std::erase_if(due_, [&](const auto& entry) { return !missing.contains(entry.first); });
  const Duration least = max_delay_ < kShortWindow ? Duration(0) : kLeastDelay;
  std::optional<Instant> first_due;  // one draw for all that were found missing together
  for (const SeqNo seq : missing) {
    if (due_.contains(seq)) continue;
    if (!first_due) first_due = now + random.between(least, max_delay_);
    due_.emplace(seq, *first_due);
  }
}

std::vector<SeqRange> RetransmitSchedule::take_due(Instant now) {
  std::vector<SeqRange> ranges;
  for (auto& [seq, due] : due_) {
    if (due > now) continue;
    due = now + max_delay_;
    const bool extends = !ranges.empty() && seq == hb::next(ranges.back().last) &&
                         seq.value() - ranges.back().first.value() < kRetransmitBatch;
    if (extends) {
      ranges.back().last = seq;
    } else {
      ranges.push_back({seq, seq});
    }
  }
  return ranges;
}

std::optional<Instant> RetransmitSchedule::next() const {
  std::optional<Instant> earliest;
  for (const auto& [seq, due] : due_) earliest = std::min(earliest.value_or(due), due);
  return earliest;
}

}  // namespace hb::core
