#include "core/resources/resource_machine.h"

#include <algorithm>
#include <chrono>

#include "core/fencing/fencing.h"

namespace hb::core {
namespace {

using namespace std::chrono_literals;

// A living partner answers a question at once; this is long for it and short for a double service.
constexpr Duration kRelearnTime = 200ms;
// A partner that has been in flux for so long may have said its last word in a packet that is lost
// for good. Above the ten seconds for which a 3.0.6 waits after its start.
constexpr Duration kInquireTime = 15s;
// And one that has said nothing at all, though it is a full member.
constexpr Duration kFirstWordTime = 2s;
constexpr Duration kOrphanTimeOwn = 1s;      // a side of ours that nobody holds
constexpr Duration kOrphanTimeForeign = 3s;  // the partner's: it should take that itself
// Above the time by which packets overtake each other.
constexpr Duration kReminderTime = 200ms;
// A partner that did not take what fails here is asked again after so long; one of the two waits
// longer, lest both ask at the same time for ever.
constexpr Duration kMoveAgainTime = 11s;
constexpr Duration kMoveAgainLater = 14s;
// Packets that got lost at the very end can still be asked for.
constexpr Duration kLingerTime = 2s;

}  // namespace

ResourceMachine::ResourceMachine(const Settings& settings)
    : self_(settings.self),
      manage_(settings.manage_resources),
      groups_(settings.groups),
      holdings_(settings) {
  configure(settings);
}

void ResourceMachine::configure(const Settings& settings) {
  fencing_ = settings.fencing.configured;
  failback_ = settings.failback;
  patience_ = 2 * settings.deadtime;
  holdings_.set_stop_retries(settings.stop_retries);
}

void ResourceMachine::begin(Instant now, Outbox& out) { holdings_.clear_leftovers(now, out); }

void ResourceMachine::want(wire::Hold sides, Instant now, Outbox& out) {
  want_ = sides;
  reported_stable_ = false;
  holdings_.want(sides, now, out);
}

void ResourceMachine::report(Outbox& out, std::string info) {
  if (legacy()) return;
  spoke_ = true;
  reported_stable_ = stable();
  out.send(wire::ResourceReport{
      .hold = hold(), .full = true, .stable = reported_stable_, .info = std::move(info)});
}

// What the partner holds, and whether it is stable. Its answer is answered.
void ResourceMachine::ask_partner(Outbox& out) {
  spoke_ = true;
  partner_.stable = false;
  out.send(wire::Starting{});
}

// Of more than two nodes, the one that is alive stays the partner until it is dead: what a third
// one says or becomes moves nothing while the two serve.
bool ResourceMachine::is_partner(const NodeName& peer) {
  if (partner_.name == peer) return true;
  if (partner_.alive) return false;
  partner_ = Partner{.name = peer};
  return true;
}

// Notes that the partner spoke. Commands count in whatever order they arrive; a report only if
// nothing newer was heard, since retransmission may bring it late.
bool ResourceMachine::hear(const NodeName& from, SeqNo seq) {
  if (from == self_ || !manage_ || !is_partner(from)) return false;
  partner_.last_word = std::max(partner_.last_word, seq);
  // Alive, it says what it holds, and nothing is taken without its word: no need to shoot.
  if (partner_.alive && !legacy()) awaited_.erase(from);
  return true;
}

bool ResourceMachine::partner_stays() const {
  return partner_.alive && !partner_.leaving && !partner_.left && !restart_is_due();
}

bool ResourceMachine::partner_ready() const { return partner_stays() && partner_.stable; }

// A 3.0.6 is about to restart by itself. It would put that off for a hand-over, also for the one
// that it begins itself when our question makes it look anew; and hold what runs twice meanwhile.
bool ResourceMachine::restart_is_due() const { return heal_deadline_ && !partner_.facts.extended; }

// --- start and join ---

void ResourceMachine::communication_up(const std::vector<NodeName>& others, Instant now,
                                       Outbox& out) {
  if (!manage_) return;
  if (!partner_.alive) {
    start_alone(others, now, out);
  } else if (legacy()) {
    phase_ = Phase::kMember;
    ask_for_own_groups(now, out);
  } else {
    join(now, out);
    if (std::exchange(starting_unanswered_, false)) report(out);
  }
  proceed(now, out);
}

// Who was never heard, or was not heard to leave, may hold anything, also what is ours by right.
void ResourceMachine::start_alone(const std::vector<NodeName>& absent, Instant now, Outbox& out) {
  for (const NodeName& peer : absent) {
    lose(peer, partner_.name == peer && partner_.left, out);
  }
  failback_owed_ = !absent.empty();
  if (awaited_.empty()) {
    take_all(now, out);
  } else if (legacy()) {
    phase_ = Phase::kMember;
    claim_owed_ = true;
  } else {
    join(now, out);
  }
}

void ResourceMachine::join(Instant now, Outbox& out) {
  static_cast<void>(now);
  phase_ = Phase::kJoining;
  partner_.hold.reset();
  starting_repeated_ = false;
  ask_partner(out);
}

void ResourceMachine::on(const NodeName& from, SeqNo seq, const wire::Starting&, Instant now,
                         Outbox& out) {
  if (!hear(from, seq) || legacy()) return;
  // One that comes late is overtaken by what the partner has said since.
  if (seq == partner_.last_word) {
    partner_.stable = false;
    cancel_standby(out);  // who begins anew, or asks anew, knows of no hand-over
    partner_.asked_for_orphans = false;
  }
  if (phase_ == Phase::kIdle) {
    starting_unanswered_ = true;
    return;
  }
  report(out);
  // It may have come up only now, and never have seen our own "starting".
  if (phase_ == Phase::kJoining && !partner_.hold && !std::exchange(starting_repeated_, true)) {
    ask_partner(out);
  }
  proceed(now, out);
}

void ResourceMachine::on(const NodeName& from, SeqNo seq, const wire::ResourceReport& m,
                         Instant now, Outbox& out) {
  if (m.info == "returned" && partner_.name == from) partner_.says_returned = true;
  if (m.info == "standby" && partner_.name == from) standby_.partner_begins(seq, now);
  if (seq < partner_.last_word || !hear(from, seq) || legacy()) return;
  const bool was_stable = partner_.stable;
  const wire::Hold before = partner_.hold.value_or(wire::kHoldNone);
  partner_.hold = m.full || m.hold.none() ? m.hold : before | m.hold;
  partner_.stable = m.stable.value_or(was_stable);
  const bool gives_nothing =
      standby_.phase() == Standby::Phase::kOffered && partner_.facts.extended && partner_.stable;
  if (m.info == "returned" || gives_nothing) cancel_standby(out);
  if (m.info == "shutdown") {
    partner_.leaving = true;
    heal_deadline_.reset();
  }
  relearn_deadline_.reset();
  inquire_deadline_.reset();  // from its last word on

  if (phase_ == Phase::kJoining && partner_.alive) {
    // Ours that the partner holds stays there until it is stable: it may be about to give it up.
    if (!partner_.claimed().local) {
      become_member(wire::kHoldLocal, now, out);
    } else if (partner_.stable) {
      become_member(wire::kHoldNone, now, out);
    }
  } else if (phase_ == Phase::kMember) {
    resolve_double_hold(now, out);
  }
  if (partner_.stable) take_orphans(now, out);
  if (partner_.stable && !was_stable) {
    out.note(NoteId::kRemoteStable);
    // The partner may not know our state either; if it does, it does not answer again.
    if (phase_ == Phase::kMember) report(out);
  }
  proceed(now, out);
}

void ResourceMachine::become_member(wire::Hold sides, Instant now, Outbox& out) {
  phase_ = Phase::kMember;
  want(sides, now, out);
}

// --- life and death of the partner ---

void ResourceMachine::peer_alive(const NodeName& peer, Instant now, Outbox& out) {
  if (!is_partner(peer)) return;
  partner_.alive = true;
  partner_may_take(now);
  proceed(now, out);
}

void ResourceMachine::peer_status(const NodeName& peer, const PeerFacts& facts, Instant now,
                                  Outbox& out) {
  if (partner_.name != peer) return;
  if (facts == partner_.facts && facts.active) return;  // as most heartbeats
  const bool turned_active = facts.active && !partner_.facts.active;
  partner_.facts = facts;
  if (!facts.active) partner_.left = false;  // who joins does not leave: a life of the same number
  if (legacy() && turned_active) {
    awaited_.erase(peer);
    if (std::exchange(claim_owed_, false)) ask_for_own_groups(now, out);
    if (phase_ == Phase::kMember) yield_legacy_groups(now, out);
  }
  proceed(now, out);
}

void ResourceMachine::peer_dead(const NodeName& peer, Instant now, Outbox& out) {
  if (!partner_.name.value().empty() && partner_.name != peer) return;
  const Partner dead = std::exchange(partner_, Partner{.name = peer});
  partner_.last_word = dead.last_word;
  partner_.facts = dead.facts;
  partner_.facts.active = false;
  partner_.left = dead.left;
  cancel_standby(out);
  heal_deadline_.reset();
  relearn_deadline_.reset();
  legacy_requests_.clear();
  if (!manage_) return;
  if (phase_ == Phase::kJoining || phase_ == Phase::kMember) {
    const Excuse excuse = excuse_of(dead);
    partner_.excused = excuse == Excuse::kSidesWithoutGroups;
    lose(peer, excuse != Excuse::kNone, out);
    failback_owed_ = true;
    if (awaited_.empty()) {
      if (!want_.all() && !partner_.excused) tell_takeover(peer, out);
      take_all(now, out);
    } else {
      claim_owed_ = legacy();
      holdings_.retry_alone(true, now);  // what is ours already
    }
  }
  proceed(now, out);
}

wire::Hold ResourceMachine::sides_with_groups() const {
  wire::Hold sides;
  for (const ResourceGroup& group : groups_)
    sides = sides | (group.preferred == self_ ? wire::kHoldLocal : wire::kHoldForeign);
  return sides;
}

// A side without groups is held by a mere word, if both nodes know the same groups.
wire::Hold ResourceMachine::weighty(wire::Hold sides, const Partner& partner) const {
  return partner.facts.same_groups ? sides & sides_with_groups() : sides;
}

// Its last word binds it only as long as it has no reason to take anything. A 3.0.6 says "none"
// before its first stop, ours after the last; a later life of ours has released what the earlier
// one held before it says anything at all. What neither side held it may have taken meanwhile.
ResourceMachine::Excuse ResourceMachine::excuse_of(const Partner& partner) const {
  if (partner.left) return Excuse::kHoldsNothing;
  if (partner.leaving || legacy()) return Excuse::kNone;
  if (!fencing_)
    return partner.hold && partner.hold->none() ? Excuse::kHoldsNothing : Excuse::kNone;
  // Added while we run, and never heard: it may hold what we do not serve, and no more.
  const bool added = partner.name.value().empty();
  const bool to_be_trusted = added || (partner.hold ? partner.facts.extended || partner.stable
                                                    : partner.fresh && partner.facts.extended);
  if (!to_be_trusted) return Excuse::kNone;
  const wire::Hold may_hold =
      (wire::kHoldAll - want_) | partner.hold.value_or(wire::kHoldNone).mirrored();
  if (may_hold.none()) return Excuse::kHoldsNothing;
  return weighty(may_hold, partner).none() ? Excuse::kSidesWithoutGroups : Excuse::kNone;
}

void ResourceMachine::lose(const NodeName& peer, bool holds_nothing, Outbox& out) {
  if (holds_nothing) {
    out.note(NoteId::kDeadNodeHeldNothing, peer.value());
    tell_fence_result(peer, kFenceUnneeded, out);
  } else if (!fencing_) {
    out.note(NoteId::kNoFencing);
    tell_fence_result(peer, kFenceNoDevice, out);
  } else {
    out.note(NoteId::kFenceNeeded, peer.value());
    awaited_.insert(peer);
  }
}

void ResourceMachine::peer_fenced(const NodeName& peer, Instant now, Outbox& out) {
  if (awaited_.erase(peer) == 0) return;
  if (awaited_.empty() && (!partner_.alive || partner_.left)) {
    tell_takeover(peer, out);
    claim_owed_ = false;
    take_all(now, out);
  }
  proceed(now, out);
}

void ResourceMachine::peer_restarted(const NodeName& peer, bool was_alive, bool kept, Instant now,
                                     Outbox& out) {
  if (!is_partner(peer)) return;
  const std::optional<wire::Hold> held = partner_.hold;
  kept = kept && !partner_.left && !partner_.leaving;
  // The old life is over without anybody having noticed: what it held, nobody holds now. Who can
  // fence does not rely on that, and waits for the word of the new life.
  if (was_alive && !kept && (!fencing_ || excuse_of(partner_) != Excuse::kNone))
    peer_dead(peer, now, out);
  if (fencing_ && legacy()) claim_owed_ = true;
  starting_repeated_ = false;
  partner_ = Partner{.name = peer, .alive = true, .fresh = true};
  if (kept) partner_.hold = held;
  cancel_standby(out);
  partner_may_take(now);
  heal_deadline_.reset();
  proceed(now, out);
}

void ResourceMachine::peer_removed(const NodeName& peer, Instant now, Outbox& out) {
  if (partner_.name == peer) partner_ = Partner{};
  awaited_.erase(peer);
  proceed(now, out);
}

void ResourceMachine::peer_returned(const NodeName& peer, Instant now, Outbox& out) {
  if (!is_partner(peer)) return;
  partner_.alive = true;
  partner_.returned = true;
  partner_.fresh = false;
  partner_.left = false;  // who has left for so long is in another life, though of the same number
  partner_.hold.reset();
  partner_.stable = false;
  partner_may_take(now);
  if (manage_ && !legacy() && phase_ == Phase::kJoining) join(now, out);
  if (!manage_ || phase_ != Phase::kMember) return;
  // Among ourselves reports decide; a 3.0.6 restarts by itself, and until then we keep what we
  // hold.
  report(out, "returned");
  heal_deadline_ = now + kOldPartnerRestarts;
  proceed(now, out);
}

void ResourceMachine::said_again(const NodeName& peer, Instant now, Outbox& out) {
  if (partner_.name != peer) return;
  spoke_ = true;
  proceed(now, out);
}

void ResourceMachine::lapsed(Instant now, Outbox& out) {
  if (!manage_ || legacy() || phase_ != Phase::kMember || !partner_.alive) return;
  cancel_standby(out);
  partner_.hold.reset();
  ask_partner(out);
  relearn_deadline_ = now + kRelearnTime;
}

void ResourceMachine::take_all(Instant now, Outbox& out) {
  phase_ = Phase::kMember;
  holdings_.retry_alone(true, now);
  want(wire::kHoldAll, now, out);
}

// --- what runs twice ---

void ResourceMachine::resolve_double_hold(Instant now, Outbox& out) {
  if (!standby_.idle() || !partner_.alive) return;
  const wire::Hold twice = hold() & partner_.claimed();
  if (twice.none()) {
    if (partner_.returned && partner_.hold) {
      partner_.returned = partner_.says_returned = false;
      heal_deadline_.reset();
    }
    return;
  }
  out.note(NoteId::kBothOwn, twice.local ? "our" : "foreign");
  if (!partner_.returned) {
    // To us it never was dead, so it took over from us: it could not hear us, or we did not run.
    give_up(twice, now, out);
    return;
  }
  if (!partner_.facts.extended) {
    out.note(NoteId::kKeepTowardsOldPeer, partner_.name.value());
    return;  // until heal_deadline_
  }
  // It never declared us dead: it hears that we took over, and gives up by the rule above.
  if (!partner_.says_returned) return;
  // Both took over: each keeps its own.
  give_up(twice & wire::kHoldForeign, now, out);
}

void ResourceMachine::give_up(wire::Hold sides, Instant now, Outbox& out) {
  if (sides.none()) return;
  out.note(NoteId::kYield, text(sides), partner_.name.value());
  holdings_.forget_failures(sides);  // whether it can run there is not known
  want(want_ - sides, now, out);
}

// --- leaving ---

void ResourceMachine::on(const NodeName& from, SeqNo seq, const wire::ShutdownDone&, Instant now,
                         Outbox& out) {
  if (!hear(from, seq)) return;
  partner_.left = true;
  partner_.hold = wire::kHoldNone;
  partner_.stable = false;
  heal_deadline_.reset();
  cancel_standby(out);
  out.note(NoteId::kShutdownNotice, from.value());
  if (phase_ == Phase::kJoining || phase_ == Phase::kMember) {
    failback_owed_ = true;
    awaited_.erase(from);
    if (awaited_.empty()) {
      if (!want_.all()) tell_takeover(from, out);
      take_all(now, out);
    }
  }
  proceed(now, out);
}

void ResourceMachine::shutdown_wanted(Instant now, Outbox& out) {
  if (phase_ == Phase::kLeaving || phase_ == Phase::kLingering || phase_ == Phase::kLeft) {
    out.note(NoteId::kShutdownUnderway);
    return;
  }
  out.note(NoteId::kShutdownBegins);
  cancel_standby(out);
  // What was to be found out or taken later concerns a node that stays.
  awaited_.clear();
  heal_deadline_.reset();
  relearn_deadline_.reset();
  orphan_deadline_.reset();
  partner_.asked_for_orphans = false;
  takeover_owed_.reset();
  announced_ = manage_ && phase_ != Phase::kIdle;
  phase_ = Phase::kLeaving;
  want(wire::kHoldNone, now, out);
  if (announced_) report(out, "shutdown");
  proceed(now, out);
}

void ResourceMachine::proceed_leaving(Instant now, Outbox& out) {
  if (phase_ == Phase::kLeaving && holdings_.settled()) {
    out.note(NoteId::kRelinquished);
    if (announced_) {
      report(out, "shutdown");
      out.send(wire::ShutdownDone{});
    }
    phase_ = Phase::kLingering;
    linger_deadline_ = announced_ ? now + kLingerTime : now;
    out.add(StopClients{});
  }
  if (phase_ != Phase::kLingering) return;
  const bool partner_has_it = partner_.hold && partner_.hold->all() && partner_.stable;
  if (linger_deadline_ &&
      (!partner_.alive || partner_.left || partner_has_it || now >= *linger_deadline_)) {
    linger_deadline_.reset();
  }
  if (!linger_deadline_ && clients_stopped_) leave(now, out);
}

void ResourceMachine::clients_stopped(Instant now, Outbox& out) {
  clients_stopped_ = true;
  proceed(now, out);
}

void ResourceMachine::leave(Instant now, Outbox& out) {
  static_cast<void>(now);
  phase_ = Phase::kLeft;
  out.note(NoteId::kShutdownComplete, self_.value());
  out.add(Exit{});
}

// --- time and outcomes ---

void ResourceMachine::groups_changed(const GroupsChanged& change, Instant now, Outbox& out) {
  if (!manage_) return;
  const wire::Hold before = sides_with_groups();
  groups_ = change.groups;
  holdings_.set_groups(change.groups);
  reconsider_excused(sides_with_groups() - before, out);
  if (change.apply && phase_ == Phase::kMember && !legacy()) want(want_, now, out);
  proceed(now, out);
}

// These sides have groups now. A partner that was not fenced because they had none may have read
// the same file, and hold them.
void ResourceMachine::reconsider_excused(wire::Hold fresh, Outbox& out) {
  if (fresh.none() || !std::exchange(partner_.excused, false)) return;
  lose(partner_.name, false, out);
  want_ = want_ - fresh;
}

void ResourceMachine::agent_finished(const AgentFinished& outcome, Instant now, Outbox& out) {
  holdings_.finished(outcome, now, out);
  proceed(now, out);
}

void ResourceMachine::deadline(Instant now, Outbox& out) {
  holdings_.deadline(now, out);
  if (standby_.deadline() && now >= *standby_.deadline()) {
    out.note(NoteId::kStandbyNoReply);
    standby_.end();
    partner_.stable = true;
    report(out);
    resolve_double_hold(now, out);  // what was put off
  }
  if (heal_deadline_ && now >= *heal_deadline_) {
    heal_deadline_.reset();
    // A 3.0.6 that has not restarted never missed us: ask what it holds; what runs twice is given
    // up.
    if (partner_.alive) {
      partner_.returned = false;
      legacy() ? each_its_own(now, out) : ask_partner(out);
    }
  }
  if (inquire_deadline_ && now >= *inquire_deadline_) {
    inquire_deadline_.reset();
    ask_partner(out);
  }
  if (relearn_deadline_ && now >= *relearn_deadline_) {
    relearn_deadline_.reset();
    out.note(NoteId::kYield, text(want_), partner_.name.value());
    want(wire::kHoldNone, now, out);
    join(now, out);
  }
  if (orphan_deadline_ && now >= *orphan_deadline_) {
    orphan_deadline_.reset();
    ask_for_orphans(out);
  }
  if (move_again_ && now >= *move_again_) move_again_.reset();
  if (reminder_deadline_ && now >= *reminder_deadline_) {
    reminder_deadline_.reset();
    remind(out);
  }
  proceed(now, out);
}

std::optional<Instant> ResourceMachine::next_deadline() const {
  std::optional<Instant> earliest = holdings_.next_deadline();
  for (const auto& candidate :
       {standby_.deadline(), heal_deadline_, relearn_deadline_, inquire_deadline_, orphan_deadline_,
        linger_deadline_, move_again_, reminder_deadline_}) {
    if (candidate) earliest = std::min(earliest.value_or(*candidate), *candidate);
  }
  return earliest;
}

void ResourceMachine::proceed(Instant now, Outbox& out) {
  proceed_standby(now, out);
  proceed_takeover(out);
  proceed_legacy_requests(out);
  proceed_leaving(now, out);
  proceed_inquiry(now);
  if (phase_ != Phase::kMember) return;
  proceed_failures(now, out);
  tell_settled(out);
  proceed_failback(now, out);
  proceed_orphans(now);
  proceed_reminder(now);
}

// What fails here may run there.
void ResourceMachine::partner_may_take(Instant now) {
  taking_from_.reset();
  holdings_.retry_alone(false, now);
  failed_ = holdings_.failing_sides();
  move_again_.reset();
}

// A group that cannot start here may start there: the partner gets its side, once. When it comes
// back and fails again, it stays down and is reported, instead of going to and fro.
void ResourceMachine::proceed_failures(Instant now, Outbox& out) {
  failed_ = (failed_ | holdings_.take_failed_sides()) & holdings_.failing_sides();
  if (failed_.none() || legacy() || !stable() || !partner_.alive) return;
  const wire::Hold side = failed_.local ? wire::kHoldLocal : wire::kHoldForeign;
  if (holdings_.failed_repeatedly(side)) {
    out.note(NoteId::kGroupStuck, text(side));
    failed_ = failed_ - side;
    return;
  }
  if (!partner_ready() || move_again_) return;
  if ((want_ & side).none()) {
    failed_ = failed_ - side;
    return;
  }
  move_again_ = now + (self_ < partner_.name ? kMoveAgainTime : kMoveAgainLater);
  out.note(NoteId::kGroupMoved, text(side), partner_.name.value());
  ask_standby(side, now, out);
}

void ResourceMachine::tell_takeover(const NodeName& peer, Outbox& out) {
  out.note(NoteId::kTakeover, peer.value());
  taking_from_ = peer;
}

void ResourceMachine::tell_settled(Outbox& out) {
  if (taking_from_ && settled()) {
    out.note(NoteId::kOwnAcquired);
    out.note(NoteId::kTakeoverComplete, taking_from_->value());
    taking_from_.reset();
  }
  if (legacy() || !stable() || reported_stable_) return;
  if (!std::exchange(acquisition_told_, true)) {
    out.note(NoteId::kInitialAcquisition, text(want_));
  }
  out.note(NoteId::kLocalStable);
  report(out);
}

void ResourceMachine::proceed_failback(Instant now, Outbox& out) {
  if (!failback_owed_ || !stable() || !partner_ready() || !partner_.facts.active) return;
  failback_owed_ = false;
  if (failback_ != Failback::kOn || !want_.foreign) return;
  out.note(NoteId::kFailback, partner_.name.value());
  ask_standby(wire::kHoldForeign, now, out);
}

// A full member that has not been stable for long, or has never said a word, is asked.
void ResourceMachine::proceed_inquiry(Instant now) {
  const bool taking_part = phase_ == Phase::kJoining || phase_ == Phase::kMember;
  const bool answers = partner_stays() && partner_.facts.active && !legacy();
  if (!manage_ || !taking_part || !answers || partner_.stable || !standby_.idle()) {
    inquire_deadline_.reset();
  } else if (!inquire_deadline_) {
    inquire_deadline_ = now + (partner_.hold ? kInquireTime : kFirstWordTime);
  }
}

// What we said last is to be the last that it hears. A 3.0.6 takes for news what comes late, by
// another way or because it was sent again, and is in transition for ever (spec: resources 4.2).
void ResourceMachine::proceed_reminder(Instant now) {
  if (!std::exchange(spoke_, false)) return;
  reminder_deadline_.reset();
  if (partner_.alive && !partner_.facts.extended && !legacy())
    reminder_deadline_ = now + kReminderTime;
}

void ResourceMachine::remind(Outbox& out) {
  if (phase_ != Phase::kMember || !partner_.alive) return;
  report(out);
  spoke_ = false;
}

// Both are settled and a side is held by nobody: its preferred node takes it, else the other does.
void ResourceMachine::proceed_orphans(Instant now) {
  if (legacy() || !stable() || !partner_ready() || !partner_.hold || orphans().none()) {
    orphan_deadline_.reset();
  } else if (!orphan_deadline_) {
    orphan_deadline_ = now + (orphans().local ? kOrphanTimeOwn : kOrphanTimeForeign);
  }
}

wire::Hold ResourceMachine::orphans() const {
  return wire::kHoldAll - (hold() | partner_.claimed());
}

// The partner may have taken them, and its word of it be lost until now. It answers what is true
// then; and since whoever is asked forgets that it has asked itself, one of the two decides.
void ResourceMachine::ask_for_orphans(Outbox& out) {
  partner_.asked_for_orphans = true;
  ask_partner(out);
}

void ResourceMachine::take_orphans(Instant now, Outbox& out) {
  if (!std::exchange(partner_.asked_for_orphans, false)) return;
  if (phase_ != Phase::kMember || !stable() || !partner_ready() || orphans().none()) return;
  out.note(NoteId::kNobodyOwns, orphans().local ? "our local" : "foreign");
  want(want_ | (orphans().local ? wire::kHoldLocal : orphans()), now, out);
}

std::string ResourceMachine::status_word() const {
  if (!manage_) return "none";
  if (legacy()) return holdings_.settled() ? "none" : "transition";
  const bool certain = !partner_.alive || partner_.left || partner_.stable;
  return stable() && certain ? text(want_) : "transition";
}

}  // namespace hb::core
