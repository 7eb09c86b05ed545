#include "core/sequence/send_history.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/assert.h"

namespace hb::core {
namespace {

using namespace std::chrono_literals;

// A request that comes a little early is the same request.
constexpr Duration kResendSlack = 10ms;

}  // namespace

void SendHistory::record(const wire::Packet& packet) {
  HB_ASSERT(packet.header.seq == next_seq());
  put(std::make_shared<const wire::Packet>(packet));
}

void SendHistory::record_again() {
  HB_ASSERT(!sent_.empty());
  put(sent(highest_).packet);
}

void SendHistory::put(std::shared_ptr<const wire::Packet> packet) {
  highest_ = next_seq();
  if (sent_.size() < kHistoryLength) sent_.emplace_back();
  sent(highest_) = Sent{.packet = std::move(packet), .resent = std::nullopt};
}

SendHistory::Answer SendHistory::answer(SeqRange wanted, Instant now) {
  Answer answer;
  if (wanted.first.value() == 0 || wanted.first > wanted.last || wanted.first > highest_) {
    answer.invalid = true;
    return answer;
  }
  const std::uint64_t lowest_kept = highest_.value() - sent_.size() + 1;
  const SeqNo last = std::min(wanted.last, highest_);
  for (SeqNo n = wanted.first; n <= last; n = next(n)) {
    if (answer.again.size() + answer.refusals.size() >= kRetransmitBatch) break;
    if (n.value() < lowest_kept) {
      answer.refusals.push_back({n, "seqno too low"});
      continue;
    }
    Sent& again = sent(n);
    if (again.resent && now - *again.resent < max_rexmit_delay_ - kResendSlack) continue;
    again.resent = now;
    answer.again.push_back(*again.packet);
    answer.again.back().header.seq = n;
  }
  return answer;
}

}  // namespace hb::core
