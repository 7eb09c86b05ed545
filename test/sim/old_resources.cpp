#include "sim/old_resources.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace hb::sim {
namespace {

using namespace std::chrono_literals;
using Phase = wire::StandbyMessage::Phase;
using wire::Hold;
using wire::kHoldAll;
using wire::kHoldForeign;
using wire::kHoldLocal;
using wire::kHoldNone;

constexpr Duration kAcquireAlone = 10s;  // without a stable partner, after the first report
constexpr Duration kStandbyAnswer = 10s;
constexpr Duration kStandbyWork = 1h;
constexpr Duration kFailbackRetry = 1s;

}  // namespace

OldResources::OldResources(OldHost& host, const core::Settings& settings)
    : host_(host),
      self_(settings.self),
      failback_(settings.failback),
      groups_(settings.groups),
      scripts_(host, settings.stop_retries) {}

// --- the words of the specification ---

bool OldResources::stable() const {
  if (!up_ || scripts_.busy() || taking_) return false;
  if (legacy()) return true;
  const bool settled =
      state_ == State::kStable || state_ == State::kShutdown || state_ == State::kInit;
  return other_stable_ && settled && !handing_over();
}

std::string OldResources::status_word() const {
  if (legacy()) return scripts_.busy() ? "transition" : "none";
  return stable() ? std::string(wire::word(hold_)) : "transition";
}

OldScripts::Groups OldResources::groups_of(Hold sides) const {
  OldScripts::Groups some;
  std::copy_if(groups_.begin(), groups_.end(), std::back_inserter(some),
               [&](const ResourceGroup& group) {
                 return group.preferred == self_ ? sides.local : sides.foreign;
               });
  return some;
}

OldScripts::Groups OldResources::groups_of(const NodeName& preferred) const {
  OldScripts::Groups some;
  std::copy_if(groups_.begin(), groups_.end(), std::back_inserter(some),
               [&](const ResourceGroup& group) { return group.preferred == preferred; });
  return some;
}

OldScripts::Groups OldResources::group(const GroupKey& key) const {
  const auto found = std::find_if(groups_.begin(), groups_.end(),
                                  [&](const ResourceGroup& group) { return group.key == key; });
  return found == groups_.end() ? OldScripts::Groups{} : OldScripts::Groups{*found};
}

void OldResources::report(bool stable, std::string info) {
  host_.say(
      wire::ResourceReport{.hold = hold_, .full = true, .stable = stable, .info = std::move(info)},
      {});
}

// --- acquiring ---

// What is held is said before anything has been started.
void OldResources::acquire_local(bool force) {
  if (shutdown_) return;
  if (!legacy()) {
    const bool owned = other_hold_.foreign || hold_.local;
    if (owned && !force && standby_ == StandbyState::kNot) return;
    hold_ = hold_ | kHoldLocal;
  }
  // The child is a copy of its parent: it ends by reporting what was held when it was born.
  const Hold then_held = hold_;
  scripts_.probe(
      groups_of(kHoldLocal),
      [this](const ResourceGroup& group) {
        if (legacy() && host_.other_active()) {
          host_.say(wire::GroupRequest{group.key}, {});
        } else {
          host_.say(wire::GroupReply{.key = group.key, .owned = true, .ok = true}, self_);
        }
      },
      [](const ResourceGroup&) {},  // its key runs: the whole group is left as it is, a defect
      [this, then_held] {
        if (legacy()) return;
        host_.say(
            wire::ResourceReport{
                .hold = then_held, .full = true, .stable = true, .info = "req_our_resources()"},
            {});
      });
}

void OldResources::take_over(const NodeName& peer) {
  if (shutdown_) return;
  host_.effect(core::Note{core::NoteId::kTakeover, {peer.value()}});
  scripts_.take(groups_of(peer), [this] {
    if (legacy()) return;
    host_.say(
        wire::ResourceReport{
            .hold = kHoldForeign, .full = false, .stable = std::nullopt, .info = "mach_down"},
        {});
  });
  if (!legacy()) {
    hold_ = hold_ | kHoldForeign;
    other_hold_ = kHoldNone;
    other_stable_ = true;
    taking_ = true;
  }
  acquire_local(true);
}

