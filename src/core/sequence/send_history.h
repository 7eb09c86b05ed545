#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "core/sequence/retransmit_schedule.h"
#include "wire/packet.h"

namespace hb::core {

inline constexpr std::size_t kHistoryLength = 500;

// The last packets that we sent, for those who missed one (wire-protocol 11.5). When it is full the
// oldest is dropped; whoever still asks for that gets a NAK.
class SendHistory {
 public:
  // A request of the peer is answered with packets to send again and numbers to refuse.
  struct Answer {
    std::vector<wire::Packet> again;
    std::vector<wire::RetransmitNak> refusals;
    bool invalid = false;  // 0, reversed, or beyond what we ever sent
  };

  explicit SendHistory(Duration max_rexmit_delay) : max_rexmit_delay_(max_rexmit_delay) {}

  void set_max_rexmit_delay(Duration delay) { max_rexmit_delay_ = delay; }

  [[nodiscard]] SeqNo next_seq() const { return next(highest_); }
  [[nodiscard]] SeqNo highest() const { return highest_; }
  [[nodiscard]] std::size_t length() const { return sent_.size(); }

  // Records a packet whose number is next_seq().
  void record(const wire::Packet& packet);
  // The last one was sent again, with next_seq() for its number.
  void record_again();

  // A packet that has just been sent again for somebody else is skipped, since all heard it. What
  // the asking peer has acknowledged counts for nothing here: it may have begun anew since.
  [[nodiscard]] Answer answer(SeqRange wanted, Instant now);

 private:
  struct Sent {
    std::shared_ptr<const wire::Packet> packet;  // but for its number
    std::optional<Instant> resent;
  };

  void put(std::shared_ptr<const wire::Packet> packet);

  Sent& sent(SeqNo number) { return sent_[(number.value() - 1) % kHistoryLength]; }

  Duration max_rexmit_delay_;
  SeqNo highest_;
  std::vector<Sent> sent_;  // a ring of consecutive numbers up to highest_
};

}  // namespace hb::core
