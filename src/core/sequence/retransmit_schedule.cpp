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
  const Duration least = max_delay_ < kShortWindow ? Duration(0) : kLeastDelay;
  std::optional<Instant> first_due;  // one draw for all that were found missing together
  auto known = due_.begin();
  const auto forget = [&] {
    queue_.erase({known->second.at, known->first});
    known = due_.erase(known);
  };
  for (const SeqNo seq : missing) {
    while (known != due_.end() && known->first < seq) forget();
    if (known != due_.end() && known->first == seq) {
      ++known;
      continue;
    }
    if (!first_due) first_due = now + random.between(least, max_delay_);
    due_.emplace_hint(known, seq, Due{.at = *first_due});
    queue_.emplace(*first_due, seq);
  }
  while (known != due_.end()) forget();
}

std::vector<SeqRange> RetransmitSchedule::take_due(Instant now) {
  std::vector<SeqNo> taken;
  while (!queue_.empty() && queue_.begin()->first <= now) {
    taken.push_back(queue_.begin()->second);
    queue_.erase(queue_.begin());
  }
  std::sort(taken.begin(), taken.end());
  std::vector<SeqRange> ranges;
  for (const SeqNo seq : taken) {
    Due& due = due_[seq];
    due.at = now + max_delay_;
    ++due.requests;
    queue_.emplace(now + max_delay_, seq);
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

std::vector<SeqNo> RetransmitSchedule::hopeless() const {
  std::vector<SeqNo> hopeless;
  for (const auto& [seq, due] : due_) {
    if (due.requests >= kMostRequests) hopeless.push_back(seq);
  }
  return hopeless;
}

std::optional<Instant> RetransmitSchedule::next() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.begin()->first;
}

}  // namespace hb::core
