#include <gtest/gtest.h>

#include "sim/small_cluster.h"

namespace hb::sim {
namespace {

using core::AgentOp;
using core::AgentResult;
using core::Failback;
using core::NoteId;
using testing::AssertionFailure;
using testing::AssertionResult;
using testing::AssertionSuccess;

AssertionResult statuses(const Cluster& cluster, const std::string& ada, const std::string& bob) {
  if (cluster.status("ada") == ada && cluster.status("bob") == bob) return AssertionSuccess();
  return AssertionFailure() << "ada " << cluster.status("ada") << ", bob " << cluster.status("bob")
                            << "\n"
                            << cluster.trace();
}

AssertionResult owned_by(const Cluster& cluster, const std::string& resource,
                         const std::string& host) {
  if (cluster.owners(resource) == std::vector{host}) return AssertionSuccess();
  AssertionResult failure = AssertionFailure() << resource << " is on";
  for (const std::string& owner : cluster.owners(resource)) failure << " " << owner;
  return failure << ", not only on " << host << "\n" << cluster.trace();
}

struct Pair : testing::Test {
  Cluster& make(Failback failback = Failback::kOff, std::uint64_t seed = 1) {
    cluster.emplace(seed, pair(failback));
    return *cluster;
  }
  Cluster& started(Failback failback = Failback::kOff, std::uint64_t seed = 1) {
    make(failback, seed).start_all();
    cluster->run_for(2s);
    return *cluster;
  }
  // ada is gone, and bob has everything.
  Cluster& survived_by_bob(Failback failback = Failback::kOff) {
    started(failback).crash("ada");
    cluster->run_for(3s);
    return *cluster;
  }
  std::optional<Cluster> cluster;
};

TEST_F(Pair, StartsTogetherAndEachTakesItsOwnAtOnce) {
  Cluster& c = started();
  EXPECT_TRUE(statuses(c, "local", "local"));
  EXPECT_TRUE(owned_by(c, "ip1", "ada"));
  EXPECT_TRUE(owned_by(c, "ip2", "bob"));
  EXPECT_EQ(c.doubly_owned("ip1"), 0ns);
}

TEST_F(Pair, ANodeThatStartsAloneTakesAllAfterInitdead) {
  Cluster& c = make();
  c.start("ada");
  c.run_for(2900ms);
  EXPECT_TRUE(c.owners("ip1").empty());
  c.run_for(200ms);
  EXPECT_TRUE(statuses(c, "all", "down"));
  EXPECT_TRUE(owned_by(c, "ip2", "ada"));
}

TEST_F(Pair, ACrashIsNoticedAtTheDeadline) {
  Cluster& c = started();
  c.crash("ada");
  const Instant crashed = c.now();
  ASSERT_TRUE(c.run_until([&] { return !c.owners("web").empty(); }, 5s)) << c.trace();
  EXPECT_LE(c.now() - crashed, 1s + 20ms);
  EXPECT_GE(c.now() - crashed, 800ms);
  EXPECT_TRUE(owned_by(c, "ip1", "bob"));
  c.run_for(100ms);
  EXPECT_TRUE(statuses(c, "down", "all"));
}

TEST_F(Pair, WithoutFailbackNothingMovesWhenTheOwnerComesBack) {
  Cluster& c = survived_by_bob();
  c.start("ada");
  c.run_for(1s);
  EXPECT_TRUE(statuses(c, "none", "all"));
  EXPECT_TRUE(owned_by(c, "ip1", "bob"));
  EXPECT_EQ(c.doubly_owned("ip1"), 0ns);
}

TEST_F(Pair, WithFailbackTheOwnerGetsItsOwnBack) {
  Cluster& c = survived_by_bob(Failback::kOn);
  c.start("ada");
  c.run_for(2s);
  EXPECT_TRUE(statuses(c, "local", "local"));
  EXPECT_TRUE(owned_by(c, "ip1", "ada"));
  EXPECT_TRUE(owned_by(c, "ip2", "bob"));
  EXPECT_EQ(c.doubly_owned("ip1"), 0ns);
}

TEST_F(Pair, AGracefulStopHandsOverWithoutWaiting) {
  Cluster& c = started();
  c.stop("ada");
  c.run_for(100ms);
  EXPECT_TRUE(owned_by(c, "ip1", "bob"));
  c.run_for(2s);
  EXPECT_FALSE(c.up("ada"));
  EXPECT_TRUE(statuses(c, "down", "all"));
  c.run_for(2s);
  EXPECT_EQ(c.noted("bob", NoteId::kDeadNodeHeldNothing), 1) << c.trace();
}

struct Move {
  const char* name;
  bool takeover;
  wire::Hold set;
  bool failback;
  const char* ada;
  const char* bob;
};

// Both hold their own; the command is given on ada (spec: resources 4.5, last table).
class MoveTest : public testing::TestWithParam<Move> {};
TEST_P(MoveTest, MovesJustThat) {
  const Move& move = GetParam();
  Cluster c(1, pair());
  c.start_all();
  c.run_for(2s);
  if (move.takeover) {
    c.takeover("ada", move.set, move.failback);
  } else {
    c.standby("ada", move.set);
  }
  c.run_for(2s);
  EXPECT_TRUE(statuses(c, move.ada, move.bob));
  EXPECT_TRUE(owned_by(c, "ip1", std::string(move.ada) == "none" ? "bob" : "ada"));
  EXPECT_EQ(c.doubly_owned("ip1"), 0ns);
  EXPECT_EQ(c.doubly_owned("ip2"), 0ns);
}
INSTANTIATE_TEST_SUITE_P(
    Commands, MoveTest,
    testing::Values(Move{"StandbyAll", false, wire::kHoldAll, false, "none", "all"},
                    Move{"StandbyLocal", false, wire::kHoldLocal, false, "none", "all"},
                    Move{"StandbyForeign", false, wire::kHoldForeign, false, "local", "local"},
                    Move{"TakeoverAll", true, wire::kHoldAll, false, "all", "none"},
                    Move{"TakeoverLocal", true, wire::kHoldLocal, false, "local", "local"},
                    Move{"TakeoverForeign", true, wire::kHoldForeign, false, "all", "none"},
                    Move{"TakeoverFailback", true, wire::kHoldLocal, true, "local", "local"}),
    [](const auto& instance) { return instance.param.name; });

TEST_F(Pair, AManualMoveSticksEvenWithFailback) {
  Cluster& c = started(Failback::kOn);
  c.standby("ada", wire::kHoldAll);
  c.run_for(20s);
  EXPECT_TRUE(statuses(c, "none", "all"));
}

TEST_F(Pair, StandbyWithoutPartnerIsRefused) {
  Cluster& c = survived_by_bob();
  c.standby("bob", wire::kHoldAll);
  c.run_for(100ms);
  EXPECT_EQ(c.noted("bob", NoteId::kStandbyRefused), 1);
  EXPECT_TRUE(statuses(c, "down", "all"));
}

TEST_F(Pair, AHealedPartitionEndsDoubleServiceWithoutAnOutage) {
  Cluster& c = started();
  c.partition("ada", "bob");
  c.run_for(6s);
  EXPECT_EQ(c.owners("ip1").size(), 2U);  // no fencing is configured: both serve
  const Duration unowned = c.unowned("ip1");
  c.heal();
  c.run_for(1s);
  EXPECT_TRUE(statuses(c, "local", "local"));
  EXPECT_TRUE(owned_by(c, "ip1", "ada"));
  EXPECT_TRUE(owned_by(c, "ip2", "bob"));
  EXPECT_EQ(c.unowned("ip1"), unowned);
}

TEST_F(Pair, AOneWayCutLeavesOneOwner) {
  Cluster& c = started();
  c.cut("ada", "bob");  // bob is deaf to ada and takes over; ada hears that
  c.run_for(5s);
  EXPECT_TRUE(owned_by(c, "ip1", "bob"));
  EXPECT_LT(c.doubly_owned("ip1"), 50ms);
  c.heal();
  c.run_for(5s);
  EXPECT_EQ(c.owners("ip1").size(), 1U) << c.trace();
  EXPECT_EQ(c.owners("ip2").size(), 1U) << c.trace();
}

TEST_F(Pair, AShortPauseAccusesNobody) {
  Cluster& c = started();
  c.pause("ada", 700ms);
  c.run_for(5s);
  EXPECT_EQ(c.noted("ada", NoteId::kNodeDead) + c.noted("bob", NoteId::kNodeDead), 0) << c.trace();
  EXPECT_EQ(c.noted("ada", NoteId::kLapse), 1);
  EXPECT_TRUE(statuses(c, "local", "local"));
}

TEST_F(Pair, ALongPauseLeavesTheServiceWithTheOneThatRan) {
  Cluster& c = started();
  c.pause("ada", 3s);
  c.run_for(3s + 300ms);
  EXPECT_EQ(c.noted("ada", NoteId::kNodeDead), 0) << c.trace();
  EXPECT_TRUE(owned_by(c, "ip1", "bob"));
  EXPECT_LT(c.doubly_owned("ip1"), 2300ms);  // from bob's takeover until ada wakes, and no longer
  c.run_for(10s);
  EXPECT_TRUE(owned_by(c, "ip1", "bob"));
  EXPECT_TRUE(statuses(c, "none", "all"));
}

TEST_F(Pair, ARestartWithinTheDeadtimeLeavesNothingUnserved) {
  Cluster& c = survived_by_bob();
  c.start("ada");
  c.run_for(2s);
  c.kill("bob");  // its resources run on, unmanaged
  c.run_for(100ms);
  c.start("bob");
  c.run_for(2s);
  EXPECT_EQ(c.owners("ip1").size(), 1U) << c.trace();
  EXPECT_EQ(c.owners("ip2").size(), 1U) << c.trace();
}

TEST_F(Pair, LeftoversOfAnEarlierLifeAreReleasedBeforeAnything) {
  Cluster& c = started();
  c.kill("ada");
  c.run_for(3s);
  EXPECT_EQ(c.owners("ip1").size(), 2U);
  c.start("ada");
  c.run_for(10ms);
  EXPECT_TRUE(owned_by(c, "ip1", "bob"));
  EXPECT_EQ(c.noted("ada", NoteId::kGroupReleased), 1);
}

// A status that always says "running" must not make the start stop things, still less reset the
// host.
TEST_F(Pair, AScriptThatCallsItselfRunningIsNotStoppedAtStart) {
  Cluster& c = make();
  int stops = 0;
  c.set_agents([&](const std::string&, const ResourceSpec& resource, AgentOp op) {
    if (resource.text != "web") return std::optional<AgentResult>();
    if (op == AgentOp::kStop) ++stops;
    return std::optional(op == AgentOp::kStatus ? AgentResult::kRunning : AgentResult::kFailed);
  });
  c.start_all();
  c.run_for(20s);
  EXPECT_EQ(stops, 0);
  EXPECT_TRUE(c.up("ada"));
  EXPECT_TRUE(c.up("bob"));
}

TEST_F(Pair, AnAddedGroupIsTakenWithTheNextMoveOrAtOnce) {
  Cluster& c = started();
  ClusterOptions more = pair();
  more.groups.push_back(group("ada", {"ip3"}));
  for (const char* host : {"ada", "bob"}) c.input(host, core::GroupsChanged{more.groups, false});
  c.run_for(1s);
  EXPECT_FALSE(c.running("ada", "ip3"));
  c.standby("ada", wire::kHoldAll);
  c.run_for(1s);
  EXPECT_TRUE(c.running("bob", "ip3"));
  EXPECT_TRUE(owned_by(c, "ip1", "bob"));

  more.groups.push_back(group("bob", {"ip4"}));
  for (const char* host : {"ada", "bob"}) c.input(host, core::GroupsChanged{more.groups, true});
  c.run_for(1s);
  EXPECT_TRUE(c.running("bob", "ip4"));
  EXPECT_FALSE(c.running("ada", "ip4"));
}

TEST_F(Pair, ARemovedGroupIsReleasedAndTheOthersStay) {
  Cluster& c = started();
  const auto taken = [&] { return c.noted("ada", NoteId::kGroupTaken); };
  const int before = taken();
  ClusterOptions fewer = pair();
  fewer.groups.insert(fewer.groups.begin() + 1, group("ada", {"ip3"}));
  for (const char* host : {"ada", "bob"}) c.input(host, core::GroupsChanged{fewer.groups, true});
  c.run_for(1s);
  EXPECT_TRUE(c.running("ada", "ip3"));
  fewer.groups.erase(fewer.groups.begin() + 1);
  for (const char* host : {"ada", "bob"}) c.input(host, core::GroupsChanged{fewer.groups, true});
  c.run_for(1s);
  EXPECT_FALSE(c.running("ada", "ip3"));
  EXPECT_TRUE(owned_by(c, "ip1", "ada"));
  EXPECT_EQ(taken(), before + 1);  // only ip3
}

TEST_F(Pair, AGroupThatFailsHereRunsThere) {
  Cluster& c = make();
  c.set_agents([](const std::string& host, const ResourceSpec& resource, AgentOp op) {
    const bool fails = host == "ada" && resource.text == "web" && op == AgentOp::kStart;
    return fails ? std::optional(AgentResult::kFailed) : std::nullopt;
  });
  c.start_all();
  c.run_for(5s);
  EXPECT_TRUE(owned_by(c, "web", "bob"));
  EXPECT_TRUE(owned_by(c, "ip1", "bob"));
  EXPECT_TRUE(statuses(c, "none", "all"));
}

TEST_F(Pair, AGroupThatFailsOnBothDoesNotGoToAndFro) {
  Cluster& c = make();
  c.set_agents([](const std::string&, const ResourceSpec& resource, AgentOp op) {
    const bool fails = resource.text == "web" && op == AgentOp::kStart;
    return fails ? std::optional(AgentResult::kFailed) : std::nullopt;
  });
  c.start_all();
  c.run_for(60s);
  EXPECT_LE(c.noted("ada", NoteId::kStartFailed) + c.noted("bob", NoteId::kStartFailed), 4)
      << c.trace();
  EXPECT_GE(c.noted("ada", NoteId::kGroupStuck) + c.noted("bob", NoteId::kGroupStuck), 1);
  EXPECT_EQ(c.owners("ip2").size(), 1U);
}

// What fails while there is nobody else says nothing of who comes back.
TEST_F(Pair, AGroupThatFailsOnALoneNodeRunsOnTheOneThatComesBack) {
  Cluster& c = make();
  c.set_agents([](const std::string& host, const ResourceSpec& resource, AgentOp op) {
    const bool fails = host == "bob" && resource.text == "web" && op == AgentOp::kStart;
    return fails ? std::optional(AgentResult::kFailed) : std::nullopt;
  });
  c.start_all();
  c.run_for(5s);
  c.crash("ada");
  c.run_for(100s);
  ASSERT_GE(c.noted("bob", NoteId::kStartFailed), 2);
  c.start("ada");
  c.run_for(10s);
  EXPECT_TRUE(owned_by(c, "web", "ada")) << c.trace();
  EXPECT_EQ(c.noted("bob", NoteId::kGroupStuck), 0);
}

TEST_F(Pair, AGroupThatRecoveredStaysWhereItRuns) {
  Cluster& c = make();
  int failures = 1;
  c.set_agents([&](const std::string& host, const ResourceSpec& resource, AgentOp op) {
    const bool fails =
        host == "bob" && resource.text == "web" && op == AgentOp::kStart && failures-- > 0;
    return fails ? std::optional(AgentResult::kFailed) : std::nullopt;
  });
  c.start_all();
  c.run_for(5s);
  c.crash("ada");
  c.run_for(60s);
  ASSERT_TRUE(owned_by(c, "web", "bob"));
  c.start("ada");
  c.run_for(10s);
  EXPECT_TRUE(owned_by(c, "web", "bob")) << c.trace();
}

TEST_F(Pair, ATakeoverTriesAGroupThatIsStuckAgain) {
  Cluster& c = make();
  bool broken = true;
  c.set_agents([&](const std::string&, const ResourceSpec& resource, AgentOp op) {
    const bool fails = broken && resource.text == "web" && op == AgentOp::kStart;
    return fails ? std::optional(AgentResult::kFailed) : std::nullopt;
  });
  c.start_all();
  c.run_for(60s);
  ASSERT_TRUE(c.owners("web").empty());
  broken = false;
  c.takeover("ada", wire::kHoldLocal);
  c.run_for(10s);
  EXPECT_TRUE(owned_by(c, "web", "ada")) << c.trace();
  EXPECT_TRUE(statuses(c, "local", "local"));
}

TEST_F(Pair, AStopThatFailsForGoodResetsTheHost) {
  Cluster& c = make();
  int stops = 0;
  c.set_agents([&](const std::string& host, const ResourceSpec& resource, AgentOp op) {
    const bool fails = host == "ada" && resource.text == "web" && op == AgentOp::kStop;
    stops += fails ? 1 : 0;
    return fails ? std::optional(AgentResult::kFailed) : std::nullopt;
  });
  c.start_all();
  c.run_for(2s);
  c.standby("ada", wire::kHoldAll);
  c.run_for(15s);
  EXPECT_EQ(stops, 11);
  EXPECT_FALSE(c.up("ada"));
  EXPECT_TRUE(owned_by(c, "web", "bob"));
}

TEST_F(Pair, LegacyGivesTheReturningOwnerItsGroups) {
  Cluster& c = started(Failback::kLegacy);
  EXPECT_TRUE(owned_by(c, "ip1", "ada"));
  EXPECT_TRUE(owned_by(c, "ip2", "bob"));
  c.crash("ada");
  c.run_for(3s);
  EXPECT_TRUE(owned_by(c, "ip1", "bob"));
  c.start("ada");
  c.run_for(2s);
  EXPECT_TRUE(owned_by(c, "ip1", "ada"));
  EXPECT_TRUE(owned_by(c, "web", "ada"));
  EXPECT_EQ(c.doubly_owned("ip1"), 0ns);
}

TEST(Alone, ASingleNodeServesAndStops) {
  ClusterOptions options = pair();
  options.nodes = {"ada"};
  Cluster c(1, options);
  c.start_all();
  c.run_for(100ms);
  EXPECT_TRUE(owned_by(c, "ip1", "ada"));
  c.stop("ada");
  c.run_for(100ms);
  EXPECT_FALSE(c.up("ada"));
}

TEST_F(Pair, AStopDuringStartUpIsQuick) {
  Cluster& c = make();
  c.start("ada");
  c.run_for(400ms);
  c.stop("ada");
  c.run_for(100ms);
  EXPECT_FALSE(c.up("ada"));
}

class LossTest : public testing::TestWithParam<int> {};
// Loss alone must kill nobody, and must not keep a hand-over from ending.
TEST_P(LossTest, KillsNobody) {
  const auto seed = static_cast<std::uint64_t>(GetParam());
  SCOPED_TRACE("seed " + std::to_string(seed));
  ClusterOptions options = pair();
  options.links = {"eth0"};
  options.settings.deadtime = 2s;
  options.network = {.loss = 0.1, .duplicate = 0.05, .least_delay = 100us, .most_delay = 5ms};
  Cluster c(seed, options);
  c.start_all();
  c.run_for(5s);
  EXPECT_TRUE(statuses(c, "local", "local"));
  for (int round = 0; round < 5; ++round) {
    c.standby("ada", wire::kHoldAll);
    c.run_for(5s);
    EXPECT_TRUE(statuses(c, "none", "all"));
    c.takeover("ada", wire::kHoldLocal);
    c.run_for(5s);
    EXPECT_TRUE(statuses(c, "local", "local"));
  }
  EXPECT_EQ(c.noted("ada", NoteId::kNodeDead) + c.noted("bob", NoteId::kNodeDead), 0) << c.trace();
  EXPECT_EQ(c.doubly_owned("ip1"), 0ns);
  c.stop("ada");
  c.run_for(5s);
  EXPECT_TRUE(owned_by(c, "ip1", "bob"));
}
INSTANTIATE_TEST_SUITE_P(Seeds, LossTest, testing::Range(1, 51));

}  // namespace
}  // namespace hb::sim
