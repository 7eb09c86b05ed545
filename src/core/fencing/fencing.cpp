#include "core/fencing/fencing.h"

#include <algorithm>
#include <string>

namespace hb::core {

void tell_fence_result(const NodeName& peer, std::string_view result, Outbox& out) {
  out.send(wire::FenceResult{peer, std::string(result)});
  out.add(RunEventScript{"stonith",
                         {{"t", "stonith"},
                          {"src", out.self().value()},
                          {"node", peer.value()},
                          {"result", std::string(result)}}});
}

Fencing::Fencing(const Settings& settings)
    : retry_interval_(settings.fencing.retry_interval),
      start_delay_(settings.fencing.start_delay) {}

void Fencing::configure(const FencingSettings& settings) {
  retry_interval_ = settings.retry_interval;
  start_delay_ = settings.start_delay;
}

void Fencing::aim(const std::vector<Target>& targets, Instant now, Outbox& out) {
  std::erase_if(victims_, [&](const auto& each) {
    const bool needed = std::any_of(targets.begin(), targets.end(), [&](const Target& target) {
      return target.peer == each.first;
    });
    if (!needed) cancel(each.first, each.second, out);
    return !needed;
  });
  for (const Target& target : targets) {
    const auto [found, added] = victims_.try_emplace(target.peer);
    Victim& victim = found->second;
    if (added) victim.due = target.after_delay ? now + start_delay_ : now;
    victim.heard = target.heard;
    if (!victim.heard && !victim.running && now >= victim.due) begin(target.peer, victim, out);
  }
}

void Fencing::begin(const NodeName& peer, Victim& victim, Outbox& out) {
  last_attempt_ = FenceAttempt(last_attempt_.value() + 1);
  victim.running = last_attempt_;
  ++victim.attempts;
  out.add(Fence{peer, last_attempt_});
}

// An attempt that hangs must not end in a shot at a node that has come back.
void Fencing::cancel(const NodeName& peer, const Victim& victim, Outbox& out) {
  if (victim.running) out.add(CancelFence{*victim.running});
  out.note(NoteId::kFenceCancelled, peer.value());
  tell_fence_result(peer, kFenceUnneeded, out);
}

std::optional<NodeName> Fencing::finished(const FenceFinished& outcome, Instant now, Outbox& out) {
  const auto found = std::find_if(victims_.begin(), victims_.end(), [&](const auto& each) {
    return each.second.running == outcome.attempt;
  });
  const bool shot = outcome.result == FenceOutcome::kConfirmed;
  if (found == victims_.end()) {
    if (shot) out.note(NoteId::kFenceLate, outcome.detail);
    return std::nullopt;
  }
  auto& [peer, victim] = *found;
  victim.running.reset();
  victim.due = now + retry_interval_;
  if (!shot) {
    out.note(NoteId::kFenceFailed, peer.value(), std::to_string(victim.attempts), outcome.detail);
    tell_fence_result(peer, word(outcome.result), out);
    return std::nullopt;
  }
  if (victim.heard) {
    // Perhaps it came back after the shot, perhaps the shot is what ends it now: silence will tell.
    out.note(NoteId::kFenceLate, outcome.detail);
    return std::nullopt;
  }
  out.note(NoteId::kFenced, peer.value());
  return confirm(found, out);
}

std::optional<NodeName> Fencing::confirmed_by_operator(const NodeName& peer, Outbox& out) {
  const auto found = victims_.find(peer);
  if (found == victims_.end()) {
    out.note(NoteId::kFenceConfirmationRefused, peer.value(), "nobody waits for that");
    return std::nullopt;
  }
  if (found->second.heard) {
    out.note(NoteId::kFenceConfirmationRefused, peer.value(), "the node is heard");
    return std::nullopt;
  }
  if (found->second.running) out.add(CancelFence{*found->second.running});
  out.note(NoteId::kFenceConfirmedByOperator, peer.value());
  return confirm(found, out);
}

NodeName Fencing::confirm(std::map<NodeName, Victim>::iterator victim, Outbox& out) {
  NodeName peer = victim->first;
  victims_.erase(victim);
  confirmed_.insert(peer);
  tell_fence_result(peer, word(FenceOutcome::kConfirmed), out);
  return peer;
}

void Fencing::peer_returned(const NodeName& peer, Outbox& out) {
  if (confirmed_.erase(peer) > 0) out.note(NoteId::kFenceDidNotWork, peer.value());
}

std::optional<Instant> Fencing::next_deadline() const {
  std::optional<Instant> next;
  for (const auto& [peer, victim] : victims_) {
    if (!victim.heard && !victim.running) next = std::min(next.value_or(victim.due), victim.due);
  }
  return next;
}

}  // namespace hb::core
