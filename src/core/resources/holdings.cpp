#include "core/resources/holdings.h"

#include <algorithm>
#include <chrono>

#include "base/assert.h"

namespace hb::core {
namespace {

using namespace std::chrono_literals;

// A group that failed is tried again after this, doubled each time, while no other node can have
// it.
constexpr Duration kFirstRetry = 30s;
constexpr Duration kLongestRetry = 10min;

constexpr Duration retry_delay(int failures) {
  Duration delay = kFirstRetry;
  for (int i = 1; i < failures && delay < kLongestRetry; ++i) delay *= 2;
  return std::min(delay, kLongestRetry);
}

// By the names of the classic agents; a bare address has the first.
bool is_service_address(const ResourceSpec& resource) {
  return resource.script == "IPaddr" || resource.script == "IPaddr2" ||
         resource.script == "IPv6addr";
}

// What a job of this kind walks through.
std::vector<std::size_t> resources_for(GroupRunner::Job job, const ResourceGroup& group) {
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < group.resources.size(); ++i) {
    if (job != GroupRunner::Job::kClear || is_service_address(group.resources[i])) {
      indices.push_back(i);
    }
  }
  return indices;
}

}  // namespace

Holdings::Holdings(const Settings& settings)
    : self_(settings.self), stop_retries_(settings.stop_retries), recorded_(settings.left_running) {
  for (const ResourceGroup& spec : settings.groups)
    groups_.push_back(make_group(spec, State::kUnknown));
  // What was taken out of the file or changed in it meanwhile is released as it was taken.
  for (const ResourceGroup& spec : settings.left_running) {
    const auto known = std::find_if(groups_.begin(), groups_.end(),
                                    [&](const Group& group) { return group.spec == spec; });
    if (known != groups_.end()) {
      known->state = State::kHeld;
    } else {
      groups_.push_back(make_group(spec, State::kHeld));
      groups_.back().removed = true;
    }
  }
}

Holdings::Group Holdings::make_group(const ResourceGroup& spec, State state) const {
  Group group;
  group.spec = spec;
  group.side = spec.preferred == self_ ? wire::kHoldLocal : wire::kHoldForeign;
  group.state = state;
  return group;
}

bool Holdings::settled() const {
  const bool stuck = std::any_of(groups_.begin(), groups_.end(),
                                 [](const Group& group) { return group.state == State::kStuck; });
  return !active_ && !stuck && !next_job();
}

void Holdings::clear_leftovers(Instant now, Outbox& out) { pump(now, out); }

void Holdings::want(wire::Hold sides, Instant now, Outbox& out) {
  for (Group& group : groups_) {
    set_wanted(group, !group.removed && !(group.side & sides).none());
  }
  pump(now, out);
}

void Holdings::want_group(const GroupKey& key, bool wanted, Instant now, Outbox& out) {
  for (Group& group : groups_) {
    if (group.spec.key == key) set_wanted(group, wanted && !group.removed);
  }
  pump(now, out);
}

// A group that comes back here is tried once more, whatever happened before.
void Holdings::set_wanted(Group& group, bool wanted) {
  if (wanted && !group.wanted) group.failed = false;
  group.wanted = wanted;
}

// A group under way stays as it was until it is done; one that is new is not touched before it is
// wanted. What was changed in place is released in its old form and taken in its new one.
void Holdings::set_groups(const std::vector<ResourceGroup>& groups) {
  std::vector<Group> next;
  std::vector<Group> gone = std::move(groups_);
  groups_.clear();
  const std::optional<GroupKey> active_key =
      active_ ? std::optional(gone[active_->job.group].spec.key) : std::nullopt;
  for (const ResourceGroup& spec : groups) {
    const auto known = std::find_if(gone.begin(), gone.end(),
                                    [&](const Group& group) { return group.spec == spec; });
    if (known == gone.end()) {
      next.push_back(make_group(spec, State::kReleased));
    } else {
      known->removed = false;
      next.push_back(std::move(*known));
      gone.erase(known);
    }
  }
  for (Group& group : gone) {
    group.removed = true;
    next.push_back(std::move(group));
  }
  groups_ = std::move(next);
  if (active_key) {
    const auto found = std::find_if(groups_.begin(), groups_.end(), [&](const Group& group) {
      return group.spec.key == *active_key &&
             (group.state == State::kTaking || group.state == State::kReleasing);
    });
    HB_ASSERT(found != groups_.end());
    active_->job.group = static_cast<std::size_t>(found - groups_.begin());
  }
  forget_removed();
}

