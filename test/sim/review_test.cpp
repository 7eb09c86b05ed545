#include <gtest/gtest.h>

#include "sim/small_cluster.h"

// Corner cases that once went wrong; each name is what must hold.
namespace hb::sim {
namespace {

using core::Failback;
using core::NoteId;
using testing::AssertionFailure;
using testing::AssertionResult;
using testing::AssertionSuccess;

ClusterOptions bare_addresses(Failback failback) {
  ClusterOptions options = pair(failback);
  options.groups = {group("ada", {"ip1"}), group("bob", {"ip2"})};
  return options;
}

AssertionResult each_runs_once(const Cluster& c) {
  if (c.owners("ip1").size() == 1 && c.owners("ip2").size() == 1) return AssertionSuccess();
  return AssertionFailure() << c.trace();
}

AssertionResult each_has_its_own(const Cluster& c) {
  const bool so = c.owners("ip1") == std::vector<std::string>{"ada"} &&
                  c.owners("ip2") == std::vector<std::string>{"bob"} &&
                  c.status("ada") == c.status("bob") && c.status("ada") != "transition";
  if (so) return AssertionSuccess();
  return AssertionFailure() << c.status("ada") << ", " << c.status("bob") << "\n" << c.trace();
}

struct Review : testing::TestWithParam<Failback> {};

TEST_P(Review, BothStartedBehindACutAndEachKeepsItsOwnWhenItHeals) {
  Cluster c(1, bare_addresses(GetParam()));
  c.partition("ada", "bob");
  c.start_all();
  c.run_for(10s);
  ASSERT_EQ(c.owners("ip1").size(), 2U);
  c.heal();
  c.run_for(8s);
  EXPECT_TRUE(each_has_its_own(c));
}

TEST_P(Review, APeerThatRestartedBehindACutIsMetWithoutDoubleService) {
  Cluster c(1, bare_addresses(GetParam()));
  c.start_all();
  c.run_for(2s);
  c.partition("ada", "bob");
  c.crash("bob");
  c.start("bob");
  c.run_for(10s);
  c.heal();
  c.run_for(8s);
  EXPECT_TRUE(each_runs_once(c));
  EXPECT_NE(c.status("ada"), "transition") << c.trace();
  EXPECT_NE(c.status("bob"), "transition") << c.trace();
}

TEST_P(Review, AHealedPartitionLeavesEachItsOwn) {
  Cluster c(1, bare_addresses(GetParam()));
  c.start_all();
  c.run_for(2s);
  c.partition("ada", "bob");
  c.run_for(5s);
  c.heal();
  c.run_for(8s);
  EXPECT_TRUE(each_has_its_own(c));
}

TEST_P(Review, AnOwnerThatWasPausedHasItsOwnAndNobodyElseHas) {
  Cluster c(1, bare_addresses(GetParam()));
  c.start_all();
  c.run_for(2s);
  c.pause("ada", 3s);
  c.run_for(20s);
  EXPECT_TRUE(each_runs_once(c));
}

// The joiner must not take its groups before the survivor has released them.
TEST_P(Review, AFastRestartNeverServesTwice) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    ClusterOptions options = bare_addresses(GetParam());
    options.links = {"eth0"};
    options.agent_time = 20ms;
    options.network = {.loss = 0.05, .duplicate = 0, .least_delay = 100us, .most_delay = 5ms};
    Cluster c(seed, options);
    c.start_all();
    c.run_for(2s);
    c.crash("bob");
    c.start("bob");
    c.run_for(5s);
    EXPECT_EQ(c.doubly_owned("ip2"), 0ns) << "seed " << seed << "\n" << c.trace();
    EXPECT_EQ(c.owners("ip2").size(), 1U) << "seed " << seed << "\n" << c.trace();
  }
}

INSTANTIATE_TEST_SUITE_P(EveryFailback, Review,
                         testing::Values(Failback::kOff, Failback::kOn, Failback::kLegacy),
                         [](const auto& instance) {
                           return instance.param == Failback::kOff  ? "Off"
                                  : instance.param == Failback::kOn ? "On"
                                                                    : "Legacy";
                         });

// One side declares the other dead in the middle of a hand-over; the other never notices, and must
// not wait for its end for an hour.
TEST(StandbyReview, AHandOverThatOneSideForgotEndsOnBoth) {
  for (const Duration when : {1ms, 3ms, 21ms, 45ms, 62ms, 90ms}) {
    for (const bool giver_deaf : {true, false}) {
      ClusterOptions options = bare_addresses(Failback::kOff);
      options.agent_time = 20ms;
      Cluster c(1, options);
      c.start_all();
      c.run_for(2s);
      c.standby("ada", wire::kHoldAll);
      c.run_for(when);
      giver_deaf ? c.cut("bob", "ada") : c.cut("ada", "bob");
      c.run_for(3s);
      c.heal();
      c.run_for(30s);
      EXPECT_NE(c.status("ada"), "transition") << c.trace();
      EXPECT_NE(c.status("bob"), "transition") << c.trace();
      EXPECT_EQ(c.owners("ip1").size(), 1U) << c.trace();
      EXPECT_EQ(c.owners("ip2").size(), 1U) << c.trace();
    }
  }
}

