#include "core/resources/resource_machine.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/overloaded.h"
#include "core/fencing/fence.h"
#include "core/names_testing.h"

namespace hb::core {
namespace {

// The machine of ada, whose partner bob is played by the test; her agents do as told, at once. Each
// prefers one group: ada ip1, bob ip2.
class ResourceMachineTest : public testing::Test {
 protected:
  static Settings settings(Failback failback) {
    Settings s;
    s.self = kAda;
    s.nodes = {kAda, kBob};
    s.deadtime = 1s;
    s.failback = failback;
    s.groups = {{GroupKey("ip1"), kAda, {{"IPaddr2", {}, "ip1"}}},
                {GroupKey("ip2"), kBob, {{"IPaddr2", {}, "ip2"}}}};
    return s;
  }

  void begin(Failback failback) {
    out_.emplace(settings(failback));
    machine_.emplace(settings(failback));
    tell(&ResourceMachine::begin);
  }
  void bob_is(bool active, bool extended) {
    tell(&ResourceMachine::peer_alive, kBob);
    tell(&ResourceMachine::peer_status, kBob, PeerFacts{.active = active, .extended = extended});
  }
  // Both are full members, each with its own group.
  void begin_with_bob(bool extended, Failback failback = Failback::kOff) {
    begin(failback);
    bob_is(true, extended);
    tell(&ResourceMachine::communication_up, std::vector<NodeName>{kBob});
    if (failback == Failback::kLegacy) {
      bob_says(wire::GroupReply{.key = GroupKey("ip1"), .owned = false, .ok = true});
    } else {
      bob_reports(wire::kHoldLocal);
    }
    run_for(1s);
    ASSERT_EQ(running_, std::set<std::string>{"ip1"});
    listen();
  }
  // Both were started while nothing of the other was to be heard: each has everything.
  void begin_before_bob(bool extended) {
    begin(Failback::kLegacy);
    tell(&ResourceMachine::communication_up, std::vector<NodeName>{kBob});
    bob_is(false, extended);
    run_for(1s);
    ASSERT_EQ(running_, (std::set<std::string>{"ip1", "ip2"}));
    listen();
  }

  template <class Message>
  void bob_says(const Message& message) {
    machine_->on(kBob, SeqNo(++seq_), message, now_, *out_);
    perform();
  }
  void bob_reports(wire::Hold hold, bool stable = true) {
    bob_says(wire::ResourceReport{.hold = hold, .full = true, .stable = stable, .info = {}});
  }
  void bob_takes_what_is_ours() {
    using Phase = wire::StandbyMessage::Phase;
    bob_says(wire::StandbyMessage{wire::kHoldLocal, Phase::kOther});
    bob_says(wire::StandbyMessage{wire::kHoldLocal, Phase::kDone});
    bob_reports(wire::kHoldAll);
  }
  void bob_gives_back_what_is_ours() {
    using Phase = wire::StandbyMessage::Phase;
    bob_says(wire::StandbyMessage{wire::kHoldForeign, Phase::kMe});
    bob_says(wire::StandbyMessage{wire::kHoldForeign, Phase::kDone});
    bob_reports(wire::kHoldLocal);
  }
  template <class... Parameters, class... Arguments>
  void tell(void (ResourceMachine::*what)(Parameters...), Arguments&&... arguments) {
    (*machine_.*what)(std::forward<Arguments>(arguments)..., now_, *out_);
    perform();
  }

