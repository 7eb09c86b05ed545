#include "core/liveness/peer_watch.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/names_testing.h"
#include "core/notes.h"

namespace hb::core {
namespace {

using wire::NodeState;

const LinkName kEth0("eth0"), kEth1("eth1");

Settings settings() {
  Settings s;
  s.self = kAda;
  s.nodes = {kAda, kBob};
  s.keepalive = 200ms;
  s.warntime = 500ms;
  s.deadtime = 1s;
  s.initdead = 3s;
  return s;
}

// Bob, watched since instant 0, with communication up.
class PeerWatchTest : public testing::Test {
 protected:
  PeerWatchTest() : out_(settings()), watch_(settings(), peers_) {
    peers_.try_emplace(kBob, kBob, settings(), std::uint64_t{1}, at(0s));
    watch_.communication_up();
  }

  Peer& bob() { return peers_.at(kBob); }
  Link& link(const LinkName& name = kEth0) { return bob().links.at(name); }

  void heard(Duration when, const LinkName& by = kEth0) {
    bob().liveness.heard(at(when));
    link_heard(when, by);
  }
  void link_heard(Duration when, const LinkName& by = kEth0) {
    watch_.link_heard(bob(), by, seq_ = next(seq_), at(when), out_);
  }
  // As Node does at MediaDrained.
  bool drained(Duration when) {
    EXPECT_TRUE(watch_.drained());
    return watch_.declare_dead_if_silent(bob(), at(when), out_);
  }

  // What was told since the last time, in order: lines of the log, `drain`, `event type state`.
  std::vector<std::string> told() {
    std::vector<std::string> lines;
    for (const Effect& effect : out_.take()) {
      if (const auto* note = std::get_if<Note>(&effect)) lines.push_back(render(*note));
      if (std::holds_alternative<DrainMedia>(effect)) lines.emplace_back("drain");
      if (const auto* event = std::get_if<RunEventScript>(&effect))
        lines.push_back("event " + event->type + " " + event->fields.back().second);
    }
    return lines;
  }

  using Told = std::vector<std::string>;

