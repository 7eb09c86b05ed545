#include <gtest/gtest.h>

#include "core/names_testing.h"
#include "core/node.h"

namespace hb::core {
namespace {

// Bob, with a keepalive of 80 ms, and a peer whose packets the test makes up.
class HeartbeatRhythmTest : public testing::Test {
 protected:
  HeartbeatRhythmTest() : bob_(settings()) { (void)bob_.step(at(0ms), Started{}); }

  static Settings settings() {
    Settings settings;
    settings.self = NodeName("bob");
    settings.generation = Generation(7);
    settings.nodes = {NodeName("ada"), NodeName("bob")};
    settings.keepalive = 80ms;
    settings.warntime = 200ms;
    settings.deadtime = settings.initdead = 10s;
    settings.manage_resources = false;
    return settings;
  }

  // What Bob does about a status of ada's that came `waited` ago.
  Effects hears_status(Duration when, wire::NodeState state = wire::NodeState::kActive,
                       Duration waited = 0ms) {
    ada_seq_ = next(ada_seq_);
    return hears(
        when, ada_seq_,
        wire::Status{.state = state, .deadtime_ms = 10'000, .protocol = 1, .extended = extended_},
        waited);
  }

  Effects hears(Duration when, SeqNo seq, wire::Body body, Duration waited = 0ms) {
    PacketReceived received{.packet = {}, .link = LinkName("eth0"), .waited = waited};
    wire::Packet& packet = received.packet;
    packet.header.src = NodeName("ada");
    packet.header.generation = Generation(3);
    packet.header.seq = seq;
    packet.body = std::move(body);
    return bob_.step(at(when), received);
  }

  bool beats(Duration when) { return sends_status(bob_.step(at(when), DeadlineReached{})); }

  // Bob and ada are full members afterwards.
  void join() {
    (void)hears_status(0ms, wire::NodeState::kUp);
    (void)hears_status(0ms);
    for (Duration when = 0ms; bob_.state() != wire::NodeState::kActive && when < 60s;
         when += 80ms) {
      (void)bob_.step(at(when), DeadlineReached{});
      (void)hears_status(when);
      ada_seq_ = next(ada_seq_);
      (void)hears(when, ada_seq_, wire::NodesReply{settings().nodes, {}});
      now_ = when;
    }
    ASSERT_EQ(bob_.state(), wire::NodeState::kActive);
  }

  static bool sends_status(const Effects& effects) {
    for (const Effect& effect : effects) {
      const auto* send = std::get_if<Send>(&effect);
      if (send != nullptr && std::holds_alternative<wire::Status>(send->packet.body)) return true;
    }
    return false;
  }
  // How many acknowledgements so many statuses bring her.
  int acks_of(int statuses) {
    int acks = 0;
    for (int i = 0; i < statuses; ++i) {
      for (const Effect& effect : hears_status(now_)) {
        const auto* send = std::get_if<Send>(&effect);
        acks += send != nullptr && std::holds_alternative<wire::Ack>(send->packet.body) ? 1 : 0;
      }
    }
    return acks;
  }
  static bool notes(const Effects& effects, NoteId id) {
    for (const Effect& effect : effects) {
      const auto* note = std::get_if<Note>(&effect);
      if (note != nullptr && note->id == id) return true;
    }
    return false;
  }

  Node bob_;
  SeqNo ada_seq_;
  std::optional<int> extended_ = 1;  // ada is one of ours
  Duration now_{};                   // where join() ended
};

TEST_F(HeartbeatRhythmTest, OnceInAKeepalive) {
  EXPECT_FALSE(beats(79ms));
  EXPECT_TRUE(beats(80ms));
  EXPECT_FALSE(beats(159ms));
  EXPECT_TRUE(beats(160ms));
}

TEST_F(HeartbeatRhythmTest, NoPeerDisturbsIt) {
  join();
  EXPECT_FALSE(sends_status(hears_status(now_ + 79ms)));
  EXPECT_TRUE(beats(now_ + 80ms));
  EXPECT_FALSE(sends_status(hears_status(now_ + 81ms)));
  EXPECT_FALSE(beats(now_ + 159ms));
  EXPECT_TRUE(beats(now_ + 160ms));
}

// --- heartbeats that wait in the socket ---

TEST_F(HeartbeatRhythmTest, TheyMayWaitWhileAllAreActive) {
  EXPECT_FALSE(bob_.heartbeats_may_wait()) << "not a member yet";
  join();
  EXPECT_TRUE(bob_.heartbeats_may_wait());
  (void)hears_status(now_, wire::NodeState::kUp);
  EXPECT_FALSE(bob_.heartbeats_may_wait()) << "what she says next is news";
  (void)hears_status(now_);
  EXPECT_TRUE(bob_.heartbeats_may_wait());
}

TEST_F(HeartbeatRhythmTest, TheyMayNotWhileAPacketIsMissing) {
  join();
  const SeqNo missing = next(ada_seq_);
  ada_seq_ = missing;
  (void)hears_status(now_);
  EXPECT_FALSE(bob_.heartbeats_may_wait());
  (void)hears(now_, missing, wire::Other{.type = "lost", .message = {}});
  EXPECT_TRUE(bob_.heartbeats_may_wait());
}

// It does not mark the status that follows news.
TEST_F(HeartbeatRhythmTest, ThoseOfA306MayNot) {
  extended_.reset();
  join();
  EXPECT_FALSE(bob_.heartbeats_may_wait());
}

TEST_F(HeartbeatRhythmTest, TheyMayNotWhenOneDidNotCome) {
  join();
  (void)beats(now_ + 80ms);
  EXPECT_TRUE(bob_.heartbeats_may_wait()) << "heard a keepalive ago";
  (void)beats(now_ + 160ms);
  EXPECT_FALSE(bob_.heartbeats_may_wait()) << "what comes next may show that more is missing";
  (void)hears_status(now_ + 170ms);
  EXPECT_TRUE(bob_.heartbeats_may_wait());
}

TEST_F(HeartbeatRhythmTest, TheyAreReadAtTheLastBeatBefore200ms) {
  join();
  (void)bob_.step(at(now_), DeadlineReached{});
  EXPECT_FALSE(bob_.wants_heartbeats(at(now_ + 80ms)));
  (void)bob_.step(at(now_ + 80ms), DeadlineReached{.heartbeats_read = false});
  EXPECT_TRUE(bob_.heartbeats_may_wait()) << "whether one came will be seen when they are read";
  EXPECT_TRUE(bob_.wants_heartbeats(at(now_ + 160ms)));
  (void)hears_status(now_ + 160ms, wire::NodeState::kActive, 80ms);
  (void)hears_status(now_ + 160ms);
  (void)bob_.step(at(now_ + 160ms), DeadlineReached{});
  EXPECT_FALSE(bob_.wants_heartbeats(at(now_ + 240ms)));
}

TEST_F(HeartbeatRhythmTest, TheyAreReadBeforeAnyOtherDeadline) {
  join();
  ada_seq_ = next(ada_seq_);
  (void)hears(
      now_, ada_seq_,
      wire::Status{
          .state = wire::NodeState::kActive, .deadtime_ms = 90, .protocol = 1, .extended = 1});
  (void)bob_.step(at(now_), DeadlineReached{});
  EXPECT_FALSE(bob_.wants_heartbeats(at(now_ + 89ms)));
  EXPECT_TRUE(bob_.wants_heartbeats(at(now_ + 90ms))) << "ada's deadtime";
}

TEST_F(HeartbeatRhythmTest, TheyAreWantedWhileTheyMayNotWait) {
  join();
  (void)bob_.step(at(now_), DeadlineReached{});
  (void)hears_status(now_ + 10ms, wire::NodeState::kUp);
  EXPECT_TRUE(bob_.wants_heartbeats(at(now_ + 80ms)));
}

// --- acknowledgements ---

TEST_F(HeartbeatRhythmTest, OfOursThatSaysNothingElseEveryThirdIsSent) {
  join();
  (void)acks_of(300);
  EXPECT_EQ(acks_of(300), 10);
  ada_seq_ = next(ada_seq_);
  (void)hears(now_, ada_seq_, wire::NodesRequest{});
  EXPECT_EQ(acks_of(240), 24) << "a client of hers may wait for them";
  (void)acks_of(20);
  EXPECT_EQ(acks_of(300), 10);
}

TEST_F(HeartbeatRhythmTest, AnOldPeerGetsEachAcknowledgement) {
  extended_.reset();
  join();
  (void)acks_of(300);
  EXPECT_EQ(acks_of(300), 30);
}

TEST_F(HeartbeatRhythmTest, AStatusTellsWhetherItFollowsNews) {
  const auto follows_news = [&](Duration when) {
    for (const Effect& effect : bob_.step(at(when), DeadlineReached{})) {
      const auto* send = std::get_if<Send>(&effect);
      const auto* status = send ? std::get_if<wire::Status>(&send->packet.body) : nullptr;
      if (status != nullptr) return status->follows_news;
    }
    ADD_FAILURE() << "no status";
    return false;
  };
  join();
  (void)follows_news(now_ + 80ms);
  EXPECT_FALSE(follows_news(now_ + 160ms));
  (void)bob_.step(at(now_ + 170ms), Injected{wire::Other{.type = "marker", .message = {}}, {}});
  EXPECT_TRUE(follows_news(now_ + 240ms));
  EXPECT_FALSE(follows_news(now_ + 320ms));
}

TEST_F(HeartbeatRhythmTest, TheyMayNotWhenAPeerIsDead) {
  join();
  Duration when = now_;
  for (; when < now_ + 10s; when += 80ms) (void)beats(when);
  (void)bob_.step(at(now_ + 10s), DeadlineReached{});
  EXPECT_FALSE(bob_.heartbeats_may_wait()) << "about to be declared dead";
  EXPECT_TRUE(notes(bob_.step(at(now_ + 10s), MediaDrained{}), NoteId::kNodeDead));
  EXPECT_FALSE(bob_.heartbeats_may_wait());
}

TEST_F(HeartbeatRhythmTest, SilenceIsCountedFromWhenTheyCame) {
  join();
  (void)hears_status(now_ + 60ms, wire::NodeState::kActive, 40ms);
  EXPECT_EQ(bob_.peers().front().last_heard, at(now_ + 20ms));
  (void)hears_status(now_ + 60ms, wire::NodeState::kActive, 50ms);
  EXPECT_EQ(bob_.peers().front().last_heard, at(now_ + 20ms)) << "an older one changes nothing";
}

// Found with real cables: the link was reported up again, and only the deadtime ended that.
TEST_F(HeartbeatRhythmTest, OneFromBeforeTheCutRaisesNoLinkAndCountsForTheNode) {
  const LinkName eth0("eth0");
  join();
  const Duration cut = now_ + 60ms;
  EXPECT_TRUE(notes(bob_.step(at(cut), LinkLost{eth0}), NoteId::kLinkDead));
  for (const Duration waited : {40ms, 20ms}) {  // until the very instant of the cut
    EXPECT_FALSE(notes(hears_status(cut + 20ms, wire::NodeState::kActive, waited), NoteId::kLinkUp))
        << to_ms(waited);
    EXPECT_FALSE(bob_.peers().front().links.at(eth0).up);
    EXPECT_EQ(bob_.peers().front().last_heard, at(cut + 20ms - waited));
  }
  EXPECT_TRUE(notes(hears_status(cut + 20ms, wire::NodeState::kActive, 19ms), NoteId::kLinkUp))
      << "the cable is back";
}

TEST_F(HeartbeatRhythmTest, OneFromBeforeTheCutRaisesNoLinkThatIsNew) {
  const LinkName eth1("eth1");
  join();
  (void)bob_.step(at(now_ + 60ms), LinkLost{eth1});
  PacketReceived received{.packet = {}, .link = eth1, .waited = 20ms};
  received.packet.header.src = NodeName("ada");
  received.packet.header.generation = Generation(3);
  received.packet.header.seq = ada_seq_ = next(ada_seq_);
  received.packet.body = wire::Other{.type = "marker", .message = {}};
  EXPECT_FALSE(notes(bob_.step(at(now_ + 70ms), received), NoteId::kLinkUp));
}

TEST_F(HeartbeatRhythmTest, OneThatWaitedIsNotLateForThat) {
  const Duration warntime = settings().warntime;
  join();
  EXPECT_FALSE(notes(hears_status(now_ + warntime + 1ms, wire::NodeState::kActive, 2ms),
                     NoteId::kLateHeartbeat));
  EXPECT_TRUE(notes(hears_status(now_ + 2 * warntime + 1ms, wire::NodeState::kActive, 0ms),
                    NoteId::kLateHeartbeat));
}

}  // namespace
}  // namespace hb::core
