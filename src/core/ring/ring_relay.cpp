#include "core/ring/ring_relay.h"

#include <algorithm>

namespace hb::core {
namespace {

std::optional<unsigned> one_less(const wire::Header& header) {
  if (!header.ttl || *header.ttl < 2) return std::nullopt;
  return *header.ttl - 1;
}

bool is_new(Admission admission) {
  switch (admission) {
    case Admission::kDeliver:
    case Admission::kGap:
    case Admission::kFilled:
    case Admission::kJump:
    case Admission::kNewIncarnation:
      return true;
    case Admission::kDuplicate:
    case Admission::kOld:
    case Admission::kStaleGeneration:
      return false;
  }
  return false;
}

}  // namespace

std::optional<unsigned> RingRelay::pass_on(const wire::Header& header, Admission admission) {
  if (admission == Admission::kStaleGeneration) return std::nullopt;
  if (admission == Admission::kNewIncarnation) {
    if (const auto before = awaited_.extract(header.src)) awaited_count_ -= before.mapped().size();
  }
  const bool was_awaited = take_awaited(header);
  if (!is_new(admission) && !was_awaited) return std::nullopt;
  return one_less(header);
}

std::optional<unsigned> RingRelay::pass_on(const wire::Packet& unnumbered, const NodeName& self,
                                           Instant now) {
  const wire::Header& header = unnumbered.header;
  if (!header.dest || *header.dest == header.src) return std::nullopt;
  // A refusal concerns all who miss the number, whoever asked.
  const bool for_all = std::holds_alternative<wire::RetransmitNak>(unnumbered.body);
  if (*header.dest == self && !for_all) return std::nullopt;
  const std::optional<unsigned> ttl = one_less(header);
  if (!ttl || seen_before(unnumbered, now)) return std::nullopt;
  if (const auto* request = std::get_if<wire::RetransmitRequest>(&unnumbered.body)) {
    await(*header.dest, *request);
  }
  return ttl;
}

void RingRelay::await(const NodeName& from, const wire::RetransmitRequest& request) {
  std::set<SeqNo>& numbers = awaited_[from];
  std::size_t most = kMostAwaited;  // a request may name a billion
  for (SeqNo n = request.first; n <= request.last && most > 0; n = next(n), --most) {
    if (numbers.insert(n).second) ++awaited_count_;
  }
  while (awaited_count_ > kMostAwaited) {
    const auto largest = std::max_element(
        awaited_.begin(), awaited_.end(),
        [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
    largest->second.erase(largest->second.begin());
    --awaited_count_;
  }
}

bool RingRelay::take_awaited(const wire::Header& header) {
  const auto found = awaited_.find(header.src);
  if (found == awaited_.end() || found->second.erase(*header.seq) == 0) return false;
  --awaited_count_;
  if (found->second.empty()) awaited_.erase(found);
  return true;
}

bool RingRelay::seen_before(const wire::Packet& packet, Instant now) {
  while (!remembered_.empty() && now - remembered_.front().first >= kMemory) {
    remembered_.pop_front();
  }
  wire::Packet bare = packet;
  bare.header.ttl.reset();  // a copy by the longer way has a lower one
  const bool known = std::any_of(remembered_.begin(), remembered_.end(),
                                 [&](const auto& entry) { return entry.second == bare; });
  if (known) return true;
  if (remembered_.size() == kMostRemembered) remembered_.pop_front();
  remembered_.emplace_back(now, std::move(bare));
  return false;
}

}  // namespace hb::core
