#include "sim/old_scripts.h"

#include <chrono>
#include <string>
#include <utility>

namespace hb::sim {
namespace {

using namespace std::chrono_literals;
using core::AgentOp;
using core::AgentResult;

constexpr Duration kStopPause = 1s;
constexpr Duration kPauseAfterFailure = 30s;

}  // namespace

void OldScripts::enqueue(Then script) {
  queue_.push_back(std::move(script));
  if (queue_.size() == 1) begin();
}

void OldScripts::begin() {
  const Then script = queue_.front();  // one that has nothing to run ends, and leaves, at once
  script();
}

void OldScripts::next() {
  queue_.pop_front();
  if (!queue_.empty()) begin();
}

// What a script says last, it says while it still counts as running.
void OldScripts::take(Groups groups, Then then) {
  enqueue([this, groups = std::move(groups), then = std::move(then)] {
    each(
        groups, 0,
        [this](const ResourceGroup& group, Then done) { take_from(group, 0, std::move(done)); },
        [this, then] {
          then();
          next();
        });
  });
}

void OldScripts::give(Groups groups, Then then) {
  enqueue([this, groups = std::move(groups), then = std::move(then)] {
    each(
        groups, 0,
        [this](const ResourceGroup& group, Then done) {
          give_from(group, group.resources.size(), std::move(done));
        },
        [this, then] {
          then();
          next();
        });
  });
}

void OldScripts::probe(Groups groups, Each stopped, Each running, Then then) {
  enqueue([this, groups = std::move(groups), stopped = std::move(stopped),
           running = std::move(running), then = std::move(then)] {
    each(
        groups, 0,
        [this, stopped, running](const ResourceGroup& group, Then done) {
          run(group.resources.front(), AgentOp::kStatus, [=](AgentResult result) {
            (result == AgentResult::kRunning ? running : stopped)(group);
            done();
          });
        },
        [this, then] {
          then();
          next();
        });
  });
}

void OldScripts::each(const Groups& groups, std::size_t at,
                      std::function<void(const ResourceGroup&, Then)> walk, Then then) {
  if (at == groups.size()) {
    then();
    return;
  }
  walk(groups[at], [this, groups, at, walk, then] { each(groups, at + 1, walk, then); });
}

void OldScripts::run(const ResourceSpec& resource, AgentOp op, Result then) {
  last_run_ = core::AgentRun(last_run_.value() + 1);
  waiting_ = std::move(then);
  host_.effect(core::RunAgent{last_run_, resource, op});
}

void OldScripts::finished(const core::AgentFinished& outcome) {
  if (outcome.run != last_run_ || !waiting_) return;
  std::exchange(waiting_, nullptr)(outcome.result);
}

// Left to right. A failed start releases the whole group, and half a minute later sends away the
// foreign groups, whichever side this one belongs to (spec: resources 3.2, the defect).
void OldScripts::take_from(const ResourceGroup& group, std::size_t at, Then then) {
  if (at == group.resources.size()) {
    then();
    return;
  }
  run(group.resources[at], AgentOp::kStatus, [=, this](AgentResult status) {
    if (status == AgentResult::kRunning) {
      take_from(group, at + 1, then);
      return;
    }
    run(group.resources[at], AgentOp::kStart, [=, this](AgentResult started) {
      if (started == AgentResult::kSuccess) {
        take_from(group, at + 1, then);
        return;
      }
      host_.after(kPauseAfterFailure, [this] {
        host_.say(wire::StandbyMessage{wire::kHoldForeign, wire::StandbyMessage::Phase::kMe}, {});
      });
      give_from(group, group.resources.size(), then);
    });
  });
}

// Right to left, owned or not.
void OldScripts::give_from(const ResourceGroup& group, std::size_t at, Then then) {
  if (at == 0) {
    then();
    return;
  }
  stop(group.resources[at - 1], 0, [=, this] { give_from(group, at - 1, then); });
}

// What cannot be stopped and runs on, costs the machine.
void OldScripts::stop(const ResourceSpec& resource, int failed, Then then) {
  run(resource, AgentOp::kStop, [=, this](AgentResult result) {
    if (result == AgentResult::kSuccess) {
      then();
    } else if (stop_retries_ <= 0 || failed < stop_retries_) {
      host_.after(kStopPause, [=, this] { stop(resource, failed + 1, then); });
    } else {
      run(resource, AgentOp::kStatus, [=, this](AgentResult status) {
        if (status == AgentResult::kRunning) host_.effect(core::Reboot{resource.text});
        then();
      });
    }
  });
}

}  // namespace hb::sim
