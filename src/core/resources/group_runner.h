#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "base/resource_spec.h"
#include "base/time.h"
#include "core/agent.h"

namespace hb::core {

// Walks one group through one job, a resource at a time: it names the next agent to run and is told
// the result. Knows nothing of nodes; the same machine serves the daemon and the command line
// (spec: resources 3).
//
//   take     status, start if not running, left to right; a failed start releases the whole group
//   release  stop, right to left; a failed stop is repeated, then judged by status
//   clear    like release, but only what status says is running: leftovers of an earlier life
class GroupRunner {
 public:
  enum class Job : std::uint8_t { kTake, kRelease, kClear };

  struct Call {
    std::size_t resource;  // index in the group
    AgentOp op;
  };
  struct Wait {
    Instant until;  // then ask next() again
  };
  enum class Outcome : std::uint8_t {
    kTaken,
    kReleased,
    kTakeFailed,
    kStuck,  // what was held runs on in part: it could not be stopped
  };
  using Next = std::variant<Call, Wait, Outcome>;

  // What happened on the way that an operator must know of.
  struct Trouble {
    enum class Kind : std::uint8_t {
      kStartFailed,       // the group is given up
      kStopRetried,       //
      kStopNotCompliant,  // stop failed but the resource is not running
      kStopFailed,        // stop failed and it runs on: only a reset protects its data
      kLeftover,          // found running although it should not
    };
    Kind kind;
    std::size_t resource;
  };

  // `stop_retries`: attempts after the first failed stop, one second apart; 0 or less: for ever.
  GroupRunner(std::size_t resources, Job job, int stop_retries);

  // What to do now. Asked again only after the call's result was told or the wait is over.
  [[nodiscard]] Next next() const { return next_; }
  void finished(AgentResult result, Instant now);
  void waited();

  // Take no more: after the call that is under way, release the group instead.
  void abort() { aborted_ = job_ == Job::kTake; }

  [[nodiscard]] std::vector<Trouble> take_troubles() { return std::exchange(troubles_, {}); }
  [[nodiscard]] bool taking() const { return job_ == Job::kTake; }

 private:
  void after_status(AgentResult result);
  void after_start(AgentResult result);
  void after_stop(AgentResult result, Instant now);
  void after_last_stop_attempt(AgentResult result);
  void taken_one();
  void released_one();
  void give_up_taking();
  void trouble(Trouble::Kind kind) { troubles_.push_back({kind, at_}); }

  std::size_t resources_;
  Job job_;
  int stop_retries_;
  std::size_t at_ = 0;
  int failed_stops_ = 0;
  bool judging_stop_ = false;  // the last stop failed; status decides
  bool take_failed_ = false;
  bool stuck_ = false;
  bool aborted_ = false;
  Next next_;
  std::vector<Trouble> troubles_;
};

}  // namespace hb::core
