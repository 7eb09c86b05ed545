#include "core/resources/group_runner.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace hb::core {
namespace {

using namespace std::chrono_literals;
using Job = GroupRunner::Job;
using Kind = GroupRunner::Trouble::Kind;

// Runs a job to its end and writes down what it did: "0? 0+ 1- =taken". Results come from a table
// of such words; what is not in it succeeds, and status says stopped.
struct Script {
  std::map<std::string, AgentResult> results;
  std::vector<Kind> troubles;
  int waits = 0;

  std::string run(std::size_t resources, Job job, int retries = 2,
                  const std::string& abort_after = {}) {
    GroupRunner runner(resources, job, retries);
    std::string done;
    Instant now{};
    while (true) {
      const GroupRunner::Next next = runner.next();
      if (const auto* outcome = std::get_if<GroupRunner::Outcome>(&next)) {
        const auto names = std::to_array({"=taken", "=released", "=failed", "=stuck"});
        return done + names[static_cast<std::size_t>(*outcome)];
      }
      if (const auto* wait = std::get_if<GroupRunner::Wait>(&next)) {
        ++waits;
        now = wait->until;
        runner.waited();
        continue;
      }
      const auto& call = std::get<GroupRunner::Call>(next);
      const char sign = call.op == AgentOp::kStart ? '+' : call.op == AgentOp::kStop ? '-' : '?';
      const std::string word = std::to_string(call.resource) + sign;
      done += word + " ";
      const auto found = results.find(word);
      AgentResult result = sign == '?' ? AgentResult::kStopped : AgentResult::kSuccess;
      if (found != results.end()) result = found->second;
      if (word == abort_after) runner.abort();
      runner.finished(result, now);
      for (const auto& trouble : runner.take_troubles()) troubles.push_back(trouble.kind);
    }
  }
};

TEST(GroupRunner, TakesLeftToRightAndStartsOnlyWhatDoesNotRun) {
  Script s{.results = {{"1?", AgentResult::kRunning}}, .troubles = {}};
  EXPECT_EQ(s.run(3, Job::kTake), "0? 0+ 1? 2? 2+ =taken");
}

TEST(GroupRunner, ReleasesRightToLeft) {
  EXPECT_EQ(Script{}.run(3, Job::kRelease), "2- 1- 0- =released");
}

TEST(GroupRunner, AnEmptyGroupNeedsNothing) {
  EXPECT_EQ(Script{}.run(0, Job::kTake), "=taken");
  EXPECT_EQ(Script{}.run(0, Job::kRelease), "=released");
}

TEST(GroupRunner, AFailedStartReleasesTheWholeGroup) {
  Script s{.results = {{"1+", AgentResult::kFailed}}, .troubles = {}};
  EXPECT_EQ(s.run(3, Job::kTake), "0? 0+ 1? 1+ 2- 1- 0- =failed");
  EXPECT_EQ(s.troubles, std::vector{Kind::kStartFailed});
}

TEST(GroupRunner, AMissingScriptIsAFailedStartButNoFailedStop) {
  Script s{.results = {{"1+", AgentResult::kNotFound}, {"1-", AgentResult::kNotFound}},
           .troubles = {}};
  EXPECT_EQ(s.run(2, Job::kTake), "0? 0+ 1? 1+ 1- 0- =failed");
  EXPECT_EQ(s.waits, 0);
}

TEST(GroupRunner, AFailedStopIsRepeatedThenJudgedByStatus) {
  Script s{.results = {{"1-", AgentResult::kFailed}, {"1?", AgentResult::kRunning}},
           .troubles = {}};
  EXPECT_EQ(s.run(2, Job::kRelease), "1- 1- 1- 1? 0- =stuck");
  EXPECT_EQ(s.waits, 2);
  EXPECT_EQ(s.troubles, (std::vector{Kind::kStopRetried, Kind::kStopRetried, Kind::kStopFailed}));
}

TEST(GroupRunner, AFailedTakeWhoseStopFailsForGoodIsStuckToo) {
  Script s{.results = {{"0+", AgentResult::kTimedOut}, {"0-", AgentResult::kFailed}},
           .troubles = {}};
  s.results["0?"] = AgentResult::kStopped;
  EXPECT_EQ(s.run(1, Job::kTake, 1), "0? 0+ 0- 0- 0? =failed");
  Script runs{.results = {{"1+", AgentResult::kFailed},
                          {"0?", AgentResult::kRunning},
                          {"0-", AgentResult::kFailed}},
              .troubles = {}};
  EXPECT_EQ(runs.run(2, Job::kTake, 1), "0? 1? 1+ 1- 0- 0- 0? =stuck");
}

TEST(GroupRunner, ALeftoverThatCannotBeStoppedIsToldOnly) {
  Script s{.results = {{"0?", AgentResult::kRunning}, {"0-", AgentResult::kFailed}},
           .troubles = {}};
  EXPECT_EQ(s.run(1, Job::kClear, 1), "0? 0- 0- 0? =released");
  EXPECT_EQ(s.troubles.back(), Kind::kStopFailed);
}

TEST(GroupRunner, AStopThatFailsOnWhatDoesNotRunIsTheScriptsFault) {
  Script s{.results = {{"0-", AgentResult::kTimedOut}}, .troubles = {}};
  EXPECT_EQ(s.run(1, Job::kRelease, 1), "0- 0- 0? =released");
  EXPECT_EQ(s.troubles.back(), Kind::kStopNotCompliant);
}

TEST(GroupRunner, ClearingStopsOnlyWhatRuns) {
  Script s{.results = {{"1?", AgentResult::kRunning}}, .troubles = {}};
  EXPECT_EQ(s.run(3, Job::kClear), "2? 1? 1- 0? =released");
  EXPECT_EQ(s.troubles, std::vector{Kind::kLeftover});
}

TEST(GroupRunner, AnAbortedTakeReleases) {
  EXPECT_EQ(Script{}.run(3, Job::kTake, 2, "1?"), "0? 0+ 1? 2- 1- 0- =released");
  EXPECT_EQ(Script{}.run(2, Job::kTake, 2, "0+"), "0? 0+ 1- 0- =released");
}

TEST(GroupRunner, AnAbortDoesNotStopARelease) {
  EXPECT_EQ(Script{}.run(2, Job::kRelease, 2, "1-"), "1- 0- =released");
}

}  // namespace
}  // namespace hb::core
