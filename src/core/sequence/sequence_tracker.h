#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/ids.h"

namespace hb::core {

enum class Admission : std::uint8_t {
  kDeliver,          // next in order, or the first that we hear
  kGap,              // ahead of its turn: deliver it, and ask for what is missing before it
  kFilled,           // one that was missing: deliver it
  kJump,             // so far ahead that nothing in between is asked for: deliver it
  kNewIncarnation,   // the first packet of a later life of the peer: deliver it
  kDuplicate,        // the newest once more, by a second path: a sign of that link, not of the peer
  kOld,              // passed already: neither of use nor a sign of life
  kStaleGeneration,  // of an earlier life: a replay
};

// The spec's numbers (wire-protocol 15).
inline constexpr std::uint64_t kLargestGap = 250;
inline constexpr std::size_t kMostMissing = 500;
inline constexpr std::uint64_t kAckEvery = 10;

// Classifies the packets of one peer by generation and sequence number, and knows what is missing.
// Asks for nothing itself and knows no time (wire-protocol 11.1 to 11.3, 11.6).
class SequenceTracker {
 public:
  // `ack_trigger` in [0, kAckEvery): the residue of the numbers that are acknowledged.
  explicit SequenceTracker(std::uint64_t ack_trigger) : ack_trigger_(ack_trigger) {}

  [[nodiscard]] Admission admit(Generation generation, SeqNo seq);

  // The number to acknowledge after the packet that admit() took last, if one is due.
  [[nodiscard]] std::optional<SeqNo> take_due_ack() {
    return std::exchange(due_ack_, std::nullopt);
  }

  // The peer refuses to send this number again: it is lost for good. Whether it was missing.
  bool give_up(SeqNo seq);

  // How many missing numbers the packet that admit() took last has pushed out, the lowest first,
  // because more than kMostMissing would have been missing at once. They are lost for good.
  [[nodiscard]] std::uint64_t take_pushed_out() { return std::exchange(pushed_out_, 0); }

  // All that is lost for good so far: refused, pushed out, or skipped by a jump.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

  // The peer is dead: forget what is missing. Its numbers up to now stay refused, so that nothing
  // held back on a slow path can bring it back.
  void peer_died();

  [[nodiscard]] Generation generation() const { return generation_; }
  [[nodiscard]] std::optional<SeqNo> newest() const { return newest_; }
  [[nodiscard]] const std::set<SeqNo>& missing() const { return missing_; }

 private:
  Admission admit_first(SeqNo seq);
  Admission admit_ahead(SeqNo seq);
  Admission admit_missing(SeqNo seq);

  std::uint64_t ack_trigger_;
  Generation generation_;
  std::optional<SeqNo> newest_;
  SeqNo floor_;  // numbers up to here belong to the time before a death
  std::set<SeqNo> missing_;
  std::optional<SeqNo> due_ack_;
  std::uint64_t pushed_out_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace hb::core