  Peers peers_;
  Outbox out_;
  PeerWatch watch_;
  SeqNo seq_;
};

// --- the table of docs/protocol/liveness.md ---

enum class Event : std::uint8_t {
  kLinkHeard,
  kOldPacketOfTheLink,  // came in before the link was lost
  kLost,
  kLostAnotherLink,
  kLapse,
  kLinkSilent,  // the peer is heard by another one
  kPeerSilent,
  kPeerDies,
};
enum class Before : std::uint8_t { kNone, kUp, kDown };
struct Row {
  const char* name;
  Before before;
  Event event;
  std::optional<bool> up;  // afterwards; none: the link is not known
  std::vector<std::string> told;
};

const Row kRows[] = {
    {"TheFirstPacketByALinkRaisesIt",
     Before::kNone,
     Event::kLinkHeard,
     true,
     {"Link bob:eth0 up.", "event ifstat up"}},
    {"TheNextOneSaysNothingNew", Before::kUp, Event::kLinkHeard, true, {}},
    {"ALinkThatWasDownIsUpWhenHeard",
     Before::kDown,
     Event::kLinkHeard,
     true,
     {"Link bob:eth0 up.", "event ifstat up"}},
    {"WhatWaitedSinceBeforeTheLossRaisesNothing",
     Before::kDown,
     Event::kOldPacketOfTheLink,
     false,
     {}},
    {"WhatWaitedByAnUnknownLinkRaisesIt",
     Before::kNone,
     Event::kOldPacketOfTheLink,
     true,
     {"Link bob:eth0 up.", "event ifstat up"}},
    {"ALostLinkIsDownAtOnce",
     Before::kUp,
     Event::kLost,
     false,
     {"Link bob:eth0 dead.", "event ifstat dead"}},
    {"ALossIsToldOnce", Before::kDown, Event::kLost, false, {}},
    {"WhatWasNeverHeardCannotBeLost", Before::kNone, Event::kLost, std::nullopt, {}},
    {"TheLossOfAnotherLinkIsNotOurs", Before::kUp, Event::kLostAnotherLink, true, {}},
    {"ALapseTakesNothingDown", Before::kUp, Event::kLapse, true, {}},
    {"ASilentLinkGoesDownAtOnce",
     Before::kUp,
     Event::kLinkSilent,
     false,
     {"Link bob:eth0 dead.", "event ifstat dead"}},
    {"ALinkThatIsDownGoesDownNoMore", Before::kDown, Event::kLinkSilent, false, {}},
    {"WithTheWholePeerSilentItWaitsForThePeer", Before::kUp, Event::kPeerSilent, true, {"drain"}},
    {"AndGoesDownWithIt",
     Before::kUp,
     Event::kPeerDies,
     false,
     {"node bob: is dead (silent 1000 ms, deadtime 1000 ms, links eth0)", "Link bob:eth0 dead.",
      "event ifstat dead", "event status dead"}},
    {"ADeathIsNoNewsOfALinkThatIsDown",
     Before::kDown,
     Event::kPeerDies,
     false,
     {"node bob: is dead (silent 1000 ms, deadtime 1000 ms, links eth0)", "event status dead"}},
    {"WhoWasNeverHeardDiesWithoutLinks",
     Before::kNone,
     Event::kPeerDies,
     std::nullopt,
     {"node bob: is dead (silent 1000 ms, deadtime 1000 ms, never heard)", "event status dead"}},
};

class PeerWatchTable : public PeerWatchTest, public testing::WithParamInterface<Row> {
 protected:
  void put(Before before) {
    if (before == Before::kNone) return;
    heard(0s);
    if (before == Before::kDown) watch_.link_lost(kEth0, at(100ms), out_);
    told();
  }
  void happen(Event event) {
    switch (event) {
      case Event::kLinkHeard:
        return link_heard(200ms);
      case Event::kOldPacketOfTheLink:
        return link_heard(50ms);
      case Event::kLost:
        return watch_.link_lost(kEth0, at(200ms), out_);
      case Event::kLostAnotherLink:
        return watch_.link_lost(kEth1, at(200ms), out_);
      case Event::kLapse:
        static_cast<void>(watch_.awake(at(0s)));
        static_cast<void>(watch_.awake(at(1s)));  // 200 ms of it expected
        return watch_.judge(at(1s), out_);
      case Event::kLinkSilent:
        bob().liveness.heard(at(200ms));
        return watch_.judge(at(1s), out_);
      case Event::kPeerSilent:
        return watch_.judge(at(1s), out_);
      case Event::kPeerDies:
        watch_.drain(out_);
        told();
        EXPECT_TRUE(drained(1s));
        return;
    }
  }
};

TEST_P(PeerWatchTable, Follows) {
  put(GetParam().before);
  happen(GetParam().event);
  EXPECT_EQ(told(), GetParam().told);
  const auto found = bob().links.find(kEth0);
  EXPECT_EQ(found == bob().links.end() ? std::nullopt : std::optional(found->second.up),
            GetParam().up);
}
INSTANTIATE_TEST_SUITE_P(, PeerWatchTable, testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

// --- who is judged, and when ---

TEST_F(PeerWatchTest, ASignOfTheLinkIsNoneOfThePeer) {
  heard(0s);
  link_heard(900ms);
  EXPECT_EQ(bob().liveness.deadline(), at(1s));
  EXPECT_EQ(link().liveness.deadline(), at(1900ms));
}

TEST_F(PeerWatchTest, WhatIsReadMeanwhileSavesThePeer) {
  heard(0s);
  told();
  watch_.judge(at(1s), out_);
  EXPECT_EQ(told(), Told{"drain"});
  heard(990ms);
  EXPECT_FALSE(drained(1s));
  EXPECT_EQ(told(), Told{});
}

TEST_F(PeerWatchTest, TheSocketsAreReadOnceForAll) {
  watch_.judge(at(1s), out_);
  watch_.judge(at(2s), out_);
  watch_.drain(out_);
  EXPECT_EQ(told(), Told{"drain"});
  EXPECT_TRUE(drained(2s));
  EXPECT_FALSE(watch_.drained()) << "asked for once, answered once";
}

TEST_F(PeerWatchTest, NobodyIsDeclaredDeadTwice) {
  watch_.drain(out_);
  EXPECT_TRUE(drained(1s));
  told();
  watch_.judge(at(5s), out_);
  EXPECT_FALSE(watch_.declare_dead_if_silent(bob(), at(5s), out_));
  EXPECT_EQ(told(), Told{});
}

TEST_F(PeerWatchTest, TheDeadlineIsThatOfTheFirstOfPeersAndLinksThatAreUp) {
  heard(0s);
  heard(100ms, kEth1);
  EXPECT_EQ(watch_.next_deadline(), at(1s)) << "of eth0";
  watch_.link_lost(kEth0, at(150ms), out_);
  EXPECT_EQ(watch_.next_deadline(), at(1100ms));
  bob().liveness.heard(at(300ms));
  watch_.link_lost(kEth1, at(300ms), out_);
  EXPECT_EQ(watch_.next_deadline(), at(1300ms)) << "of the peer";
}

TEST_F(PeerWatchTest, NoPeerHasADeadlineWhileTheSocketsAreRead) {
  watch_.judge(at(1s), out_);
  EXPECT_FALSE(watch_.next_deadline());
  EXPECT_TRUE(drained(1s));
  EXPECT_FALSE(watch_.next_deadline()) << "nor a dead one";
}

// --- how long it may be silent ---

TEST_F(PeerWatchTest, InitdeadServesForAllUntilCommunicationIsUp) {
  PeerWatch starting(settings(), peers_);
  starting.peers_changed();
  EXPECT_EQ(starting.next_deadline(), at(3s));
  starting.deadtime_announced(bob(), 2s);
  EXPECT_EQ(starting.next_deadline(), at(3s));
  starting.communication_up();
  EXPECT_EQ(starting.next_deadline(), at(2s));
}

TEST_F(PeerWatchTest, WhatThePeerAnnouncesIsInForceForItsLinksToo) {
  heard(0s);
  watch_.deadtime_announced(bob(), 6s);
  EXPECT_TRUE(bob().announced_deadtime);
  EXPECT_EQ(link().liveness.deadline(), at(6s));
  EXPECT_EQ(watch_.next_deadline(), at(6s));
  heard(1s, kEth1);
  EXPECT_EQ(link(kEth1).liveness.deadline(), at(7s)) << "and for new ones";
}

// --- late ---

struct Late {
  const char* name;
  Duration interval;
  std::vector<std::string> told;
};
class PeerWatchLate : public PeerWatchTest, public testing::WithParamInterface<Late> {};
TEST_P(PeerWatchLate, IsTold) {
  watch_.status_heard(bob(), at(0s), out_);
  watch_.status_heard(bob(), at(GetParam().interval), out_);
  EXPECT_EQ(told(), GetParam().told);
}
INSTANTIATE_TEST_SUITE_P(
    , PeerWatchLate,
    testing::Values(Late{"NotAtWarntime", 500ms, {}},
                    Late{"BeyondWarntime", 501ms, {"Late heartbeat: Node bob: interval 501 ms"}},
                    Late{"NotWorseAtDeadtime", 1s, {"Late heartbeat: Node bob: interval 1000 ms"}},
                    Late{"BeyondDeadtime",
                         1001ms,
                         {"Late heartbeat: Node bob: interval 1001 ms (> deadtime)"}}),
    [](const auto& row) { return row.param.name; });

TEST_F(PeerWatchTest, NoStatusIsLateAfterOneOfAnEarlierLife) {
  watch_.status_heard(bob(), at(0s), out_);
  watch_.returned(bob());
  watch_.status_heard(bob(), at(10s), out_);
  watch_.restarted(bob());
  watch_.status_heard(bob(), at(20s), out_);
  EXPECT_EQ(told(), Told{});
}

TEST_F(PeerWatchTest, TheTimesOfAnotherConfigurationAreInForceAtOnce) {
  Settings patient = settings();
  patient.warntime = 5s;
  patient.deadtime = 9s;
  watch_.configure(patient);
  watch_.status_heard(bob(), at(0s), out_);
  watch_.status_heard(bob(), at(4s), out_);
  EXPECT_EQ(told(), Told{});
  static_cast<void>(watch_.awake(at(4s)));
  EXPECT_FALSE(watch_.awake(at(4s + 2450ms))) << "a keepalive and a quarter of deadtime";
}

// --- lives and lapses ---

TEST_F(PeerWatchTest, ANewLifeBeginsItsNumbersAnew) {
  heard(0s);
  bob().last_status_seq = seq_;
  watch_.restarted(bob());
  EXPECT_EQ(bob().state, NodeState::kInit);
  EXPECT_TRUE(bob().heard);
  EXPECT_EQ(bob().last_status_seq, SeqNo(0));
  seq_ = SeqNo(200);
  for (int i = 0; i < 70; ++i) link_heard(1s);
  EXPECT_EQ(link().statistics.lost(), 0U);
}

TEST_F(PeerWatchTest, WhoReturnsIsTheSameLife) {
  bob().last_status_seq = SeqNo(7);
  watch_.drain(out_);
  ASSERT_TRUE(drained(1s));
  watch_.returned(bob());
  EXPECT_EQ(bob().state, NodeState::kInit);
  EXPECT_EQ(bob().last_status_seq, SeqNo(7));
}

TEST_F(PeerWatchTest, TimeInWhichThisHostDidNotRunIsNobodysSilence) {
  heard(0s);
  watch_.status_heard(bob(), at(0s), out_);
  told();
  EXPECT_FALSE(watch_.awake(at(0s)));
  EXPECT_EQ(watch_.awake(at(5s)), 4800ms);
  EXPECT_EQ(bob().liveness.last_heard(), at(4800ms));
  EXPECT_EQ(link().liveness.last_heard(), at(4800ms));
  watch_.status_heard(bob(), at(5s), out_);
  EXPECT_EQ(told(), Told{}) << "nor is a status late by it";
}

TEST_F(PeerWatchTest, KeptTheBeatWhoWasHeardWithinAKeepaliveAndAnEighth) {
  heard(100ms);
  EXPECT_TRUE(watch_.kept_the_beat(bob(), at(325ms)));
  EXPECT_FALSE(watch_.kept_the_beat(bob(), at(325ms + 1ns)));
}

}  // namespace
}  // namespace hb::core