void Holdings::forget_removed() {
  if (active_) return;
  std::erase_if(
      groups_, [](const Group& group) { return group.removed && group.state == State::kReleased; });
}

// Releases come first, in the reverse order of the file; then what is wanted, in its order.
std::optional<Holdings::Job> Holdings::next_job() const {
  for (std::size_t i = groups_.size(); i-- > 0;) {
    const Group& group = groups_[i];
    if (group.wanted) continue;
    if (group.state == State::kHeld) return Job{i, GroupRunner::Job::kRelease};
    if (group.state == State::kUnknown) return Job{i, GroupRunner::Job::kClear};
  }
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const Group& group = groups_[i];
    const bool down = group.state == State::kReleased || group.state == State::kUnknown;
    if (group.wanted && !group.removed && down && !group.failed)
      return Job{i, GroupRunner::Job::kTake};
  }
  return std::nullopt;
}

void Holdings::pump(Instant now, Outbox& out) {
  if (active_ && !groups_[active_->job.group].wanted) active_->runner.abort();
  while (true) {
    if (!active_) {
      const std::optional<Job> job = next_job();
      if (!job) return;
      begin(*job, out);
    }
    if (!advance(now, out)) return;
  }
}

void Holdings::begin(const Job& job, Outbox& out) {
  Group& group = groups_[job.group];
  const std::string& key = group.spec.key.value();
  if (job.kind == GroupRunner::Job::kTake) out.note(NoteId::kStartGroup, key);
  if (job.kind == GroupRunner::Job::kRelease) out.note(NoteId::kStopGroup, key);
  group.state = job.kind == GroupRunner::Job::kTake ? State::kTaking : State::kReleasing;
  record_held(out);
  std::vector<std::size_t> resources = resources_for(job.kind, group.spec);
  GroupRunner runner(resources.size(), job.kind, stop_retries_);
  active_.emplace(Active{job, std::move(resources), std::move(runner), std::nullopt, std::nullopt});
}

bool Holdings::advance(Instant now, Outbox& out) {
  if (active_->run || (active_->wait_until && *active_->wait_until > now)) return false;
  if (std::exchange(active_->wait_until, std::nullopt)) active_->runner.waited();
  Group& group = groups_[active_->job.group];
  const GroupRunner::Next next = active_->runner.next();
  if (const auto* outcome = std::get_if<GroupRunner::Outcome>(&next)) {
    if (active_->job.kind != GroupRunner::Job::kClear) tell_outcome(group, *outcome, out);
    active_.reset();
    end(group, *outcome, now);
    record_held(out);
    forget_removed();
    return true;
  }
  if (const auto* wait = std::get_if<GroupRunner::Wait>(&next)) {
    active_->wait_until = wait->until;
    return false;
  }
  const auto& call = std::get<GroupRunner::Call>(next);
  last_run_ = AgentRun(last_run_.value() + 1);
  active_->run = last_run_;
  out.add(RunAgent{last_run_, group.spec.resources[active_->resources[call.resource]], call.op});
  return false;
}

void Holdings::record_held(Outbox& out) {
  std::vector<ResourceGroup> held;
  for (const Group& group : groups_) {
    const bool up = group.state != State::kReleased && group.state != State::kUnknown;
    if (up) held.push_back(group.spec);
  }
  if (held == recorded_) return;
  out.add(RecordHeld{held});
  recorded_ = std::move(held);
}

void Holdings::tell_outcome(const Group& group, GroupRunner::Outcome outcome, Outbox& out) {
  const std::string& key = group.spec.key.value();
  switch (outcome) {
    case GroupRunner::Outcome::kTaken:
      out.note(NoteId::kGroupTaken, key);
      return;
    case GroupRunner::Outcome::kReleased:
      out.note(NoteId::kGroupReleased, key);
      return;
    case GroupRunner::Outcome::kTakeFailed:
      out.note(NoteId::kGroupFailed, key);
      return;
    case GroupRunner::Outcome::kStuck:  // said when it turned out
      return;
  }
}

