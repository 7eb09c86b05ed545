#include "core/supervision/supervisor.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"

namespace hb::core {
namespace {

std::string text_of(const ClientEnd& end) {
  if (end.code) return fmt::format("exit code {}", *end.code);
  return fmt::format("signal {}", end.signal.value_or(0));
}

std::string seconds(Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

}  // namespace

SupervisorEffects Supervisor::step(Instant now, const SupervisorInput& input) {
  std::visit([&](const auto& in) { on(now, in); }, input);
  proceed(now);
  return std::exchange(effects_, {});
}

std::optional<Instant> Supervisor::next_deadline() const {
  std::optional<Instant> next;
  // While something ends nothing starts, whatever is due; the end itself is what comes next.
  const bool may_start = may_run_ && !leaving_ &&
                         std::none_of(entries_.begin(), entries_.end(),
                                      [](const Entry& entry) { return entry.told_to_stop(); });
  for (const Entry& entry : entries_) {
    const bool waits = entry.state == State::kDelayed && may_start;
    if (!waits && !entry.told_to_stop()) continue;
    next = next ? std::min(*next, entry.due) : entry.due;
  }
  return next;
}

// --- inputs ---

void Supervisor::on(Instant, const ClientsWanted& input) {
  std::vector<Entry> fresh;
  for (const ManagedClient& client : input.clients) {
    const auto same = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
      return !entry.removed && entry.client == client;
    });
    if (same == entries_.end()) {
      fresh.push_back({.client = client});
      continue;
    }
    if (same->back_off != Duration::zero()) {
      // Whoever reloads has perhaps mended what made it fail.
      same->back_off = Duration::zero();
      same->short_lives = 0;
      if (same->state == State::kDelayed) same->state = State::kIdle;
    }
    fresh.push_back(std::move(*same));
    entries_.erase(same);
  }
  // What is left is wanted no more.
  std::erase_if(entries_, [](const Entry& entry) { return !entry.alive(); });
  for (Entry& entry : entries_) entry.removed = true;
  std::move(fresh.begin(), fresh.end(), std::back_inserter(entries_));
}

void Supervisor::on(Instant, const ClientsMayRun&) { may_run_ = true; }

void Supervisor::on(Instant, const ClientsMustStop&) {
  leaving_ = true;
  told_stopped_ = false;
}

void Supervisor::on(Instant, const SupervisionDue&) {}

void Supervisor::on(Instant now, const ClientEnded& input) {
  Entry* entry = find(input.life);
  if (entry == nullptr) return;
  const std::string how = text_of(input.end);
  if (entry->told_to_stop() || leaving_ || entry->removed) {
    note(NoteId::kClientStopped, {entry->client.command, how});
    entry->state = State::kIdle;
    if (entry->removed) entries_.erase(entries_.begin() + (entry - entries_.data()));
    return;
  }
  if (entry->client.failfast && input.end.code != 0) {
    note(NoteId::kClientFailed, {entry->client.command, how});
    entry->state = State::kFinished;
    effects_.emplace_back(Reboot{entry->client.command});
    return;
  }
  if (input.end.code == kNeverAgain) {
    note(NoteId::kClientFinished, {entry->client.command});
    entry->state = State::kFinished;
    return;
  }
  plan_restart(now, *entry, how);
}

void Supervisor::plan_restart(Instant now, Entry& entry, const std::string& how) {
  const Duration lived = now - entry.started;
  note(NoteId::kClientRespawn, {entry.client.command, how, seconds(lived)});
  if (lived >= kShortLife) {
    entry.short_lives = 0;
    entry.back_off = Duration::zero();
    entry.state = State::kIdle;
    return;
  }
  ++entry.short_lives;
  if (entry.short_lives > kMostShortLives) return back_off(now, entry);
  entry.state = State::kDelayed;
  entry.due = now + kShortDelay;
}

// 3.0.6 gives up here until its next start; a database that was down for a minute need not cost
// the client for ever.
void Supervisor::back_off(Instant now, Entry& entry) {
  entry.back_off = entry.back_off == Duration::zero()
                       ? kFirstBackOff
                       : std::min<Duration>(2 * entry.back_off, kLongestBackOff);
  entry.state = State::kDelayed;
  entry.due = now + entry.back_off;
  note(NoteId::kClientTooFast,
       {entry.client.command, std::to_string(entry.short_lives), seconds(entry.back_off)});
}

void Supervisor::on(Instant now, const ClientNotStarted& input) {
  Entry* entry = find(input.life);
  if (entry == nullptr) return;
  note(NoteId::kClientNotStarted, {entry->client.command, input.why});
  if (entry->removed) {
    entries_.erase(entries_.begin() + (entry - entries_.data()));
    return;
  }
  if (entry->told_to_stop() || leaving_) {
    entry->state = State::kIdle;
    return;
  }
  entry->short_lives = kMostShortLives + 1;  // each further attempt counts by itself
  back_off(now, *entry);
}

// --- what follows ---

void Supervisor::proceed(Instant now) {
  kill_what_does_not_end(now);
  const bool stopping = stop_next(now);
  if (leaving_) {
    if (!stopping && !std::exchange(told_stopped_, true)) {
      effects_.emplace_back(AllClientsStopped{});
    }
    return;
  }
  // Two programs for one job must not overlap because its line was edited.
  if (may_run_ && !stopping) start_what_is_due(now);
}

void Supervisor::kill_what_does_not_end(Instant now) {
  for (Entry& entry : entries_) {
    if (!entry.told_to_stop() || entry.due > now) continue;
    if (entry.state == State::kKilled) {  // the kernel holds it, in a system call that does not end
      note(NoteId::kClientStuck, {entry.client.command});
      entry.state = State::kFinished;
      continue;
    }
    entry.state = State::kKilled;
    entry.due = now + kKillPatience;
    note(NoteId::kClientKilled, {entry.client.command, seconds(stop_limit_)});
    effects_.emplace_back(KillClient{entry.life});
  }
  std::erase_if(entries_, [](const Entry& entry) { return entry.removed && !entry.alive(); });
}

// Strictly one after the other, the last one first. True while any has to end.
bool Supervisor::stop_next(Instant now) {
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (!entry->alive() || !(entry->removed || leaving_)) continue;
    if (!entry->told_to_stop()) {
      // Others that were told before (a removal, overtaken by our leaving) end first.
      if (std::any_of(entries_.begin(), entries_.end(),
                      [](const Entry& other) { return other.told_to_stop(); })) {
        return true;
      }
      entry->state = State::kStopping;
      entry->due = now + stop_limit_;
      note(NoteId::kClientStopping, {entry->client.command});
      effects_.emplace_back(TerminateClient{entry->life});
    }
    return true;
  }
  return false;
}

void Supervisor::start_what_is_due(Instant now) {
  for (Entry& entry : entries_) {
    const bool due = entry.state == State::kDelayed && entry.due <= now;
    if (entry.state == State::kIdle || due) start(now, entry);
  }
}

void Supervisor::start(Instant now, Entry& entry) {
  entry.life = ClientLife(++last_life_);
  entry.state = State::kRunning;
  entry.started = now;
  note(NoteId::kClientStarting, {entry.client.command, entry.client.user});
  effects_.emplace_back(StartClient{entry.life, entry.client});
}

Supervisor::Entry* Supervisor::find(ClientLife life) {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.alive() && entry.life == life;
  });
  return found == entries_.end() ? nullptr : &*found;
}

void Supervisor::note(NoteId id, std::vector<std::string> arguments) {
  effects_.emplace_back(Note{id, std::move(arguments)});
}

}  // namespace hb::core
