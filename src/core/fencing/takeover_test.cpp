#include <algorithm>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/overloaded.h"
#include "core/names_testing.h"
#include "core/node.h"

// Nothing of a dead node is taken before it is fenced, nor after it has come back.
namespace hb::core {
namespace {

using wire::NodeState;

// Node ada with a device, whose partner bob is played by the test; ada's agents do as told, at
// once. What bob says comes by itself once per keepalive while `bob_lives`.
class FencingNode : public testing::Test {
 protected:
  static Settings settings(Failback failback = Failback::kOff) {
    Settings s;
    s.self = kAda;
    s.nodes = {kAda, kBob};
    s.generation = Generation(1);
    s.keepalive = 200ms;
    s.deadtime = 1s;
    s.initdead = 3s;
    s.failback = failback;
    s.groups = {{GroupKey("ip1"), kAda, {{"IPaddr2", {}, "ip1"}}},
                {GroupKey("ip2"), kBob, {{"IPaddr2", {}, "ip2"}}}};
    s.fencing.configured = true;
    return s;
  }

  void begin(Failback failback = Failback::kOff) { begin(settings(failback)); }
  void begin(const Settings& settings) {
    node_.emplace(settings);
    step(Started{});
  }

  // Both are members, each with its own group.
  void begin_with_bob(const Settings& s = settings()) {
    begin(s);
    bob_lives_ = true;
    bob_is(NodeState::kUp);
    run_for(100ms);
    bob_is(NodeState::kActive);
    bob_says(wire::NodesReply{.nodes = {kAda, kBob}, .deleted = {}});
    bob_says(wire::Starting{});
    bob_reports(wire::kHoldLocal);
    run_for(500ms);
    ASSERT_EQ(status(), "local");
  }
  // One side has no groups. With `files`, both nodes know that of each other.
  void begin_one_sided(const NodeName& owner, std::optional<wire::ConfigDigests> files) {
    Settings s = settings();
    s.nodes = {kBob, kAda};
    s.groups = {{GroupKey("ip1"), owner, {{"IPaddr2", {}, "ip1"}}}};
    s.config = wire::ConfigDigests{.ha_cf = 1, .haresources = 2};
    bobs_files_ = files;
    begin_with_bob(s);
  }
  // … and bob holds it all.
  void begin_idle() {
    begin_with_bob();
    bob_says(wire::TakeoverRequest{wire::kHoldAll, false});
    bob_says(wire::StandbyMessage{wire::kHoldAll, wire::StandbyMessage::Phase::kOther});
    run_for(100ms);
    bob_says(wire::StandbyMessage{wire::kHoldAll, wire::StandbyMessage::Phase::kDone});
    bob_reports(wire::kHoldAll);
    run_for(100ms);
    ASSERT_EQ(status(), "none");
  }

  void bob_says(wire::Body body) {
    wire::Header header;
    header.src = kBob;
    header.generation = generation_;
    header.seq = SeqNo(++seq_);
    header.timestamp = 1;
    step(PacketReceived{{std::move(header), std::move(body)}, LinkName("eth0")});
  }
  void bob_is(NodeState state) {
    bob_state_ = state;
    bob_says(wire::Status{.state = state,
                          .deadtime_ms = 1000,
                          .protocol = 1,
                          .extended = bob_is_old_ ? std::nullopt : std::optional(1),
                          .config = bobs_files_});
  }
  void bob_reports(wire::Hold hold, bool stable = true, const std::string& info = {}) {
    bob_says(wire::ResourceReport{.hold = hold, .full = true, .stable = stable, .info = info});
  }
  void bob_restarts() {
    generation_ = Generation(generation_.value() + 1);
    seq_ = 0;
    bob_lives_ = true;
    bob_is(NodeState::kUp);
  }
  void finish(FenceOutcome outcome) { step(FenceFinished{FenceAttempt(fences_), outcome, "dev"}); }
  void operator_confirms(const NodeName& node) {
    step(Injected{wire::FenceResult{node, std::string(kFenceByOperator)}, {}});
  }

