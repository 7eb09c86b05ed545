#include "sim/run.h"

#include <chrono>

#include <gtest/gtest.h>

#include "base/sanitized.h"

namespace hb::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kSeeds = kSanitized ? 30 : 4000;
constexpr std::uint64_t kOldSeeds = kSanitized ? 10 : 600;
constexpr std::uint64_t kShards = 8;

void run_shard(std::uint64_t shard, std::uint64_t seeds, const DrawOptions& options) {
  for (std::uint64_t seed = shard; seed <= seeds; seed += kShards) {
    const Plan plan = draw_plan(seed, options);
    const RunResult result = run(plan);
    ASSERT_FALSE(result.violation) << result.violation->invariant << ": " << result.violation->text
                                   << "\n  reproduce: ./dev sim --seeds 1 --from " << seed
                                   << (options.old_peers ? " --old" : "") << "\n  " << print(plan);
  }
}

class SeedsTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(SeedsTest, BreakNothing) { run_shard(GetParam(), kSeeds, {}); }
TEST_P(SeedsTest, BreakNothingBesideA306) {
  run_shard(GetParam(), kOldSeeds, {.trouble = std::nullopt, .old_peers = true});
}
INSTANTIATE_TEST_SUITE_P(Shard, SeedsTest, testing::Range<std::uint64_t>(1, kShards + 1));

TEST(Runs, AreTheSameForTheSameSeed) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const RunResult first = run(draw_plan(seed));
    const RunResult second = run(draw_plan(seed));
    EXPECT_EQ(first.digest, second.digest) << "seed " << seed;
    EXPECT_EQ(first.steps, second.steps) << "seed " << seed;
  }
  EXPECT_NE(run(draw_plan(1)).digest, run(draw_plan(2)).digest);
}

TEST(Plans, AreReadBackAsTheyWerePrinted) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    const Plan plan = draw_plan(seed);
    const auto again = parse_plan(print(plan));
    ASSERT_TRUE(again) << again.error();
    ASSERT_EQ(*again, plan) << print(plan);
  }
}

struct BadPlan {
  const char* name;
  const char* text;
  const char* error;
};
class BadPlanTest : public testing::TestWithParam<BadPlan> {};
TEST_P(BadPlanTest, NamesTheWord) {
  const auto plan = parse_plan(GetParam().text);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error(), GetParam().error);
}
INSTANTIATE_TEST_SUITE_P(
    Words, BadPlanTest,
    testing::Values(BadPlan{"UnknownSetting", "hosts=2 colour=red", "colour=red"},
                    BadPlan{"TooManyHosts", "hosts=17", "hosts=17"},
                    BadPlan{"UnknownFault", "hosts=2; 1s explode ada", "explode"},
                    BadPlan{"UnknownHost", "hosts=2; 1s crash zoe", "zoe"},
                    BadPlan{"HostThatIsNotThere", "hosts=2; 1s crash cyd", "1s crash cyd"},
                    BadPlan{"StrengthWithoutNumber", "hosts=2; 1s loss ada x", "x "}),
    [](const auto& instance) { return instance.param.name; });

TEST(Shrinking, KeepsOnlyWhatMatters) {
  Plan plan = draw_plan(7);
  plan.hosts = 2;
  plan.faults = {{.kind = FaultKind::kCrash, .at = 1s, .host = 0},
                 {.kind = FaultKind::kPause, .at = 2s, .host = 1, .lasts = 3s},
                 {.kind = FaultKind::kKill, .at = 3s, .host = 1}};
  const Plan small = shrink(plan, [](const Plan& candidate) {
    return std::any_of(candidate.faults.begin(), candidate.faults.end(),
                       [](const Fault& f) { return f.kind == FaultKind::kPause; });
  });
  ASSERT_EQ(small.faults.size(), 1U);
  EXPECT_EQ(small.faults[0].kind, FaultKind::kPause);
}

}  // namespace
}  // namespace hb::sim