  void perform() {
    for (Effects effects = out_->take(); !effects.empty(); effects = out_->take()) {
      for (const Effect& effect : effects) {
        if (const auto* send = std::get_if<Send>(&effect)) hear(send->packet.body);
        if (const auto* note = std::get_if<Note>(&effect)) notes_.insert(note->id);
        if (const auto* run = std::get_if<RunAgent>(&effect)) finish(*run);
      }
    }
  }
  void finish(const RunAgent& run) {
    if (run.op == AgentOp::kStart && !broken_.contains(run.resource.text))
      running_.insert(run.resource.text);
    if (run.op == AgentOp::kStop) running_.erase(run.resource.text);
    const bool up = running_.contains(run.resource.text);
    const AgentResult done =
        up == (run.op == AgentOp::kStart) ? AgentResult::kSuccess : AgentResult::kFailed;
    const AgentResult found = up ? AgentResult::kRunning : AgentResult::kStopped;
    const AgentResult result = run.op == AgentOp::kStatus ? found : done;
    machine_->agent_finished({run.run, result, {}}, now_, *out_);
  }
  void run_for(Duration length) {
    const Instant end = now_ + length;
    for (int steps = 0; machine_->next_deadline().value_or(Instant::max()) <= end; ++steps) {
      ASSERT_LT(steps, 1000) << "always due";
      now_ = std::max(now_, *machine_->next_deadline());
      tell(&ResourceMachine::deadline);
    }
    now_ = end;
  }

  // What is said from here on, each with its time: `0ms starting, 200ms resource local/1`.
  void listen() {
    said_.clear();
    listens_since_ = now_;
  }
  void hear(const wire::Body& body) {
    const std::string word = std::visit(
        Overloaded{
            [](const wire::Starting&) { return std::string("starting"); },
            [](const wire::ResourceReport& m) {
              return fmt::format("resource {}/{}", wire::word(m.hold), m.stable ? +*m.stable : -1);
            },
            [](const wire::StandbyMessage& m) {
              return fmt::format("standby {}", wire::word(m.set));
            },
            [](const wire::GroupRequest& m) { return fmt::format("ip-request {}", m.key.value()); },
            [](const auto&) { return std::string(); },
        },
        body);
    if (word.empty()) return;
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now_ - listens_since_);
    said_ += fmt::format("{}{}ms {}", said_.empty() ? "" : ", ", since.count(), word);
  }

