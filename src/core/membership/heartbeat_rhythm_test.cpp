#include <gtest/gtest.h>

#include "core/node.h"

namespace hb::core {
namespace {

constexpr Instant at(Duration since_start) { return Instant(1h + since_start); }

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
    settings.deadtime = settings.initdead = 10s;
    settings.manage_resources = false;
    return settings;
  }

  // Whether Bob sends a status when one of ada's comes in.
  bool answers_heartbeat(Duration when) {
    PacketReceived received{.packet = {}, .link = LinkName("eth0")};
    wire::Packet& packet = received.packet;
    packet.header.src = NodeName("ada");
    packet.header.generation = Generation(3);
    packet.header.seq = ada_seq_ = next(ada_seq_);
    packet.body = wire::Status{.state = wire::NodeState::kUp,
                               .deadtime_ms = 10'000,
                               .protocol = 1,
                               .extended = std::nullopt};
    return sends_status(bob_.step(at(when), received));
  }

  bool beats_by_itself(Duration when) {
    return sends_status(bob_.step(at(when), DeadlineReached{}));
  }

  static bool sends_status(const Effects& effects) {
    for (const Effect& effect : effects) {
      const auto* send = std::get_if<Send>(&effect);
      if (send != nullptr && std::holds_alternative<wire::Status>(send->packet.body)) return true;
    }
    return false;
  }

  Node bob_;
  SeqNo ada_seq_;
};

TEST_F(HeartbeatRhythmTest, AloneItBeatsOnceInAKeepalive) {
  EXPECT_FALSE(beats_by_itself(79ms));
  EXPECT_TRUE(beats_by_itself(80ms));
  EXPECT_FALSE(beats_by_itself(159ms));
  EXPECT_TRUE(beats_by_itself(160ms));
}

TEST_F(HeartbeatRhythmTest, OneThatIsDueSoonGoesAlongWithThePeers) {
  EXPECT_TRUE(beats_by_itself(80ms));
  EXPECT_TRUE(answers_heartbeat(120ms));
  EXPECT_TRUE(answers_heartbeat(200ms));
}

TEST_F(HeartbeatRhythmTest, NeverTwoWithinHalfAKeepalive) {
  EXPECT_TRUE(beats_by_itself(80ms));
  EXPECT_FALSE(answers_heartbeat(119ms));
  EXPECT_TRUE(answers_heartbeat(120ms));
  EXPECT_FALSE(answers_heartbeat(121ms));
}

TEST_F(HeartbeatRhythmTest, ItWaitsAnEighthLongerForAPeerThatLeads) {
  EXPECT_TRUE(answers_heartbeat(60ms));
  EXPECT_FALSE(beats_by_itself(149ms));
  EXPECT_TRUE(beats_by_itself(150ms));
  EXPECT_TRUE(beats_by_itself(230ms)) << "the peer leads no more";
}

}  // namespace
}  // namespace hb::core
