// Hosts in a ring of serial lines, each hearing its two neighbours alone: what one of them says
// reaches all, by passing on; one line may be cut without anybody being missed.

#include <gtest/gtest.h>

#include "sim/world.h"

namespace hb::sim {
namespace {

// Counts what a ring is judged by.
class RingWatcher final : public Watcher {
 public:
  void stepped(const World&, HostId, const core::Input&, const core::Effects& effects) override {
    for (const core::Effect& effect : effects) {
      if (std::holds_alternative<core::Send>(effect)) ++sent;
      if (std::holds_alternative<core::PassOn>(effect)) ++passed_on;
      const auto* note = std::get_if<core::Note>(&effect);
      if (note == nullptr) continue;
      if (note->id == core::NoteId::kNodeDead) ++deaths;
      if (note->id == core::NoteId::kPacketLost) ++given_up;
    }
  }
  std::uint64_t sent = 0, passed_on = 0;
  int deaths = 0, given_up = 0;
};

class Ring : public ::testing::TestWithParam<unsigned> {
 protected:
  World& made(std::uint64_t seed, double loss = 0) {
    WorldOptions options;
    options.nodes.clear();
    for (unsigned i = 0; i < GetParam(); ++i) options.nodes.push_back("n" + std::to_string(i));
    options.links = {"ttyS0", "ttyS1"};
    options.ring = true;
    options.settings.keepalive = 1s;
    options.settings.warntime = 5s;
    options.settings.deadtime = 10s;
    options.settings.initdead = 20s;
    options.settings.manage_resources = false;
    options.noise.loss = loss;
    options.noise.least_delay = 100ms;  // a packet of 200 bytes at 19200 baud
    options.noise.most_delay = 150ms;
    world.emplace(seed, options);
    world->watch(watcher);
    for (unsigned i = 0; i < GetParam(); ++i) world->start(static_cast<HostId>(i));
    return *world;
  }

  // The line between a host and the next one.
  void cut(unsigned line) { both_ways(line, &Network::cut); }
  void mend(unsigned line) { both_ways(line, &Network::mend); }

  void expect_all_members() const {
    for (unsigned i = 0; i < GetParam(); ++i) {
      const auto* node = world->node(static_cast<HostId>(i));
      ASSERT_NE(node, nullptr);
      EXPECT_EQ(node->state(), wire::NodeState::kActive);
      EXPECT_EQ(node->peers().size(), GetParam() - 1);
      for (const core::PeerView& peer : node->peers()) {
        EXPECT_EQ(peer.state, wire::NodeState::kActive) << "n" << i << " of " << peer.name.value();
      }
    }
  }

  std::optional<World> world;
  RingWatcher watcher;

 private:
  void both_ways(unsigned line, void (Network::*what)(HostId, HostId, LinkId)) {
    const auto a = static_cast<HostId>(line);
    const auto b = static_cast<HostId>((line + 1) % GetParam());
    (world->network().*what)(a, b, 0);
    (world->network().*what)(b, a, 1);
  }
};

// Both ways round a packet goes on until it meets itself: in the smallest ring everybody hears it
// twice, in larger ones those in the middle do.
TEST_P(Ring, AllBecomeMembersAndInTheSmallestHearEachOtherByBothLines) {
  made(1).run_for(60s);
  expect_all_members();
  EXPECT_EQ(watcher.deaths, 0);
  for (const core::PeerView& peer : world->node(0)->peers()) {
    EXPECT_GE(peer.links.size(), GetParam() == 3 ? 2U : 1U) << peer.name.value();
  }
}

TEST_P(Ring, NoPacketGoesRoundMoreThanOnce) {
  made(2).run_for(60s);
  // Each of the others passes a packet on at most once.
  EXPECT_LE(watcher.passed_on, watcher.sent * (GetParam() - 1));
  EXPECT_GT(watcher.passed_on, watcher.sent / 2);
}

TEST_P(Ring, LinesCutOneAtATimeCostNobody) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    made(seed, 0.02).run_for(60s);
    for (unsigned line = 0; line < GetParam(); ++line) {
      cut(line);
      world->run_for(60s);
      expect_all_members();
      mend(line);
      world->run_for(20s);
    }
    EXPECT_EQ(watcher.deaths, 0);
    EXPECT_EQ(watcher.given_up, 0) << "a lost packet could not be had again through the others";
  }
}

TEST_P(Ring, TwoCutsPartTheRingAndItHeals) {
  made(4).run_for(60s);
  cut(0);
  cut(GetParam() - 1);  // the first host is alone
  world->run_for(30s);
  for (const core::PeerView& peer : world->node(0)->peers()) {
    EXPECT_EQ(peer.state, wire::NodeState::kDead) << peer.name.value();
  }
  mend(0);
  world->run_for(60s);
  expect_all_members();
}

TEST_P(Ring, ACrashIsNoticedByAllAndTheReturnToo) {
  made(5).run_for(60s);
  world->crash(1);
  world->run_for(12s);
  for (unsigned i = 0; i < GetParam(); ++i) {
    if (i == 1) continue;
    for (const core::PeerView& peer : world->node(static_cast<HostId>(i))->peers()) {
      EXPECT_EQ(peer.state == wire::NodeState::kDead, peer.name == NodeName("n1"));
    }
  }
  world->start(1);
  world->run_for(60s);
  expect_all_members();
}

// With one line cut, the ends of the row are as far from each other as a ttl must reach.
TEST_P(Ring, StartsAsARowToo) {
  made(6);
  cut(GetParam() - 1);
  world->run_for(60s);
  expect_all_members();
}

INSTANTIATE_TEST_SUITE_P(Hosts, Ring, ::testing::Values(3U, 4U, 5U));

}  // namespace
}  // namespace hb::sim
