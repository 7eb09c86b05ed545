#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/resource_spec.h"
#include "base/time.h"
#include "core/agent.h"
#include "core/outbox.h"
#include "core/resources/group_runner.h"
#include "core/settings.h"
#include "wire/packet.h"

namespace hb::core {

// Brings what runs on this node in line with what should: it is told which groups are wanted here
// and takes or releases one group at a time until that is so. It does not decide what is wanted,
// and knows no other node.
class Holdings {
 public:
  explicit Holdings(const Settings& settings);

  // Releases what an earlier life of this node left running: whole groups that it is known to have
  // held, in the file or not, and service addresses of any group, since those must never be up
  // twice. Other resources are not touched on their status' word alone. Before anything is wanted.
  void clear_leftovers(Instant now, Outbox& out);

  // The groups of these sides are wanted here, the others are not.
  void want(wire::Hold sides, Instant now, Outbox& out);
  // One group by its key (legacy protocol). Unknown keys are ignored.
  void want_group(const GroupKey& key, bool wanted, Instant now, Outbox& out);

  void set_stop_retries(int retries) { stop_retries_ = retries; }
  // haresources has changed; takes effect with the next want().
  void set_groups(const std::vector<ResourceGroup>& groups);

  // Outcome of a RunAgent; others' runs are ignored.
  void finished(const AgentFinished& outcome, Instant now, Outbox& out);
  void deadline(Instant now, Outbox& out);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  // Nothing is under way and nothing is left to do. Never again once a reset was asked for.
  [[nodiscard]] bool settled() const;
  // The sides of which a group is, or may be, up here. A side is empty only after the last stop.
  [[nodiscard]] wire::Hold occupied() const;
  [[nodiscard]] bool held(const GroupKey& key) const;  // or being taken or released

  // The sides of which a group has failed to start here since the last call.
  [[nodiscard]] wire::Hold take_failed_sides() { return std::exchange(failed_, wire::Hold{}); }
  // Those of which a group is down since then.
  [[nodiscard]] wire::Hold failing_sides() const;
  // Whether a group of these sides failed here more than once since it last ran.
  [[nodiscard]] bool failed_repeatedly(wire::Hold sides) const;
  // An operator steps in: what failed is tried again at once.
  void forgive(Instant now, Outbox& out);
  // Another node hands these sides over: what failed here and is wanted still is tried once more by
  // the next want(), like what is wanted from then on.
  void try_again(wire::Hold sides);
  // What fails of these sides from now on fails for the first time.
  void forget_failures(wire::Hold sides);
  // Try failed groups again by and by. Off: another node may take them, and how often they failed
  // while there was none says nothing of it.
  void retry_alone(bool alone, Instant now);

 private:
  enum class State : std::uint8_t {
    kReleased,
    kHeld,
    kUnknown,
    kTaking,
    kReleasing,
    kStuck,  // part of it runs on and cannot be stopped: a reset is asked for
  };
  struct Group {
    ResourceGroup spec;
    wire::Hold side;
    State state = State::kUnknown;
    bool wanted = false;
    bool removed = false;  // not in haresources any more; forgotten once released
    bool failed = false;   // here; not tried again before retry_at
    int failures = 0;      // in a row
    std::optional<Instant> retry_at;
  };
  struct Job {
    std::size_t group;
    GroupRunner::Job kind;
  };
  struct Active {
    Job job;
    std::vector<std::size_t> resources;  // of the group, those that the job is about
    GroupRunner runner;
    std::optional<AgentRun> run;
    std::optional<Instant> wait_until;
  };

  [[nodiscard]] Group make_group(const ResourceGroup& spec, State state) const;
  [[nodiscard]] std::optional<Job> next_job() const;
  void pump(Instant now, Outbox& out);
  void begin(const Job& job, Outbox& out);
  bool advance(Instant now, Outbox& out);  // whether the active job has ended
  void end(Group& group, GroupRunner::Outcome outcome, Instant now);
  void record_held(Outbox& out);
  void forget_removed();
  static void set_wanted(Group& group, bool wanted);
  static void tell_outcome(const Group& group, GroupRunner::Outcome outcome, Outbox& out);
  void report_troubles(Outbox& out);

  NodeName self_;
  int stop_retries_;
  std::vector<Group> groups_;
  std::optional<Active> active_;
  AgentRun last_run_;
  wire::Hold failed_;
  bool alone_ = false;
  std::string last_detail_;
  std::vector<ResourceGroup> recorded_;
};

}  // namespace hb::core
