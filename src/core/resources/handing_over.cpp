#include <string>
#include <utility>

#include "core/resources/resource_machine.h"

// What moves between two living nodes: standby and takeover (spec: resources 4.5; the phases are
// Standby's).
namespace hb::core {

void ResourceMachine::standby_wanted(wire::Hold set, Instant now, Outbox& out) {
  if (!manage_ || legacy()) {
    out.note(NoteId::kStandbyRefused, "it needs auto_failback on or off");
  } else if (phase_ == Phase::kLeaving || phase_ == Phase::kLingering || phase_ == Phase::kLeft) {
    out.note(NoteId::kStandbyRefused, "shutdown is in progress");
  } else if (!standby_.idle()) {
    out.note(NoteId::kStandbyBusy, self_.value());
  } else if (!partner_.alive) {
    out.note(NoteId::kStandbyRefused, "no other node is alive");
  } else if (!partner_ready()) {
    out.note(NoteId::kStandbyRefused, "other side is in flux");
  } else if (!stable()) {
    out.note(NoteId::kStandbyRefused, "local resources in flux");
  } else {
    holdings_.forget_failures(wire::kHoldAll);
    ask_standby(set, now, out);
  }
  proceed(now, out);
}

void ResourceMachine::ask_standby(wire::Hold set, Instant now, Outbox& out) {
  out.note(NoteId::kStandbyWanted, self_.value(), text(set));
  standby_.ask(set, now);
  reported_stable_ = false;
  out.send(wire::StandbyMessage{set, wire::StandbyMessage::Phase::kMe});
}

void ResourceMachine::takeover_wanted(const wire::TakeoverRequest& request, Instant now,
                                      Outbox& out) {
  if (!manage_) return;
  holdings_.forgive(now, out);
  takeover_owed_ = request;
  proceed(now, out);
}

// The partner gives by a hand-over, and to that a node whose resources are in flux does not agree:
// what failed before is tried first.
void ResourceMachine::proceed_takeover(Outbox& out) {
  if (!takeover_owed_ || !holdings_.settled() || restart_is_due()) return;
  wire::TakeoverRequest request = *std::exchange(takeover_owed_, std::nullopt);
  // A 3.0.6 gives everything for "failback"; what is meant is our own groups.
  if (request.failback && !partner_.facts.extended)
    request = {.set = wire::kHoldLocal, .failback = false};
  out.send(request);
}

void ResourceMachine::on(const NodeName& from, SeqNo seq, const wire::TakeoverRequest& m,
                         Instant now, Outbox& out) {
  // It says nothing of the partner's state: a report that it overtook still counts.
  if (!hear(from, SeqNo(0))) return;
  static_cast<void>(seq);
  const wire::Hold set = m.failback ? wire::kHoldForeign : m.set.mirrored();
  out.note(NoteId::kTakeoverAsked, from.value(), text(set));
  standby_wanted(set, now, out);
}

void ResourceMachine::on(const NodeName& from, SeqNo seq, const wire::StandbyMessage& m,
                         Instant now, Outbox& out) {
  using MessagePhase = wire::StandbyMessage::Phase;
  if (!hear(from, seq) || legacy()) return;
  switch (m.phase) {
    case MessagePhase::kMe:
      partner_wants_standby(m.set, seq, now, out);
      break;
    case MessagePhase::kOther:
      standby_agreed(now, out);
      break;
    case MessagePhase::kDone:
      standby_done(now, out);
      break;
  }
  proceed(now, out);
}

void ResourceMachine::partner_wants_standby(wire::Hold set, SeqNo offer, Instant now, Outbox& out) {
  if (!standby_.idle()) {
    out.note(NoteId::kStandbyBusy, partner_.name.value());
  } else if (!stable()) {
    out.note(NoteId::kStandbyRefused, "local resources in flux");
  } else {
    out.note(NoteId::kStandbyWanted, partner_.name.value(), text(set));
    standby_.offered(set, offer, now, patience_);
    partner_.stable = false;
    reported_stable_ = false;
    out.send(wire::StandbyMessage{set, wire::StandbyMessage::Phase::kOther});
  }
}

void ResourceMachine::standby_agreed(Instant now, Outbox& out) {
  if (standby_.phase() != Standby::Phase::kAsked) {
    out.note(NoteId::kStandbyUnexpected, "other", partner_.name.value());
    // Our "me" reached it late, when we no longer meant it: it must not wait for our "done".
    if (phase_ == Phase::kMember) report(out);
    return;
  }
  out.note(NoteId::kStandbyGiving, partner_.name.value(), text(standby_.set()));
  standby_.give(now);
  failed_ = failed_ - standby_.set();
  partner_.stable = false;
  want(want_ - standby_.set(), now, out);
  report(out, "standby");
}

void ResourceMachine::standby_done(Instant now, Outbox& out) {
  if (standby_.phase() == Standby::Phase::kOffered) {
    out.note(NoteId::kStandbyTaking, text(standby_.set()), partner_.name.value());
    standby_.take(now);
    // Its report came before; what it gave it no longer holds.
    if (partner_.hold) partner_.hold = *partner_.hold - standby_.set();
    holdings_.try_again(standby_.set().mirrored());
    want(want_ | standby_.set().mirrored(), now, out);
  } else if (standby_.phase() == Standby::Phase::kGiven) {
    out.note(NoteId::kStandbyOtherDone, text(standby_.set()));
    standby_.end();
    if (phase_ == Phase::kMember) report(out);
  } else if (phase_ == Phase::kMember) {  // a 3.0.6 also says it to one that has left
    out.note(NoteId::kStandbyUnexpected, "done", partner_.name.value());
  }
}

void ResourceMachine::proceed_standby(Instant now, Outbox& out) {
  if (!holdings_.settled()) return;
  if (standby_.phase() == Standby::Phase::kGiving) {
    out.note(NoteId::kStandbyGiven, text(standby_.set()));
    report(out);
    standby_.gave(now);
    out.send(wire::StandbyMessage{standby_.set(), wire::StandbyMessage::Phase::kDone});
  } else if (standby_.phase() == Standby::Phase::kTaking) {
    out.note(NoteId::kStandbyTaken, text(standby_.set()));
    out.send(wire::StandbyMessage{standby_.set(), wire::StandbyMessage::Phase::kDone});
    standby_.end();
    report(out);
  }
}

void ResourceMachine::cancel_standby(Outbox& out) {
  if (standby_.idle()) return;
  out.note(NoteId::kStandbyCancelled);
  standby_.end();
}

}  // namespace hb::core
