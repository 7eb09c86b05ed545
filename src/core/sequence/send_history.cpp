#include "core/sequence/send_history.h"

#include <algorithm>
#include <chrono>

#include "base/assert.h"

namespace hb::core {
namespace {

using namespace std::chrono_literals;

// A request that comes a little early is the same request.
constexpr Duration kResendSlack = 10ms;

}  // namespace

void SendHistory::record(const wire::Packet& packet) {
  HB_ASSERT(packet.header.seq == next_seq());
  highest_ = next_seq();
  if (sent_.size() < kHistoryLength) sent_.emplace_back();
  Sent& place = sent(highest_);
  wire::assign(place.packet, packet);
  place.resent.reset();
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
    answer.again.push_back(again.packet);
  }
  return answer;
}

}  // namespace hb::core