  void step(const Input& input) {
    for (const Effect& effect : node_->step(now_, input)) {
      std::visit(Overloaded{
                     [&](const Fence& e) { fences_ = e.attempt.value(), victim_ = e.peer; },
                     [&](const CancelFence&) { ++cancelled_; },
                     [&](const RunAgent& e) { agents_.push_back(e); },
                     [&](const DrainMedia&) { drain_ = true; },
                     [&](const StopClients&) { stop_clients_ = true; },
                     [&](const Exit&) { left_ = true; },
                     [&](const Note& note) { ++notes_[note.id]; },
                     [&](const Send& e) {
                       if (const auto* told = std::get_if<wire::FenceResult>(&e.packet.body))
                         results_ += told->result + " ";
                     },
                     [](const auto&) {},
                 },
                 effect);
    }
  }

  // Does what falls due, as an executor would.
  void run_for(Duration length) {
    const Instant end = now_ + length;
    for (int steps = 0; steps < 10000; ++steps) {
      if (!agents_.empty()) {
        const RunAgent agent = agents_.front();
        agents_.erase(agents_.begin());
        if (agent.op == AgentOp::kStart) running_.insert(agent.resource.text);
        if (agent.op == AgentOp::kStop) running_.erase(agent.resource.text);
        const bool up = running_.contains(agent.resource.text);
        step(AgentFinished{agent.run,
                           agent.op != AgentOp::kStatus ? AgentResult::kSuccess
                           : up                         ? AgentResult::kRunning
                                                        : AgentResult::kStopped,
                           ""});
        continue;
      }
      if (std::exchange(drain_, false)) {
        step(MediaDrained{});
        continue;
      }
      if (std::exchange(stop_clients_, false)) {
        step(ClientsStopped{});
        continue;
      }
      const Instant beat = bob_lives_ ? bob_beats_ : Instant::max();
      const Instant due = node_->next_deadline().value_or(Instant::max());
      if (std::min(beat, due) > end) break;
      now_ = std::max(now_, std::min(beat, due));
      if (beat <= due) {
        bob_beats_ = now_ + 200ms;
        bob_is(bob_state_);
      } else {
        step(DeadlineReached{});
      }
    }
    now_ = end;
  }

  std::string status() const { return node_->resource_status(); }
  bool runs(const std::string& resource) const { return running_.contains(resource); }