// The answer to "me" is lost for longer than the giver waits, but shorter than the deadtime.
TEST(StandbyReview, AnAnswerThatComesTooLateDoesNotHoldUpTheTaker) {
  ClusterOptions options = bare_addresses(Failback::kOff);
  options.settings.deadtime = 30s;
  options.settings.initdead = 30s;
  Cluster c(1, options);
  c.start_all();
  c.run_for(2s);
  c.cut("bob", "ada");
  c.standby("ada", wire::kHoldAll);
  c.run_for(12s);
  c.heal();
  c.run_for(30s);
  EXPECT_EQ(c.noted("ada", NoteId::kStandbyNoReply), 1) << c.trace();
  EXPECT_TRUE(each_has_its_own(c));
}

TEST(StopReview, AGroupTakenOutOfTheFileIsStoppedAfterAKill) {
  Cluster c(1, bare_addresses(Failback::kOff));
  c.start_all();
  c.run_for(2s);
  c.world().set_groups(0, {group("bob", {"ip2"})}, false);  // noted, not applied yet
  c.kill("ada");
  ASSERT_TRUE(c.running("ada", "ip1"));
  c.start("ada");
  c.run_for(100ms);
  EXPECT_FALSE(c.running("ada", "ip1")) << c.trace();
}

TEST(StopReview, AGroupChangedInTheFileIsStoppedAsItWasAfterAKill) {
  Cluster c(1, pair());
  c.start_all();
  c.run_for(2s);
  ASSERT_TRUE(c.running("ada", "web"));
  c.kill("ada");
  c.world().set_groups(0, {group("ada", {"ip1"}), group("bob", {"ip2"})}, false);
  c.start("ada");
  c.run_for(5s);
  EXPECT_FALSE(c.running("ada", "web")) << c.trace();
}

// It still waits for the partner's word, and must neither join anew nor stay for ever.
TEST(StopReview, AStopRightAfterALapseIsNotForgotten) {
  Cluster c(1, bare_addresses(Failback::kOff));
  c.start_all();
  c.run_for(2s);
  c.cut("bob", "ada");
  c.pause("ada", 3s);
  c.run_for(3s + 1ms);
  ASSERT_EQ(c.noted("ada", NoteId::kLapseBeyondDeadtime), 1);
  c.stop("ada");
  c.run_for(5s);
  EXPECT_FALSE(c.up("ada")) << c.trace();
  EXPECT_EQ(c.owners("ip1"), std::vector<std::string>{"bob"}) << c.trace();
}

TEST(StandbyReview, AStopInAnyPhaseLeavesTheOtherWithEverything) {
  for (const char* leaver : {"ada", "bob"}) {
    for (Duration when = 0ms; when < 120ms; when += 4ms) {
      ClusterOptions options = bare_addresses(Failback::kOff);
      options.agent_time = 20ms;
      Cluster c(1, options);
      c.start_all();
      c.run_for(2s);
      c.standby("ada", wire::kHoldAll);
      c.run_for(when);
      c.stop(leaver);
      c.run_for(8s);
      const std::string stays = leaver == std::string("ada") ? "bob" : "ada";
      EXPECT_FALSE(c.up(leaver)) << c.trace();
      EXPECT_EQ(c.status(stays), "all") << c.trace();
      EXPECT_EQ(c.owners("ip1"), std::vector{stays}) << c.trace();
      EXPECT_EQ(c.owners("ip2"), std::vector{stays}) << c.trace();
      EXPECT_EQ(c.doubly_owned("ip1") + c.doubly_owned("ip2"), 0ns) << c.trace();
    }
  }
}

TEST(StandbyReview, APauseInAnyPhaseEndsWithOneOwner) {
  for (const char* sleeper : {"ada", "bob"}) {
    for (Duration when = 0ms; when < 120ms; when += 4ms) {
      for (const Duration length : {950ms, 1050ms, 3000ms}) {
        ClusterOptions options = bare_addresses(Failback::kOff);
        options.agent_time = 20ms;
        Cluster c(1, options);
        c.start_all();
        c.run_for(2s);
        c.standby("ada", wire::kHoldAll);
        c.run_for(when);
        c.pause(sleeper, length);
        c.run_for(30s);
        EXPECT_NE(c.status("ada"), "transition") << c.trace();
        EXPECT_NE(c.status("bob"), "transition") << c.trace();
        EXPECT_EQ(c.owners("ip1").size(), 1U) << c.trace();
        EXPECT_EQ(c.owners("ip2").size(), 1U) << c.trace();
      }
    }
  }
}

}  // namespace
}  // namespace hb::sim
