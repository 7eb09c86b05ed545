#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/ids.h"
#include "base/time.h"
#include "wire/packet.h"

namespace hb::core {

// After a healed partition a 3.0.6 restarts itself within two seconds; if it has not begun by then
// it never noticed the partition.
inline constexpr Duration kOldPartnerRestarts = std::chrono::seconds(4);

// What a peer's status says that matters to resources.
struct PeerFacts {
  bool active = false;       // a full member: answers resource messages
  bool extended = false;     // speaks our extension of the protocol; false: a 3.0.6
  bool same_groups = false;  // its haresources says what ours says
  friend bool operator==(const PeerFacts&, const PeerFacts&) = default;
};

// What is known of the other node of the pair, as far as resources go. Two nodes are what v1
// resource management is made for; with more, all the others are one partner.
struct Partner {
  NodeName name{};
  bool alive = false;  // heard, and not dead
  PeerFacts facts{};
  bool stable = false;             // its last word: nothing is changing there
  bool leaving = false;            // it has begun to shut down
  bool left = false;               // it has released everything and told so (shutdone)
  bool fresh = false;              // its life began while we were there to hear it
  bool returned = false;           // was dead to us and is heard again with the same generation
  bool says_returned = false;      // it says the same of us
  bool excused = false;            // dead, not fenced: a side that it may hold has no groups
  bool asked_for_orphans = false;  // what neither holds is taken if its next word leaves it
  std::optional<wire::Hold> hold = std::nullopt;  // its last report in this life, from its own view
  SeqNo last_word{};                              // number of its newest resource message

  // What it claims, in our words.
  [[nodiscard]] wire::Hold claimed() const {
    return alive ? hold.value_or(wire::kHoldNone).mirrored() : wire::kHoldNone;
  }
};

}  // namespace hb::core
