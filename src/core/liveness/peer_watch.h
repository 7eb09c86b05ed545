#pragma once

#include <optional>

#include "base/flat_map.h"
#include "base/ids.h"
#include "base/time.h"
#include "core/liveness/lapse_detector.h"
#include "core/membership/peer.h"
#include "core/outbox.h"
#include "core/settings.h"

namespace hb::core {

// Whether each peer, and each link to it, is alive: by when it was heard, how long it may be silent
// and what waits in the sockets (docs/protocol/liveness.md).
//
// Tells operators and event scripts of it; what a death or a return means for resources and
// messages is not its business. Driven by Node, which asks next_deadline(), calls judge() at each
// step, and declares the silent dead once the sockets are drained().
class PeerWatch {
 public:
  // `peers` are those of the membership and outlive this.
  PeerWatch(const Settings& settings, Peers& peers);

  // Until communication_up() initdead serves for all.
  void communication_up();
  // ha.cf has changed; in force for each peer with peers_changed().
  void configure(const Settings& settings);
  // Some are new, or what is not announced by them was set anew.
  void peers_changed();

  // --- what is heard ---

  // A numbered packet came by this link, be it a copy: a sign of the link, not of the peer.
  void link_heard(Peer& peer, const LinkName& name, SeqNo seq, Instant heard_at, Outbox& out);
  // Nothing comes by it any more. Who is heard by other links lives on; this one is up again as
  // soon as it is heard by it.
  void link_lost(const LinkName& name, Instant now, Outbox& out);
  void status_heard(Peer& peer, Instant heard_at, Outbox& out);
  // By the peer itself, in a status.
  void deadtime_announced(Peer& peer, Duration deadtime);
  // It is back: what came before is no measure for its next status.
  void returned(Peer& peer);
  // In a new life, which counts its packets anew.
  void restarted(Peer& peer);

  // Whether it was heard within little more than a keepalive before `read`.
  [[nodiscard]] bool kept_the_beat(const Peer& peer, Instant read) const;

  // --- what is not heard ---

  // Called at each step. If this host was held up before it: for how long; that is no silence of
  // the peers.
  std::optional<Duration> awake(Instant now);
  // Links go down at once. For a silent peer, what waits in the sockets is read before it is
  // judged.
  void judge(Instant now, Outbox& out);
  // Has the sockets read. Nobody is judged before the answer.
  void drain(Outbox& out);
  [[nodiscard]] bool draining() const { return draining_; }
  // The answer; whether it was waited for.
  bool drained();
  // With all read that waited. Whether the peer was declared dead just now.
  bool declare_dead_if_silent(Peer& peer, Instant now, Outbox& out);

  [[nodiscard]] std::optional<Instant> next_deadline() const;

 private:
  void apply_deadtime(Peer& peer);
  void tell_if_late(const Peer& peer, Instant heard_at, Outbox& out) const;

  Peers& peers_;
  Duration keepalive_, warntime_, deadtime_, initdead_;
  LapseDetector lapses_;
  FlatMap<LinkName, Instant> lost_at_;  // by link_lost(), the last time
  bool communication_up_ = false;
  bool draining_ = false;  // DrainMedia is out
};

}  // namespace hb::core
