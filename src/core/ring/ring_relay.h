#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/ids.h"
#include "base/time.h"
#include "core/sequence/sequence_tracker.h"
#include "wire/packet.h"

namespace hb::core {

// Decides which packets that came by a serial line go on to the node's other lines, so that nodes
// in a row or ring hear those that are not their neighbours:
//
//   ada ──── bob ──── cyd        bob passes on what ada says, and what cyd says
//
// Every packet goes on once: new ones do, copies by the other way round do not. A packet that was
// asked for again through this node is the exception, since this node may have it already. The ttl
// bounds what is left; a packet without one, as no daemon sends it, stays here.
//
// 3.0.6 writes the ttl and passes nothing on; as a neighbour it takes such packets as any other.
class RingRelay {
 public:
  // Numbers that were asked for through us and have not come. When full, the lowest of the peer
  // with most is forgotten: it is asked for again.
  static constexpr std::size_t kMostAwaited = 500;
  // Packets outside the sequence, which have no number to tell copies by, are remembered so long,
  // and at most so many, the oldest forgotten first.
  static constexpr Duration kMemory = std::chrono::seconds(1);
  static constexpr std::size_t kMostRemembered = 64;

  // The ttl with which a numbered packet goes on; none: it stays here.
  [[nodiscard]] std::optional<unsigned> pass_on(const wire::Header& header, Admission admission);

  // The same for a packet outside the sequence; `self` is this node's name.
  [[nodiscard]] std::optional<unsigned> pass_on(const wire::Packet& unnumbered,
                                                const NodeName& self, Instant now);

  [[nodiscard]] std::size_t awaited() const { return awaited_count_; }

 private:
  void await(const NodeName& from, const wire::RetransmitRequest& request);
  bool take_awaited(const wire::Header& header);
  bool seen_before(const wire::Packet& packet, Instant now);

  std::map<NodeName, std::set<SeqNo>> awaited_;
  std::size_t awaited_count_ = 0;
  std::deque<std::pair<Instant, wire::Packet>> remembered_;
};

}  // namespace hb::core
