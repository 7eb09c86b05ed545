#include "core/liveness/peer_watch.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/events.h"

namespace hb::core {
namespace {

using wire::NodeState;

std::string ms(Duration d) { return std::to_string(to_ms(d)); }

// What scheduling may add to a keepalive.
Duration tolerance(const Settings& settings) { return settings.deadtime / 4; }

void take_down(Outbox& out, const Peer& peer, const LinkName& name, Link& link) {
  link.up = false;
  tell_link(out, NoteId::kLinkDead, "dead", peer.name, name);
}

}  // namespace

PeerWatch::PeerWatch(const Settings& settings, Peers& peers)
    : peers_(peers),
      keepalive_(settings.keepalive),
      warntime_(settings.warntime),
      deadtime_(settings.deadtime),
      initdead_(settings.initdead),
      lapses_(settings.keepalive, tolerance(settings)) {}

void PeerWatch::communication_up() {
  communication_up_ = true;
  peers_changed();
}

void PeerWatch::configure(const Settings& settings) {
  keepalive_ = settings.keepalive;
  warntime_ = settings.warntime;
  deadtime_ = settings.deadtime;
  initdead_ = settings.initdead;
  lapses_.set_limits(keepalive_, tolerance(settings));
}

void PeerWatch::peers_changed() {
  for (auto& [name, peer] : peers_) apply_deadtime(peer);
}

void PeerWatch::apply_deadtime(Peer& peer) {
  const Duration deadtime = communication_up_ ? peer.deadtime : initdead_;
  peer.liveness.set_deadtime(deadtime);
  for (auto& [name, link] : peer.links) link.liveness.set_deadtime(deadtime);
}

// --- what is heard ---

void PeerWatch::link_heard(Peer& peer, const LinkName& name, SeqNo seq, Instant heard_at,
                           Outbox& out) {
  auto found = peer.links.find(name);
  if (found == peer.links.end()) {
    Link made{PeerLiveness(heard_at, peer.liveness.deadtime()), LinkStatistics(keepalive_)};
    found = peer.links.try_emplace(name, std::move(made)).first;
  }
  Link& link = found->second;
  link.liveness.heard(heard_at);
  link.statistics.heard(heard_at, seq);
  link.liveness.set_deadtime(peer.liveness.deadtime());
  // What waited in its socket may have come before the link was lost, and says nothing of it now.
  const auto lost = lost_at_.find(name);
  if (lost != lost_at_.end() && heard_at <= lost->second) return;
  if (std::exchange(link.up, true)) return;
  tell_link(out, NoteId::kLinkUp, "up", peer.name, name);
}

void PeerWatch::link_lost(const LinkName& name, Instant now, Outbox& out) {
  lost_at_.try_emplace(name, now).first->second = now;
  for (auto& [peer_name, peer] : peers_) {
    const auto found = peer.links.find(name);
    if (found == peer.links.end() || !found->second.up) continue;
    found->second.statistics.begin_anew();
    take_down(out, peer, name, found->second);
  }
}

void PeerWatch::status_heard(Peer& peer, Instant heard_at, Outbox& out) {
  tell_if_late(peer, heard_at, out);
  peer.last_status_at = heard_at;
}

void PeerWatch::tell_if_late(const Peer& peer, Instant heard_at, Outbox& out) const {
  if (!peer.last_status_at || peer.dead()) return;
  const Duration interval = heard_at - *peer.last_status_at;
  if (interval > deadtime_) {
    out.note(NoteId::kLateBeyondDeadtime, peer.name.value(), ms(interval));
  } else if (interval > warntime_) {
    out.note(NoteId::kLateHeartbeat, peer.name.value(), ms(interval));
  }
}

void PeerWatch::deadtime_announced(Peer& peer, Duration deadtime) {
  peer.deadtime = deadtime;
  peer.announced_deadtime = true;
  apply_deadtime(peer);
}

void PeerWatch::returned(Peer& peer) {
  peer.state = NodeState::kInit;
  peer.heard = true;
  peer.last_status_at.reset();
}

void PeerWatch::restarted(Peer& peer) {
  returned(peer);
  peer.last_status_seq = SeqNo(0);
  for (auto& [name, link] : peer.links) link.statistics.begin_anew();
}

bool PeerWatch::kept_the_beat(const Peer& peer, Instant read) const {
  return peer.liveness.silence(read) <= keepalive_ + keepalive_ / 8;
}

// --- what is not heard ---

std::optional<Duration> PeerWatch::awake(Instant now) {
  const std::optional<Duration> lapse = lapses_.awake(now);
  if (!lapse) return std::nullopt;
  for (auto& [name, peer] : peers_) {
    peer.liveness.excuse(*lapse, now);
    if (peer.last_status_at) *peer.last_status_at += *lapse;
    for (auto& [link_name, link] : peer.links) link.liveness.excuse(*lapse, now);
  }
  return lapse;
}

void PeerWatch::judge(Instant now, Outbox& out) {
  for (auto& [name, peer] : peers_) {
    const bool silent = peer.liveness.at(now) == Liveness::kDead;
    if (silent && !peer.dead()) drain(out);
    if (silent) continue;  // the last link goes with the node
    for (auto& [link_name, link] : peer.links) {
      if (link.up && link.liveness.at(now) == Liveness::kDead)
        take_down(out, peer, link_name, link);
    }
  }
}

void PeerWatch::drain(Outbox& out) {
  if (!std::exchange(draining_, true)) out.add(DrainMedia{});
}

bool PeerWatch::drained() { return std::exchange(draining_, false); }

bool PeerWatch::declare_dead_if_silent(Peer& peer, Instant now, Outbox& out) {
  if (peer.dead() || peer.liveness.at(now) != Liveness::kDead) return false;
  std::string links;
  for (const auto& [name, link] : peer.links) links += (links.empty() ? "" : ",") + name.value();
  peer.state = NodeState::kDead;
  peer.heard = false;
  out.note(NoteId::kNodeDead, peer.name.value(), ms(peer.liveness.silence(now)),
           ms(peer.liveness.deadtime()), links.empty() ? "never heard" : "links " + links);
  for (auto& [name, link] : peer.links) {
    if (link.up) take_down(out, peer, name, link);
  }
  tell_status_event(out, peer.name, "dead");
  return true;
}

std::optional<Instant> PeerWatch::next_deadline() const {
  std::optional<Instant> next;
  const auto consider = [&](Instant deadline) {
    next = std::min(next.value_or(deadline), deadline);
  };
  for (const auto& [name, peer] : peers_) {
    if (!peer.dead() && !draining_) consider(peer.liveness.deadline());
    for (const auto& [link_name, link] : peer.links) {
      if (link.up) consider(link.liveness.deadline());
    }
  }
  return next;
}

}  // namespace hb::core