void OldResources::on(const NodeName&, const wire::GroupReply& m) {
  if (m.ok) scripts_.take(group(m.key), [] {});
}

// Legacy: the script gives what runs here to whoever asks.
void OldResources::on(const NodeName& from, const wire::GroupRequest& m) {
  if (from == self_ || !legacy()) return;
  const auto answer = [this, from, key = m.key](bool owned) {
    host_.say(wire::GroupReply{.key = key, .owned = owned, .ok = true}, from);
  };
  scripts_.probe(
      group(m.key), [answer](const ResourceGroup&) { answer(false); },
      [this, answer](const ResourceGroup& running) {
        scripts_.give({running}, [answer] { answer(true); });
      },
      [] {});
}

// --- start, join, reports ---

void OldResources::communication_up() {
  up_ = true;
  if (legacy()) {
    acquire_local(false);
    return;
  }
  host_.say(wire::Starting{}, {});
  state_ = State::kStarting;
}

void OldResources::on(const NodeName& from, const wire::Starting&) {
  if (from == self_ || legacy()) return;
  if (state_ == State::kInit || state_ == State::kBothStarting) return;
  if (state_ == State::kStarting) state_ = State::kBothStarting;
  other_stable_ = false;
  report(state_ == State::kStable);
}

void OldResources::on(const NodeName& from, const wire::ResourceReport& m) {
  if (legacy() || state_ == State::kInit) return;
  if (state_ == State::kStarting || state_ == State::kBothStarting) {
    state_ = State::kReportReceived;
    if (!report_deadline_) report_deadline_ = host_.now() + kAcquireAlone;
  }
  Hold& known = from == self_ ? hold_ : other_hold_;
  known = m.full || m.hold.none() ? m.hold : known | m.hold;

  if (from == self_) {
    if (m.info == "shutdown") state_ = State::kShutdown;
    if (m.info == "mach_down") {
      taking_ = false;
      failback_owed_ = true;
      other_stable_ = true;
    }
    return;
  }
  if (m.stable == false) other_stable_ = false;
  if (m.stable == true && !std::exchange(other_stable_, true)) {
    report(state_ == State::kStable);
    try_failback();
  }
  if (state_ != State::kStable && state_ != State::kShutdown && other_stable_) {
    acquire_local(false);
    state_ = State::kStable;
    report(true);
    try_failback();
  }
}

void OldResources::poll() {
  if (state_ != State::kReportReceived || host_.now() <= *report_deadline_) return;
  state_ = State::kStable;
  acquire_local(false);
  report(true);
}

// --- the end of the partner ---

void OldResources::on(const NodeName& from, const wire::ShutdownDone&) {
  if (from == self_) {
    state_ = State::kShutdown;
    hold_ = kHoldNone;
    host_.released();
    return;
  }
  if (!up_) return;
  other_left_ = true;
  if (legacy()) {
    take_over(from);
    return;
  }
  other_stable_ = true;
  other_hold_ = kHoldNone;
  if (!hold_.all() && !shutdown_) {
    standby_ = StandbyState::kDone;
    // For one side alone this is what is held already; take_over() does the work.
    scripts_.take(groups_of(hold_.none() ? kHoldAll : hold_), [this] {
      host_.say(wire::StandbyMessage{standby_set_, Phase::kDone}, {});
    });
  }
  other_stable_ = false;
  take_over(from);
}

void OldResources::peer_dead(const NodeName& peer, bool heard) {
  if (standby_ != StandbyState::kNot) end_standby();
  if (shutdown_) {
    if (state_ != State::kStable && state_ != State::kShutdown) give_up();
    return;
  }
  failback_owed_ = true;
  const bool fence = !heard || (legacy() ? !other_left_ : !other_hold_.none());
  other_left_ = false;
  host_.say(wire::FenceResult{peer, fence ? "n_stnth" : "unneeded"}, {});
  if (fence) {
    take_over(peer);
  } else if (legacy()) {
    return;  // all was taken when it said shutdone
  } else if (!hold_.foreign) {
    take_over(peer);
  } else if (!hold_.local) {
    acquire_local(true);
  } else {
    other_stable_ = true;
  }
}

