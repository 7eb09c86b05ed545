#include "core/node.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace hb::core {
namespace {

using wire::NodeState;

// Node ada, whose partner bob is played by the test.
class NodeTest : public testing::Test {
 protected:
  NodeTest() : node_(settings()) { step(Started{}); }

  static Settings settings() {
    Settings s;
    s.self = NodeName("ada");
    s.nodes = {NodeName("ada"), NodeName("bob")};
    s.generation = Generation(1);
    s.keepalive = 200ms;
    s.deadtime = 1s;
    s.initdead = 3s;
    s.failback = Failback::kOff;
    return s;
  }

  Effects step(const Input& input) { return node_.step(now_, input); }

  Effects bob_says(wire::Body body) {
    wire::Header header;
    header.src = NodeName("bob");
    header.generation = generation_;
    header.seq = SeqNo(++seq_);
    header.timestamp = 1;
    return step(PacketReceived{{std::move(header), std::move(body)}, LinkName("eth0")});
  }
  Effects bob_is(NodeState state, std::int64_t deadtime_ms = 1000) {
    return bob_says(wire::Status{
        .state = state, .deadtime_ms = deadtime_ms, .protocol = 1, .extended = std::nullopt});
  }

  // Does what falls due, as an executor would.
  void run_for(Duration length) {
    const Instant end = now_ + length;
    for (int steps = 0; node_.next_deadline() && *node_.next_deadline() <= end; ++steps) {
      ASSERT_LT(steps, 1000) << "always due";
      now_ = std::max(now_, *node_.next_deadline());
      for (const Effect& effect : step(DeadlineReached{})) {
        if (std::holds_alternative<DrainMedia>(effect)) static_cast<void>(step(MediaDrained{}));
      }
    }
    now_ = end;
  }

  NodeState bob() const { return node_.peers().front().state; }

  Instant now_{1h};
  Node node_;
  Generation generation_{1};
  std::uint64_t seq_ = 0;
};

// Found by receive_fuzzer: the node counted as dead without having been declared so, its links were
// overdue for ever, and the loop did nothing else any more.
TEST_F(NodeTest, APeerCannotSayThatItIsDead) {
  bob_is(NodeState::kUp);
  bob_is(NodeState::kDead, 1);
  EXPECT_EQ(bob(), NodeState::kUp);
  run_for(10s);
  EXPECT_EQ(bob(), NodeState::kDead);  // silent for its deadtime
}

TEST_F(NodeTest, APeerCannotSayThatItAnswersPings) {
  bob_is(NodeState::kUp);
  bob_is(NodeState::kPing);
  EXPECT_EQ(bob(), NodeState::kUp);
}

// Found by receive_fuzzer: the question that was out to the earlier life stayed due for ever.
TEST_F(NodeTest, APeerMayRestartWhileItIsAskedForItsNodes) {
  bob_is(NodeState::kUp);
  generation_ = Generation(2);
  seq_ = 1;  // the status with which it begins is lost
  bob_says(wire::Starting{});
  run_for(1500ms);
  const Effects effects = bob_is(NodeState::kUp);
  EXPECT_TRUE(std::any_of(effects.begin(), effects.end(), [](const Effect& effect) {
    const auto* send = std::get_if<Send>(&effect);
    return send && std::holds_alternative<wire::NodesRequest>(send->packet.body);
  }));
}

}  // namespace
}  // namespace hb::core