  Instant now_ = at(0s);
  std::optional<Outbox> out_;
  std::optional<ResourceMachine> machine_;
  std::uint64_t seq_ = 0;
  std::set<std::string> running_;
  std::set<std::string> broken_;  // cannot be started
  std::set<NoteId> notes_;
  Instant listens_since_{};
  std::string said_;
};

// --- the reminder ---

// A 3.0.6 takes for news what comes late, and is in transition for ever when that is "starting".
class ReminderTest;
struct ReminderCase {
  const char* name;
  bool extended;
  Failback failback;
  void (ReminderTest::*event)();
  const char* said;
};
class ReminderTest : public ResourceMachineTest, public testing::WithParamInterface<ReminderCase> {
 public:
  void bob_asks() { bob_says(wire::Starting{}); }
  void bob_asks_twice() {
    bob_asks();
    run_for(100ms);
    bob_asks();
  }
  void bob_is_in_flux_for_long() {
    bob_reports(wire::kHoldLocal, false);
    run_for(14500ms);
  }
  void some_is_sent_again() { tell(&ResourceMachine::said_again, kBob); }
  void some_is_sent_again_to_another() { tell(&ResourceMachine::said_again, kCyd); }
  void bob_asks_and_dies() {
    bob_asks();
    tell(&ResourceMachine::peer_dead, kBob);
  }
  void bob_asks_while_this_node_leaves() {
    bob_asks();
    tell(&ResourceMachine::shutdown_wanted);
  }
};

const std::vector<ReminderCase> kReminderCases = {
    {"OfAReport", false, Failback::kOff, &ReminderTest::bob_asks,
     "0ms resource local/1, 200ms resource local/1"},
    {"OfAQuestion", false, Failback::kOff, &ReminderTest::bob_is_in_flux_for_long,
     "15000ms starting, 15200ms resource local/1"},
    {"OfTheLastOfManyWords", false, Failback::kOff, &ReminderTest::bob_asks_twice,
     "0ms resource local/1, 100ms resource local/1, 300ms resource local/1"},
    {"OfWhatWasSentAgain", false, Failback::kOff, &ReminderTest::some_is_sent_again,
     "200ms resource local/1"},
    {"WithFailbackToo", false, Failback::kOn, &ReminderTest::bob_asks,
     "0ms resource local/1, 200ms resource local/1"},
    {"NotIfAnotherOneLackedIt", false, Failback::kOff, &ReminderTest::some_is_sent_again_to_another,
     ""},
    {"NotAmongOurselves", true, Failback::kOff, &ReminderTest::bob_asks, "0ms resource local/1"},
    {"NotAmongOurselvesOfWhatWasSentAgain", true, Failback::kOff, &ReminderTest::some_is_sent_again,
     ""},
    {"NotInLegacy", false, Failback::kLegacy, &ReminderTest::some_is_sent_again, ""},
    {"NotOfTheDead", false, Failback::kOff, &ReminderTest::bob_asks_and_dies,
     "0ms resource local/1, 0ms resource all/1"},
    {"NotByWhoLeaves", false, Failback::kOff, &ReminderTest::bob_asks_while_this_node_leaves,
     "0ms resource local/1, 0ms resource local/0, 0ms resource none/0"},
};

TEST_P(ReminderTest, Comes) {
  begin_with_bob(GetParam().extended, GetParam().failback);
  (this->*GetParam().event)();
  run_for(1s);
  EXPECT_EQ(said_, GetParam().said);
}
INSTANTIATE_TEST_SUITE_P(, ReminderTest, testing::ValuesIn(kReminderCases),
                         [](const auto& row) { return row.param.name; });

// Its state is what it has only once it is a member; a report before that would say that it holds
// nothing, for good.
TEST_F(ResourceMachineTest, WhoJoinsRemindsOfNothingYet) {
  begin(Failback::kOff);
  bob_is(true, false);
  listen();
  tell(&ResourceMachine::communication_up, std::vector<NodeName>{kBob});
  run_for(1s);
  EXPECT_EQ(said_, "0ms starting");
  bob_reports(wire::kHoldLocal);
  listen();
  run_for(1s);
  EXPECT_EQ(said_, "200ms resource local/1");
}

// Its "starting" may be lost for good, and then each waits for the other's word.
TEST_F(ResourceMachineTest, AFullMemberThatSaysNothingIsAskedSoon) {
  begin_with_bob(false);
  tell(&ResourceMachine::peer_restarted, kBob, false, false);
  bob_is(true, false);
  run_for(3s);
  EXPECT_EQ(said_, "2000ms starting, 2200ms resource local/1");
  bob_reports(wire::kHoldNone, false);
  listen();
  run_for(14s);
  EXPECT_EQ(said_, "") << "it has spoken";
}

// --- a 3.0.6 after a partition ---

// It restarts by itself, but not as long as something moves, and that long an address is served
// twice. Whether it has to be asked is known after four seconds.
TEST_F(ResourceMachineTest, AnOldPartnerThatReturnsIsLeftAloneUntilItHasRestarted) {
  begin_with_bob(false, Failback::kOn);
  tell(&ResourceMachine::peer_dead, kBob);
  run_for(6s);
  ASSERT_EQ(running_, (std::set<std::string>{"ip1", "ip2"}));
  listen();
  tell(&ResourceMachine::peer_returned, kBob);
  bob_is(true, false);
  run_for(100ms);
  tell(&ResourceMachine::takeover_wanted, wire::TakeoverRequest{.set = wire::kHoldAll});
  tell(&ResourceMachine::standby_wanted, wire::kHoldAll);
  bob_reports(wire::kHoldAll);
  run_for(3s);
  EXPECT_EQ(said_, "0ms resource all/1, 100ms resource all/1, 300ms resource all/1");
  EXPECT_TRUE(notes_.contains(NoteId::kKeepTowardsOldPeer));
  EXPECT_EQ(running_, (std::set<std::string>{"ip1", "ip2"}));
  listen();
  run_for(1s);
  EXPECT_THAT(said_, testing::HasSubstr("starting"));
}

// --- what fails here ---

// Bob runs it. When both have declared each other dead he gives it back, and that it failed here
// before says nothing of whether he can run it now.
TEST_F(ResourceMachineTest, WhatThePartnerRanGoesBackToItWhenItFailsHereAgain) {
  begin(Failback::kOn);
  bob_is(true, true);
  broken_ = {"ip1"};
  tell(&ResourceMachine::communication_up, std::vector<NodeName>{kBob});
  bob_reports(wire::kHoldLocal);
  ASSERT_TRUE(notes_.contains(NoteId::kGroupMoved));
  bob_takes_what_is_ours();

  tell(&ResourceMachine::peer_returned, kBob);
  bob_is(true, true);
  bob_reports(wire::kHoldAll);
  run_for(20s);
  notes_.clear();
  bob_gives_back_what_is_ours();
  EXPECT_TRUE(notes_.contains(NoteId::kGroupMoved));
  EXPECT_FALSE(notes_.contains(NoteId::kGroupStuck));

  // What fails there too comes back, is tried once more, and stays down.
  bob_takes_what_is_ours();
  bob_gives_back_what_is_ours();
  EXPECT_TRUE(notes_.contains(NoteId::kGroupStuck));
}

// It failed while bob was away. He comes back without it and hands it over: nobody has tried since.
TEST_F(ResourceMachineTest, WhatFailedHereIsTriedAgainWhenItIsHandedOver) {
  begin_with_bob(true, Failback::kOn);
  broken_ = {"ip2"};
  tell(&ResourceMachine::peer_dead, kBob);
  ASSERT_EQ(running_, std::set<std::string>{"ip1"});
  tell(&ResourceMachine::peer_returned, kBob);
  bob_is(true, true);
  broken_.clear();
  using Phase = wire::StandbyMessage::Phase;
  bob_says(wire::StandbyMessage{wire::kHoldLocal, Phase::kMe});
  bob_reports(wire::kHoldNone, false);
  ASSERT_EQ(running_, std::set<std::string>{"ip1"});
  bob_says(wire::StandbyMessage{wire::kHoldLocal, Phase::kDone});
  EXPECT_EQ(running_, (std::set<std::string>{"ip1", "ip2"}));
}

// Both took everything, and each keeps its own. That bob's group failed here while he was away says
// nothing of whether he can run it: when he hands it over for a failure, it is not stuck yet.
TEST_F(ResourceMachineTest, WhatWasYieldedGoesBackToThePartnerWhenItFailsHereAgain) {
  begin_with_bob(true);
  broken_ = {"ip2"};
  tell(&ResourceMachine::peer_dead, kBob);
  tell(&ResourceMachine::peer_returned, kBob);
  bob_is(true, true);
  bob_says(wire::ResourceReport{
      .hold = wire::kHoldAll, .full = true, .stable = true, .info = "returned"});
  ASSERT_TRUE(notes_.contains(NoteId::kYield));
  using Phase = wire::StandbyMessage::Phase;
  bob_says(wire::StandbyMessage{wire::kHoldLocal, Phase::kMe});
  bob_says(wire::StandbyMessage{wire::kHoldLocal, Phase::kDone});
  bob_reports(wire::kHoldNone);
  EXPECT_TRUE(notes_.contains(NoteId::kGroupMoved));
  EXPECT_FALSE(notes_.contains(NoteId::kGroupStuck));
}

// --- a hand-over without an answer ---

// That the partner begins to release gives it time; that it began another one does not.
TEST_F(ResourceMachineTest, AWordOfAnEarlierHandOverBeginsNoOther) {
  const wire::ResourceReport begins{
      .hold = wire::kHoldNone, .full = true, .stable = false, .info = "standby"};
  for (const bool late : {true, false}) {
    begin_with_bob(false);
    notes_.clear();
    const SeqNo earlier(seq_);
    bob_says(wire::StandbyMessage{wire::kHoldLocal, wire::StandbyMessage::Phase::kMe});
    machine_->on(kBob, late ? earlier : SeqNo(++seq_), begins, now_, *out_);
    perform();
    run_for(13s);
    EXPECT_EQ(notes_.contains(NoteId::kStandbyNoReply), late);
    running_.clear();
  }
}

struct UnansweredCase {
  const char* name;
  bool extended;
  wire::Hold bob_holds;  // says so while he is asked to take over
  std::set<std::string> run_in_the_end;
};
class UnansweredStandbyTest : public ResourceMachineTest,
                              public testing::WithParamInterface<UnansweredCase> {};

TEST_P(UnansweredStandbyTest, EndsWhatRunsTwice) {
  begin_with_bob(GetParam().extended);
  tell(&ResourceMachine::standby_wanted, wire::kHoldForeign);
  bob_reports(GetParam().bob_holds);
  run_for(9900ms);
  EXPECT_EQ(running_, std::set<std::string>{"ip1"}) << "put off: it may be about to move";
  EXPECT_FALSE(notes_.contains(NoteId::kStandbyNoReply));
  run_for(200ms);
  EXPECT_TRUE(notes_.contains(NoteId::kStandbyNoReply));
  EXPECT_EQ(running_, GetParam().run_in_the_end);
  EXPECT_EQ(machine_->status_word(), GetParam().run_in_the_end.empty() ? "none" : "local");
}
INSTANTIATE_TEST_SUITE_P(, UnansweredStandbyTest,
                         testing::ValuesIn(std::vector<UnansweredCase>{
                             {"WithA306ThatHasTakenAll", false, wire::kHoldAll, {}},
                             {"WithOneOfOursThatHasTakenAll", true, wire::kHoldAll, {}},
                             {"AndNothingElse", false, wire::kHoldLocal, {"ip1"}},
                         }),
                         [](const auto& row) { return row.param.name; });

// --- auto_failback legacy ---

// An owner that started without hearing us has all and does not ask; it cannot know that we have
// it too.
class LegacyOwnerTest : public ResourceMachineTest, public testing::WithParamInterface<bool> {};
TEST_P(LegacyOwnerTest, GetsItsGroupsAsSoonAsItIsAFullMember) {
  begin_before_bob(GetParam());
  bob_is(true, GetParam());
  EXPECT_EQ(running_, std::set<std::string>{"ip1"});
  EXPECT_TRUE(notes_.contains(NoteId::kYield));
  run_for(1h);
  EXPECT_EQ(running_, std::set<std::string>{"ip1"});
}
INSTANTIATE_TEST_SUITE_P(, LegacyOwnerTest, testing::Bool(),
                         [](const auto& row) { return row.param ? "OneOfOurs" : "A306"; });

// Bob declared ada dead and took her group; a 3.0.6 that does not restart has to be asked for it.
class LegacyQuestionTest : public ResourceMachineTest {
 protected:
  void begin_with_bob_who_took_all(bool extended) {
    begin_with_bob(extended, Failback::kLegacy);
    bob_says(wire::FenceResult{.node = kAda, .result = std::string(kFenceUnneeded)});
  }
};

TEST_F(LegacyQuestionTest, IsRepeatedUntilItIsAnswered) {
  begin_with_bob_who_took_all(false);
  run_for(13s);
  EXPECT_EQ(said_, "4000ms ip-request ip1, 8000ms ip-request ip1, 12000ms ip-request ip1");
  bob_says(wire::GroupReply{.key = GroupKey("ip1"), .owned = true, .ok = true});
  listen();
  run_for(1h);
  EXPECT_EQ(said_, "");
  EXPECT_EQ(running_, std::set<std::string>{"ip1"});
}

TEST_F(LegacyQuestionTest, EndsWithTheDeathOfWhoIsAsked) {
  begin_with_bob_who_took_all(false);
  run_for(5s);
  tell(&ResourceMachine::peer_dead, kBob);
  listen();
  run_for(1h);
  EXPECT_EQ(said_, "");
  EXPECT_EQ(running_, (std::set<std::string>{"ip1", "ip2"}));
}

TEST_F(LegacyQuestionTest, IsNotPutToOneOfOurs) {
  begin_with_bob_who_took_all(true);
  run_for(1h);
  EXPECT_EQ(said_, "");
}

}  // namespace
}  // namespace hb::core