// --- the end of ourselves ---

// Not while anything moves.
void OldResources::restart() {
  shutdown_ = true;
  proceed();
}

void OldResources::give_up() {
  giving_up_ = true;
  if (!legacy()) {
    hold_ = kHoldNone;  // said before anything is stopped
    state_ = State::kShutdown;
    report(false, "shutdown");
  }
  scripts_.give(groups_of(kHoldAll), [this] { host_.say(wire::ShutdownDone{}, {}); });
}

void OldResources::proceed() {
  if (shutdown_ && !giving_up_ && stable()) give_up();
}

// --- moving resources between two living nodes ---

void OldResources::try_failback() {
  if (shutdown_ || !hold_.foreign || !failback_owed_ || failback_ != core::Failback::kOn) {
    failback_owed_ = false;
    return;
  }
  if (standby_ != StandbyState::kNot || !other_stable_ || state_ != State::kStable) {
    host_.after(kFailbackRetry, [this] { try_failback(); });
    return;
  }
  failback_owed_ = false;
  host_.say(wire::StandbyMessage{kHoldForeign, Phase::kMe}, {});
}

void OldResources::on(const NodeName& from, const wire::TakeoverRequest& m) {
  if (from != self_) host_.say(wire::StandbyMessage{m.set.mirrored(), Phase::kMe}, {});
}

void OldResources::end_standby() {
  standby_ = StandbyState::kNot;
  standby_deadline_.reset();
}

void OldResources::expire_standby() {
  if (standby_ == StandbyState::kNot || !standby_deadline_ || host_.now() <= *standby_deadline_)
    return;
  host_.effect(core::Note{core::NoteId::kStandbyNoReply, {}});
  end_standby();
  other_stable_ = true;
}

void OldResources::on(const NodeName& from, const wire::StandbyMessage& m) {
  if (legacy() || state_ == State::kShutdown) return;
  const bool us = from == self_;
  if (standby_ != StandbyState::kNot) {
    standby_from(us, m);
    return;
  }
  if (!other_stable_ || state_ != State::kStable || m.phase != Phase::kMe) return;
  standby_set_ = m.set;
  if (us) {
    other_stable_ = false;
    standby_ = StandbyState::kMe;
    standby_deadline_ = host_.now() + kStandbyAnswer;
  } else {
    standby_ = StandbyState::kOther;
    host_.say(wire::StandbyMessage{m.set, Phase::kOther}, {});
    standby_deadline_ = host_.now() + kStandbyWork;
  }
}

// A hand-over is under way.
void OldResources::standby_from(bool us, const wire::StandbyMessage& m) {
  if (standby_ == StandbyState::kMe && !us && m.phase == Phase::kOther) {
    standby_deadline_ = host_.now() + kStandbyWork;
    const Hold given = standby_set_;
    hold_ = hold_ - given;  // said before anything is stopped
    report(false, "standby");
    scripts_.give(groups_of(given), [this, given] {
      host_.say(wire::StandbyMessage{given, Phase::kDone}, {});
    });
  } else if (standby_ == StandbyState::kMe && us && m.phase == Phase::kDone) {
    standby_ = StandbyState::kDone;
    hold_ = hold_ - standby_set_;
    standby_deadline_ = host_.now() + kStandbyWork;
  } else if (standby_ == StandbyState::kOther && !us && m.phase == Phase::kDone) {
    standby_ = StandbyState::kDone;
    standby_deadline_ = host_.now() + kStandbyWork;
    const Hold given = standby_set_;
    scripts_.take(groups_of(given.mirrored()), [this, given] {
      host_.say(wire::StandbyMessage{given, Phase::kDone}, {});
    });
  } else if (standby_ == StandbyState::kDone && m.phase == Phase::kDone) {
    if (us) hold_ = hold_ | standby_set_.mirrored();
    end_standby();
    report(true);
  }
}

}  // namespace hb::sim