void Holdings::end(Group& group, GroupRunner::Outcome outcome, Instant now) {
  switch (outcome) {
    case GroupRunner::Outcome::kTaken:
      group.state = State::kHeld;
      group.failures = 0;
      return;
    case GroupRunner::Outcome::kReleased:
      group.state = State::kReleased;
      return;
    case GroupRunner::Outcome::kTakeFailed:
      group.state = State::kReleased;
      group.failed = true;
      ++group.failures;
      if (alone_) group.retry_at = now + retry_delay(group.failures);
      failed_ = failed_ | group.side;
      return;
    case GroupRunner::Outcome::kStuck:
      group.state = State::kStuck;
      return;
  }
}

void Holdings::finished(const AgentFinished& outcome, Instant now, Outbox& out) {
  if (!active_ || active_->run != outcome.run) return;
  active_->run.reset();
  last_detail_ = outcome.detail;
  active_->runner.finished(outcome.result, now);
  report_troubles(out);
  pump(now, out);
}

void Holdings::report_troubles(Outbox& out) {
  using Kind = GroupRunner::Trouble::Kind;
  const Group& group = groups_[active_->job.group];
  for (const auto& [kind, index] : active_->runner.take_troubles()) {
    const std::string& resource = group.spec.resources[active_->resources[index]].text;
    switch (kind) {
      case Kind::kStartFailed:
        out.note(NoteId::kStartFailed, resource, last_detail_);
        break;
      case Kind::kStopRetried:
        out.note(NoteId::kStopRetry, resource, last_detail_);
        break;
      case Kind::kStopNotCompliant:
        out.note(NoteId::kStopNotCompliant, resource);
        break;
      case Kind::kStopFailed:
        out.note(NoteId::kStopFailed, resource);
        // What we did not start is not worth a reset, lest a bad script resets at every boot.
        if (active_->job.kind == GroupRunner::Job::kClear) break;
        out.add(Reboot{"resource " + resource + " cannot be stopped"});
        break;
      case Kind::kLeftover:
        out.note(NoteId::kLeftover, resource);
        break;
    }
  }
}

void Holdings::deadline(Instant now, Outbox& out) {
  for (Group& group : groups_) {
    if (!group.retry_at || *group.retry_at > now) continue;
    group.retry_at.reset();
    group.failed = false;
    if (group.wanted) out.note(NoteId::kGroupRetry, group.spec.key.value());
  }
  pump(now, out);
}

std::optional<Instant> Holdings::next_deadline() const {
  std::optional<Instant> earliest;
  if (active_) earliest = active_->wait_until;
  for (const Group& group : groups_) {
    if (group.retry_at) earliest = std::min(earliest.value_or(*group.retry_at), *group.retry_at);
  }
  return earliest;
}

wire::Hold Holdings::occupied() const {
  wire::Hold sides;
  for (const Group& group : groups_) {
    if (group.state != State::kReleased) sides = sides | group.side;
  }
  return sides;
}

bool Holdings::held(const GroupKey& key) const {
  return std::any_of(groups_.begin(), groups_.end(), [&](const Group& group) {
    return group.spec.key == key && group.state != State::kReleased;
  });
}

wire::Hold Holdings::failing_sides() const {
  wire::Hold sides;
  for (const Group& group : groups_) {
    if (group.failed && !group.removed) sides = sides | group.side;
  }
  return sides;
}

bool Holdings::failed_repeatedly(wire::Hold sides) const {
  return std::any_of(groups_.begin(), groups_.end(), [&](const Group& group) {
    return !(group.side & sides).none() && group.failures > 1;
  });
}

void Holdings::forgive(Instant now, Outbox& out) {
  try_again(wire::kHoldAll);
  forget_failures(wire::kHoldAll);
  pump(now, out);
}

void Holdings::try_again(wire::Hold sides) {
  for (Group& group : groups_) {
    if ((group.side & sides).none()) continue;
    group.failed = false;
    group.retry_at.reset();
  }
}

void Holdings::forget_failures(wire::Hold sides) {
  for (Group& group : groups_) {
    if (!(group.side & sides).none()) group.failures = 0;
  }
}

void Holdings::retry_alone(bool alone, Instant now) {
  alone_ = alone;
  for (Group& group : groups_) {
    if (!alone) {
      group.retry_at.reset();
      // What is not wanted here any more, the other one has: it may run there.
      group.failures = group.failed && group.wanted ? 1 : 0;
    } else if (group.failed && !group.retry_at) {
      group.retry_at = now + retry_delay(group.failures);
    }
  }
}

}  // namespace hb::core
