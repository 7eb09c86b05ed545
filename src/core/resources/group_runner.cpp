#include "core/resources/group_runner.h"

#include <chrono>

#include "base/assert.h"

namespace hb::core {
namespace {

using namespace std::chrono_literals;

constexpr Duration kStopPause = 1s;  // between two attempts to stop (spec: resources 3.5)

}  // namespace

GroupRunner::GroupRunner(std::size_t resources, Job job, int stop_retries)
    : resources_(resources), job_(job), stop_retries_(stop_retries), next_(Outcome::kTaken) {
  if (job == Job::kTake) {
    next_ = resources == 0 ? Next(Outcome::kTaken) : Next(Call{0, AgentOp::kStatus});
    return;
  }
  at_ = resources;
  released_one();
}

void GroupRunner::finished(AgentResult result, Instant now) {
  HB_ASSERT(std::holds_alternative<Call>(next_));
  switch (std::get<Call>(next_).op) {
    case AgentOp::kStatus:
      after_status(result);
      return;
    case AgentOp::kStart:
      after_start(result);
      return;
    case AgentOp::kStop:
      after_stop(result, now);
      return;
  }
}

void GroupRunner::waited() {
  if (std::holds_alternative<Wait>(next_)) next_ = Call{at_, AgentOp::kStop};
}

void GroupRunner::after_status(AgentResult result) {
  if (judging_stop_) {
    after_last_stop_attempt(result);
    return;
  }
  const bool running = result == AgentResult::kRunning;
  if (job_ == Job::kTake) {
    if (aborted_) {
      give_up_taking();
    } else if (running) {
      taken_one();
    } else {
      next_ = Call{at_, AgentOp::kStart};
    }
    return;
  }
  // Clearing: what is not running needs no stop.
  if (!running) {
    released_one();
    return;
  }
  trouble(Trouble::Kind::kLeftover);
  next_ = Call{at_, AgentOp::kStop};
}

void GroupRunner::after_start(AgentResult result) {
  if (result == AgentResult::kSuccess && !aborted_) {
    taken_one();
    return;
  }
  if (result != AgentResult::kSuccess) {
    trouble(Trouble::Kind::kStartFailed);
    take_failed_ = true;
  }
  give_up_taking();
}

void GroupRunner::taken_one() {
  ++at_;
  next_ = at_ == resources_ ? Next(Outcome::kTaken) : Next(Call{at_, AgentOp::kStatus});
}

// Stops all, also what was never started: a start that failed may have done half of its work.
void GroupRunner::give_up_taking() {
  job_ = Job::kRelease;
  at_ = resources_;
  released_one();
}

void GroupRunner::after_stop(AgentResult result, Instant now) {
  // A script that does not exist cannot have started anything, nor will it appear by asking again.
  if (result == AgentResult::kSuccess || result == AgentResult::kNotFound) {
    released_one();
    return;
  }
  ++failed_stops_;
  if (stop_retries_ > 0 && failed_stops_ > stop_retries_) {
    judging_stop_ = true;
    next_ = Call{at_, AgentOp::kStatus};
    return;
  }
  trouble(Trouble::Kind::kStopRetried);
  next_ = Wait{now + kStopPause};
}

void GroupRunner::after_last_stop_attempt(AgentResult result) {
  judging_stop_ = false;
  const bool runs_on = result == AgentResult::kRunning;
  trouble(runs_on ? Trouble::Kind::kStopFailed : Trouble::Kind::kStopNotCompliant);
  // A leftover is not ours to answer for.
  if (runs_on && job_ != Job::kClear) stuck_ = true;
  released_one();
}

void GroupRunner::released_one() {
  failed_stops_ = 0;
  if (at_ == 0) {
    next_ = stuck_ ? Outcome::kStuck : take_failed_ ? Outcome::kTakeFailed : Outcome::kReleased;
    return;
  }
  --at_;
  next_ = Call{at_, job_ == Job::kClear ? AgentOp::kStatus : AgentOp::kStop};
}

}  // namespace hb::core
