#pragma once

#include <optional>
#include <set>

#include "base/flat_map.h"
#include "base/ids.h"
#include "base/time.h"
#include "base/uuid.h"
#include "core/liveness/link_statistics.h"
#include "core/liveness/peer_liveness.h"
#include "core/sequence/retransmit_schedule.h"
#include "core/sequence/sequence_tracker.h"
#include "core/settings.h"
#include "wire/packet.h"

namespace hb::core {

// One way by which a peer is heard.
struct Link {
  PeerLiveness liveness;
  LinkStatistics statistics;
  bool up = false;
};

// What a node knows of another one.
struct Peer {
  Peer(NodeName peer_name, const Settings& settings, std::uint64_t ack_trigger, Instant now)
      : name(std::move(peer_name)),
        liveness(now, settings.initdead),
        deadtime(settings.deadtime),
        tracker(ack_trigger),
        schedule(settings.max_rexmit_delay) {}

  [[nodiscard]] bool dead() const { return state == wire::NodeState::kDead; }
  [[nodiscard]] bool never_heard() const { return tracker.generation().value() == 0; }
  [[nodiscard]] bool member() const {
    return state == wire::NodeState::kUp || state == wire::NodeState::kActive;
  }

  NodeName name;
  Uuid uuid = {};  // of its last packet
  wire::NodeState state = wire::NodeState::kInit;
  bool heard = false;  // in its present life
  bool extended = false;
  bool expected = true;  // from the start on; false: added while this node ran
  PeerLiveness liveness;
  Duration deadtime;  // announced by the peer; ours until then
  bool announced_deadtime = false;
  bool keeps_resources = false;  // announced a restart that keeps them, by a much longer deadtime
  SequenceTracker tracker;
  RetransmitSchedule schedule;
  FlatMap<LinkName, Link> links;
  std::optional<Instant> last_status_at;
  SeqNo last_status_seq;
  SeqNo last_news;  // the highest number of what was no status, in any of its lives
  std::optional<wire::ConfigDigests> config_told = std::nullopt;  // compared with ours already
};

// Adding or removing one moves the others.
using Peers = FlatMap<NodeName, Peer>;

}  // namespace hb::core
