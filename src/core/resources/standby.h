#pragma once

#include <cstdint>
#include <optional>

#include "base/ids.h"
#include "base/time.h"
#include "wire/packet.h"

namespace hb::core {

// The hand-over of a set of groups from one node to the other, in three words: the giver says "me",
// the taker "other", the giver "done" when it has released, the taker "done" when it has acquired
// (spec: resources 4.5). Keeps the phase and the deadline; moving the groups is its owner's work.
class Standby {
 public:
  enum class Phase : std::uint8_t {
    kNone,
    kAsked,    // we want to give; the partner has not agreed yet
    kGiving,   // we release
    kGiven,    // the partner acquires
    kOffered,  // the partner releases
    kTaking,   // we acquire
  };

  [[nodiscard]] Phase phase() const { return phase_; }
  [[nodiscard]] bool idle() const { return phase_ == Phase::kNone; }
  // What moves, from the point of view of the node that gives it up.
  [[nodiscard]] wire::Hold set() const { return set_; }
  [[nodiscard]] std::optional<Instant> deadline() const { return deadline_; }

  void ask(wire::Hold set, Instant now) { enter(Phase::kAsked, set, now + kAnswerTime); }
  void give(Instant now) { enter(Phase::kGiving, set_, now + kWorkTime); }
  void gave(Instant now) { enter(Phase::kGiven, set_, now + kWorkTime); }
  // By the message `offer`. The partner must begin within `patience`: a 3.0.6 says "me" to others
  // before it finds that it cannot mean it.
  void offered(wire::Hold set, SeqNo offer, Instant now, Duration patience) {
    enter(Phase::kOffered, set, now + kAnswerTime + patience);
    offer_ = offer;
  }
  // Says its message `word`, which may come late and speak of an earlier hand-over.
  void partner_begins(SeqNo word, Instant now) {
    if (phase_ == Phase::kOffered && word > offer_) deadline_ = now + kWorkTime;
  }
  void take(Instant now) { enter(Phase::kTaking, set_, now + kWorkTime); }
  void end() { phase_ = Phase::kNone, deadline_.reset(); }

 private:
  static constexpr Duration kAnswerTime = std::chrono::seconds(10);
  static constexpr Duration kWorkTime = std::chrono::hours(1);

  void enter(Phase phase, wire::Hold set, Instant deadline) {
    phase_ = phase;
    set_ = set;
    deadline_ = deadline;
  }

  Phase phase_ = Phase::kNone;
  wire::Hold set_;
  SeqNo offer_;
  std::optional<Instant> deadline_;
};

}  // namespace hb::core