  Instant now_{1h};
  std::optional<Node> node_;
  bool bob_lives_ = false;
  bool bob_is_old_ = false;
  std::optional<wire::ConfigDigests> bobs_files_;
  NodeState bob_state_ = NodeState::kInit;
  Instant bob_beats_{};
  Generation generation_{1};
  std::uint64_t seq_ = 0;
  std::vector<RunAgent> agents_;
  std::set<std::string> running_;
  std::map<NoteId, int> notes_;
  std::uint64_t fences_ = 0;
  NodeName victim_;
  int cancelled_ = 0;
  std::string results_;
  bool drain_ = false;
  bool stop_clients_ = false;
  bool left_ = false;
};

TEST_F(FencingNode, TakesOverOnlyAfterTheReset) {
  begin_with_bob();
  bob_lives_ = false;
  run_for(3s);
  EXPECT_EQ(fences_, 1U);
  EXPECT_EQ(victim_, kBob);
  EXPECT_TRUE(runs("ip1")) << "what it serves it serves on";
  EXPECT_FALSE(runs("ip2"));
  EXPECT_EQ(status(), "local");
  finish(FenceOutcome::kConfirmed);
  run_for(100ms);
  EXPECT_TRUE(runs("ip2"));
  EXPECT_EQ(status(), "all");
  EXPECT_EQ(results_, "OK ");
  EXPECT_EQ(notes_[NoteId::kTakeover], 1);
}

TEST_F(FencingNode, RetriesFiveSecondsAfterTheEnd) {
  begin_with_bob();
  bob_lives_ = false;
  run_for(3s);
  finish(FenceOutcome::kFailed);
  run_for(4900ms);
  EXPECT_EQ(fences_, 1U);
  run_for(200ms);
  EXPECT_EQ(fences_, 2U);
  finish(FenceOutcome::kBadHost);
  run_for(6s);
  EXPECT_EQ(fences_, 3U);
  EXPECT_FALSE(runs("ip2"));
  EXPECT_EQ(results_, "bad badhost ");
  finish(FenceOutcome::kConfirmed);
  run_for(100ms);
  EXPECT_EQ(status(), "all");
}

TEST_F(FencingNode, WhoHeldNothingIsNotShot) {
  begin_with_bob();
  bob_says(wire::StandbyMessage{wire::kHoldAll, wire::StandbyMessage::Phase::kMe});
  bob_says(wire::StandbyMessage{wire::kHoldAll, wire::StandbyMessage::Phase::kDone});
  run_for(100ms);
  bob_reports(wire::kHoldNone);
  ASSERT_EQ(status(), "all");
  bob_lives_ = false;
  run_for(3s);
  EXPECT_EQ(fences_, 0U);
  EXPECT_EQ(results_, "unneeded ");
}

TEST_F(FencingNode, WhoHasLeftIsNotShot) {
  begin_with_bob();
  bob_reports(wire::kHoldLocal, false, "shutdown");
  bob_says(wire::ShutdownDone{});
  bob_lives_ = false;
  run_for(3s);
  EXPECT_EQ(fences_, 0U);
  EXPECT_EQ(results_, "unneeded ");
  EXPECT_EQ(status(), "all");
}

// A 3.0.6 says "none" when it begins to release; what hangs then is still up (spec: resources 4.7).
TEST_F(FencingNode, WhoHasOnlyBegunToReleaseIsShot) {
  begin_idle();
  bob_reports(wire::kHoldNone, false, "shutdown");
  bob_lives_ = false;
  run_for(3s);
  EXPECT_EQ(fences_, 1U);
  EXPECT_EQ(status(), "none");
}

TEST_F(FencingNode, ANodeNeverHeardIsShotBeforeAnythingIsTaken) {
  begin();
  run_for(3100ms);
  EXPECT_EQ(fences_, 1U);
  run_for(10s);
  EXPECT_TRUE(running_.empty());
  EXPECT_EQ(status(), "transition");
  finish(FenceOutcome::kConfirmed);
  run_for(100ms);
  EXPECT_EQ(status(), "all");
}

TEST_F(FencingNode, ANodeThatStartsMeanwhileIsJoinedNotShot) {
  begin();
  run_for(4s);
  finish(FenceOutcome::kFailed);
  bob_restarts();
  run_for(8s);
  EXPECT_EQ(fences_, 1U) << "no shot at a node that is starting";
  EXPECT_TRUE(running_.empty());
  bob_is(NodeState::kActive);
  bob_says(wire::Starting{});
  bob_reports(wire::kHoldNone, false);
  run_for(100ms);
  EXPECT_EQ(status(), "transition");
  bob_reports(wire::kHoldLocal);
  run_for(100ms);
  EXPECT_EQ(status(), "local");
  EXPECT_EQ(notes_[NoteId::kFenceCancelled], 1);
  EXPECT_EQ(fences_, 1U);
}

TEST_F(FencingNode, RetriesEndWhenTheVictimReturns) {
  begin_idle();
  bob_lives_ = false;
  run_for(3s);
  finish(FenceOutcome::kFailed);
  bob_restarts();
  run_for(100ms);
  bob_is(NodeState::kActive);
  bob_says(wire::Starting{});
  bob_reports(wire::kHoldLocal);
  run_for(5s);
  EXPECT_TRUE(running_.empty()) << "its own, which nobody holds, it asks for first";
  bob_reports(wire::kHoldLocal);
  run_for(15s);
  EXPECT_EQ(fences_, 1U);
  EXPECT_EQ(status(), "local");
  EXPECT_FALSE(runs("ip2"));
}

// Both may ask at the same time: who is asked forgets that it asked.
TEST_F(FencingNode, WhatNobodyHoldsIsNotTakenWhileTheOtherAsksForItToo) {
  begin_idle();
  bob_restarts();
  bob_is(NodeState::kActive);
  bob_says(wire::Starting{});
  bob_reports(wire::kHoldNone);
  run_for(1500ms);  // ada has asked by now
  bob_says(wire::Starting{});
  bob_reports(wire::kHoldNone);
  run_for(500ms);
  EXPECT_TRUE(running_.empty());
  run_for(1s);  // asked again
  bob_reports(wire::kHoldNone);
  run_for(500ms);
  EXPECT_EQ(status(), "local");
}

TEST_F(FencingNode, AnAttemptUnderWayIsCancelledWhenTheVictimReturns) {
  begin_idle();
  bob_lives_ = false;
  run_for(3s);
  bob_restarts();
  bob_is(NodeState::kActive);
  bob_says(wire::Starting{});
  bob_reports(wire::kHoldLocal);
  EXPECT_EQ(cancelled_, 1);
  finish(FenceOutcome::kConfirmed);
  run_for(5s);
  EXPECT_FALSE(runs("ip2")) << "an outcome that comes all the same is none";
  EXPECT_EQ(notes_[NoteId::kFenceLate], 1);
}

TEST_F(FencingNode, AfterAHealNothingWasTakenAndNothingMoves) {
  begin_with_bob();
  bob_lives_ = false;
  run_for(3s);
  finish(FenceOutcome::kFailed);
  bob_lives_ = true;
  bob_is(NodeState::kActive);
  bob_reports(wire::kHoldLocal, true, "returned");
  run_for(20s);
  EXPECT_EQ(fences_, 1U);
  EXPECT_EQ(status(), "local");
  EXPECT_FALSE(runs("ip2"));
}

TEST_F(FencingNode, ARestartWithinTheDeadtimeIsNoDeathCertificate) {
  begin_idle();
  bob_restarts();
  run_for(500ms);
  EXPECT_TRUE(running_.empty());
  EXPECT_EQ(fences_, 0U);
  bob_is(NodeState::kActive);
  bob_says(wire::Starting{});
  bob_reports(wire::kHoldLocal);
  run_for(1500ms);
  bob_reports(wire::kHoldLocal);  // asked whether it still leaves ada's to her
  run_for(500ms);
  EXPECT_EQ(status(), "local");
}

TEST_F(FencingNode, TheOperatorsWordCountsForTheNodeItNames) {
  begin_with_bob();
  bob_lives_ = false;
  run_for(3s);
  operator_confirms(NodeName("cyd"));
  operator_confirms(kAda);
  run_for(100ms);
  EXPECT_EQ(status(), "local");
  operator_confirms(kBob);
  run_for(100ms);
  EXPECT_EQ(status(), "all");
  EXPECT_EQ(cancelled_, 1);
  EXPECT_EQ(notes_[NoteId::kFenceConfirmationRefused], 2);
}

TEST_F(FencingNode, AGracefulStopIsNotHeldUp) {
  begin_with_bob();
  bob_lives_ = false;
  run_for(3s);
  finish(FenceOutcome::kFailed);
  step(ShutdownRequested{});
  run_for(10s);
  EXPECT_TRUE(left_);
  EXPECT_TRUE(running_.empty());
  EXPECT_EQ(fences_, 1U);
}

constexpr wire::ConfigDigests kSameFiles{.ha_cf = 1, .haresources = 2};
constexpr wire::ConfigDigests kOtherGroups{.ha_cf = 1, .haresources = 3};

TEST_F(FencingNode, WhoHoldsASideWithoutGroupsIsNotShot) {
  begin_one_sided(kAda, kSameFiles);
  bob_lives_ = false;
  run_for(2s);
  EXPECT_EQ(fences_, 0U);
  EXPECT_EQ(status(), "all");
}

TEST_F(FencingNode, ASideHasGroupsUnlessBothReadTheSame) {
  for (const auto& files : {std::optional(kOtherGroups), std::optional<wire::ConfigDigests>()}) {
    begin_one_sided(kAda, files);
    bob_lives_ = false;
    run_for(2s);
    EXPECT_EQ(std::exchange(fences_, 0), 0U) << "the later of two that hold something waits";
    run_for(5s);
    EXPECT_EQ(std::exchange(fences_, 0), 1U);
  }
}

// Bob dies, and something of his is taken once he is shot.
class DeathOfBob : public FencingNode {
 public:
  // His partner would not shoot ada: nothing is to be waited for.
  void ada_is_idle() { begin_one_sided(kBob, kSameFiles); }
  void bob_releases_what_he_held() {
    bob_is_old_ = true;
    begin_with_bob();
    bob_says(wire::StandbyMessage{wire::kHoldAll, wire::StandbyMessage::Phase::kMe});
    bob_reports(wire::kHoldNone, false, "standby");  // and not yet "done"
  }
  void both_are_legacy() {
    begin(Failback::kLegacy);
    bob_lives_ = true;
    bob_is(NodeState::kUp);
    run_for(100ms);
    bob_says(wire::NodesReply{.nodes = {kAda, kBob}, .deleted = {}});
    run_for(500ms);
    ASSERT_TRUE(runs("ip1"));
    bob_is(NodeState::kActive);
  }
};
struct Death {
  const char* name;
  void (DeathOfBob::*before)();
  Duration shot_within;
  const char* group;
};
class DeathOfBobTest : public DeathOfBob, public testing::WithParamInterface<Death> {};
TEST_P(DeathOfBobTest, IsFollowedByAShotAndThenByTheTakeover) {
  const auto& [name, before, shot_within, group] = GetParam();
  ASSERT_NO_FATAL_FAILURE((this->*before)());
  bob_lives_ = false;
  run_for(shot_within);
  EXPECT_EQ(fences_, 1U);
  EXPECT_FALSE(runs(group));
  finish(FenceOutcome::kConfirmed);
  run_for(100ms);
  EXPECT_TRUE(runs(group));
}
INSTANTIATE_TEST_SUITE_P(, DeathOfBobTest,
                         testing::Values(Death{"TheIdleNodeOfAPairShootsAtOnce",
                                               &DeathOfBob::ada_is_idle, 1500ms, "ip1"},
                                         Death{"AnOldOneInTheMidstOfAStandbyIsShot",
                                               &DeathOfBob::bob_releases_what_he_held, 3s, "ip2"},
                                         Death{"LegacyShootsToo", &DeathOfBob::both_are_legacy, 3s,
                                               "ip2"}),
                         [](const auto& row) { return row.param.name; });

// A reload gives groups to the side that had none; behind a cut the other may have read it too.
TEST_F(FencingNode, AGroupForTheSideOfAnAbsentNodeIsTakenOnceItIsShot) {
  begin_one_sided(kAda, kSameFiles);
  bob_lives_ = false;
  run_for(2s);
  ASSERT_EQ(fences_, 0U);
  step(GroupsChanged{settings().groups, true});
  run_for(6s);
  EXPECT_EQ(fences_, 1U);
  EXPECT_TRUE(runs("ip1"));
  EXPECT_FALSE(runs("ip2"));
  finish(FenceOutcome::kConfirmed);
  run_for(100ms);
  EXPECT_TRUE(runs("ip2"));
}

TEST_F(FencingNode, WhoIsAddedWhileThereIsNothingToTakeIsNotShot) {
  Settings s = settings();
  s.nodes = {kAda};
  begin(s);
  run_for(5s);
  ASSERT_EQ(status(), "all");
  s.nodes = {kAda, kBob};
  step(SettingsChanged{s});
  run_for(5s);
  EXPECT_EQ(fences_, 0U);
  EXPECT_EQ(status(), "all");
}

TEST_F(FencingNode, WhoWasDeletedDuringTheStartIsNotAwaited) {
  begin();
  step(Injected{wire::DeleteNodes{{kBob}}, std::nullopt});
  run_for(5s);
  EXPECT_EQ(fences_, 0U);
  EXPECT_EQ(status(), "all");
}

// Not in ha.cf, but a member for all that the hostcache tells: it may hold something.
TEST_F(FencingNode, AnAbsentNodeOfTheHostcacheIsAwaited) {
  Settings s = settings();
  s.nodes = {kAda};
  s.known_hosts = {{.name = kBob, .uuid = {}}};
  begin(s);
  run_for(5s);
  EXPECT_EQ(victim_, kBob);
  EXPECT_TRUE(running_.empty());
}

// Its file of generations came back out of a backup: the numbers say it is the life that has left.
TEST_F(FencingNode, WhoLeftAndLivesAgainUnderTheSameNumberIsShot) {
  begin_with_bob();
  bob_reports(wire::kHoldNone, false, "shutdown");
  bob_says(wire::ShutdownDone{});
  bob_lives_ = false;
  run_for(2s);
  ASSERT_EQ(notes_[NoteId::kDeadNodeHeldNothing], 1);
  bob_lives_ = true;
  bob_is(NodeState::kUp);
  bob_is(NodeState::kActive);
  bob_says(wire::Starting{});
  bob_reports(wire::kHoldLocal);
  run_for(500ms);
  bob_lives_ = false;
  run_for(2s);
  EXPECT_EQ(fences_, 1U);
}

TEST_F(FencingNode, LegacyAsksForItsGroupsAfterAnAbsentNodeHasCome) {
  begin(Failback::kLegacy);
  run_for(4s);
  EXPECT_EQ(fences_, 1U);
  EXPECT_TRUE(running_.empty());
  bob_restarts();
  run_for(500ms);
  EXPECT_TRUE(running_.empty());
  bob_is(NodeState::kActive);
  run_for(100ms);
  bob_says(wire::GroupReply{.key = GroupKey("ip1"), .owned = true, .ok = true});
  run_for(100ms);
  EXPECT_TRUE(runs("ip1"));
  EXPECT_EQ(cancelled_, 1);
}

}  // namespace
}  // namespace hb::core
