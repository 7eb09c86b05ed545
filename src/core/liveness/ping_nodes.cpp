#include "core/liveness/ping_nodes.h"

#include <algorithm>
#include <utility>

#include "core/events.h"
#include "core/node.h"

namespace hb::core {
namespace {

using wire::NodeState;

// The link to a ping node bears its name (spec: wire-protocol 14).
LinkName link_of(const PingNode& node) { return LinkName(node.name.value()); }

}  // namespace

PingNodes::PingNodes(const Settings& settings)
    : deadping_(settings.deadping), initdead_(settings.initdead), warntime_(settings.warntime) {
  for (const PingNode& node : settings.ping_nodes) watched_.emplace_back(node);
}

void PingNodes::begin(Instant now) {
  for (Watched& each : watched_) each.liveness = PeerLiveness(now, deadtime());
}

// A network that comes up slowly is no reason to bury anybody in the start.
Duration PingNodes::deadtime() const {
  return communication_up_ ? deadping_ : std::max(initdead_, deadping_);
}

void PingNodes::communication_up() {
  communication_up_ = true;
  for (Watched& each : watched_) each.liveness.set_deadtime(deadtime());
}

void PingNodes::configure(const Settings& settings, Instant now) {
  deadping_ = settings.deadping;
  initdead_ = settings.initdead;
  warntime_ = settings.warntime;
  std::vector<Watched> before = std::exchange(watched_, {});
  for (const PingNode& node : settings.ping_nodes) {
    const auto known = std::find_if(before.begin(), before.end(),
                                    [&](const Watched& each) { return each.node == node; });
    if (known == before.end()) {
      watched_.emplace_back(node).liveness = PeerLiveness(now, deadtime());
    } else {
      known->liveness.set_deadtime(deadtime());
      watched_.push_back(std::move(*known));
    }
  }
}

void PingNodes::ask(Outbox& out) const {
  for (const Watched& each : watched_) out.ping(each.node);
}

void PingNodes::answered(const NodeName& name, Instant now, Outbox& out) {
  const auto found = std::find_if(watched_.begin(), watched_.end(),
                                  [&](const Watched& each) { return each.node.name == name; });
  if (found == watched_.end()) return;
  Watched& watched = *found;
  tell_if_late(watched, now, out);
  watched.liveness.heard(now);
  watched.has_answered = true;
  watched.present_life = now;
  if (watched.state == NodeState::kPing) return;
  watched.state = NodeState::kPing;
  tell_link(out, NoteId::kLinkUp, "up", name, link_of(watched.node));
  out.note(NoteId::kStatusUpdate, name.value(), std::string(wire::word(NodeState::kPing)));
  // Not `status`: 3.0.6 names the script after the type of the message that came back.
  out.add(RunEventScript{
      "ns_st",
      {{"t", "NS_st"}, {"src", name.value()}, {"st", "ping"}, {"info", watched.node.kind}}});
}

// Unlike 3.0.6, which declares a ping node dead for a moment when its answers, or its first one,
// are further apart than the deadtime of nodes (spec: wire-protocol 12.2, rule 4): only deadping
// counts.
void PingNodes::tell_if_late(const Watched& watched, Instant now, Outbox& out) const {
  if (!watched.present_life) return;
  const Duration interval = now - *watched.present_life;
  if (interval > warntime_) {
    out.note(NoteId::kLateHeartbeat, watched.node.name.value(), std::to_string(to_ms(interval)));
  }
}

bool PingNodes::overdue(Instant now) const {
  return std::any_of(watched_.begin(), watched_.end(), [&](const Watched& each) {
    return !each.dead() && each.liveness.at(now) == Liveness::kDead;
  });
}

void PingNodes::judge(Instant now, Outbox& out) {
  for (Watched& each : watched_) {
    if (!each.dead() && each.liveness.at(now) == Liveness::kDead) declare_dead(each, now, out);
  }
}

void PingNodes::declare_dead(Watched& watched, Instant now, Outbox& out) const {
  const bool was_up = watched.state == NodeState::kPing;
  watched.state = NodeState::kDead;
  watched.present_life.reset();
  const NodeName& name = watched.node.name;
  out.note(NoteId::kPingNodeDead, name.value(),
           std::to_string(to_ms(watched.liveness.silence(now))),
           std::to_string(to_ms(watched.liveness.deadtime())));
  // By `info` scripts know that it was none of the nodes (mach_down leaves it alone).
  out.add(RunEventScript{
      "status", {{"t", "status"}, {"src", name.value()}, {"st", "dead"}, {"info", "ping"}}});
  if (was_up) tell_link(out, NoteId::kLinkDead, "dead", name, link_of(watched.node));
}

void PingNodes::excuse(Duration lapse, Instant now) {
  for (Watched& each : watched_) {
    each.liveness.excuse(lapse, now);
    if (each.present_life) *each.present_life += lapse;
  }
}

std::optional<Instant> PingNodes::next_deadline() const {
  std::optional<Instant> next;
  for (const Watched& each : watched_) {
    if (each.dead()) continue;
    next = std::min(next.value_or(each.liveness.deadline()), each.liveness.deadline());
  }
  return next;
}

std::vector<PingNodeView> PingNodes::views() const {
  std::vector<PingNodeView> views;
  for (const Watched& each : watched_) {
    PingNodeView view{.name = each.node.name, .state = each.state, .last_answer = std::nullopt};
    if (each.has_answered) view.last_answer = each.liveness.last_heard();
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace hb::core
