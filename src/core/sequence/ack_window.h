#pragma once

#include <map>

#include "base/ids.h"

namespace hb::core {

// More unacknowledged packets than this, and API clients must wait (wire-protocol 11.7).
inline constexpr std::uint64_t kFlowControlLimit = 250;

// What the living peers have acknowledged of our packets, for flow control.
class AckWindow {
 public:
  // A peer is alive from now on; it cannot acknowledge what it never got, so flow control counts
  // from `highest_sent`.
  void peer_alive(const NodeName& peer, SeqNo highest_sent);
  void peer_gone(const NodeName& peer) { living_.erase(peer); }

  // A peer acknowledges everything up to `seq`. Whether that told something new and credible.
  bool acknowledged(const NodeName& peer, SeqNo seq, SeqNo highest_sent);

  // Whether too much is unacknowledged; never without a living peer.
  [[nodiscard]] bool full(SeqNo highest_sent) const;

 private:
  struct Entry {
    SeqNo counts_from;
    SeqNo acknowledged;
  };
  std::map<NodeName, Entry> living_;
};

}  // namespace hb::core
