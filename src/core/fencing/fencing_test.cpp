#include "core/fencing/fencing.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/overloaded.h"
#include "core/names_testing.h"

namespace hb::core {
namespace {

using namespace std::chrono_literals;

Settings with_devices() {
  Settings s;
  s.self = NodeName("ada");
  s.nodes = {NodeName("ada"), kBob, NodeName("cyd")};
  s.fencing = {.configured = true, .retry_interval = 5s, .start_delay = 2s};
  return s;
}

// The machine, its effects as words: "fence bob #1", "cancel #1", "tell bob OK", "note fenced".
struct Gun {
  using Targets = std::vector<Fencing::Target>;

  std::string aim(Duration at, const Targets& targets) {
    fencing.aim(targets, Instant(at), out);
    return words();
  }
  std::string aim(Duration at, bool heard = false) {
    return aim(at, {{.peer = kBob, .heard = heard, .after_delay = false}});
  }
  std::string finish(Duration at, std::uint64_t attempt, FenceOutcome outcome) {
    down = fencing.finished({FenceAttempt(attempt), outcome, "why"}, Instant(at), out);
    return words();
  }
  std::string confirm(const NodeName& peer) {
    down = fencing.confirmed_by_operator(peer, out);
    return words();
  }
  std::string words() {
    std::string all;
    for (const Effect& effect : out.take()) {
      const std::string one = std::visit(
          Overloaded{
              [](const Fence& e) {
                return "fence " + e.peer.value() + " #" + std::to_string(e.attempt.value());
              },
              [](const CancelFence& e) { return "cancel #" + std::to_string(e.attempt.value()); },
              [](const Send& e) {
                const auto& told = std::get<wire::FenceResult>(e.packet.body);
                return "tell " + told.node.value() + " " + told.result;
              },
              [](const Note& note) { return "note " + std::string(kind(note.id).name); },
              [](const auto&) { return std::string(); },
          },
          effect);
      if (!one.empty()) all += (all.empty() ? "" : ", ") + one;
    }
    return all;
  }

  Outbox out{with_devices()};
  Fencing fencing{with_devices()};
  std::optional<NodeName> down;
};

TEST(Fencing, ShootsUntilADeviceConfirms) {
  Gun gun;
  EXPECT_EQ(gun.aim(0s), "fence bob #1");
  EXPECT_EQ(gun.aim(60s), "");  // that one takes its time
  EXPECT_EQ(gun.finish(60s, 1, FenceOutcome::kFailed), "note fence-failed, tell bob bad");
  EXPECT_FALSE(gun.down);
  EXPECT_EQ(gun.fencing.next_deadline(), Instant(65s));
  EXPECT_EQ(gun.aim(64s), "");
  EXPECT_EQ(gun.aim(65s), "fence bob #2");
  EXPECT_EQ(gun.finish(66s, 2, FenceOutcome::kBadHost), "note fence-failed, tell bob badhost");
  EXPECT_EQ(gun.aim(71s), "fence bob #3");
  EXPECT_EQ(gun.finish(72s, 3, FenceOutcome::kConfirmed), "note fenced, tell bob OK");
  EXPECT_EQ(gun.down, kBob);
  EXPECT_TRUE(gun.fencing.idle());
}

TEST(Fencing, TheSecondOfTwoWaits) {
  Gun gun;
  const Gun::Targets targets = {{.peer = kBob, .heard = false, .after_delay = true}};
  EXPECT_EQ(gun.aim(10s, targets), "");
  EXPECT_EQ(gun.fencing.next_deadline(), Instant(12s));
  EXPECT_EQ(gun.aim(12s, targets), "fence bob #1");
}

TEST(Fencing, NobodyIsShotWhileHeard) {
  Gun gun;
  gun.aim(0s);
  gun.finish(1s, 1, FenceOutcome::kFailed);
  EXPECT_EQ(gun.aim(2s, true), "");
  EXPECT_EQ(gun.fencing.next_deadline(), std::nullopt);
  EXPECT_EQ(gun.aim(20s, true), "");
  EXPECT_EQ(gun.aim(30s, false), "fence bob #2");  // silent again before anything was known
}

TEST(Fencing, WhoComesBackIsShotNoMore) {
  Gun gun;
  gun.aim(0s);
  EXPECT_EQ(gun.aim(3s, Gun::Targets{}), "cancel #1, note fence-cancelled, tell bob unneeded");
  EXPECT_TRUE(gun.fencing.idle());
}

TEST(Fencing, AnOutcomeThatComesTooLateConfirmsNothing) {
  Gun gun;
  gun.aim(0s);
  gun.aim(1s, Gun::Targets{});
  EXPECT_EQ(gun.finish(2s, 1, FenceOutcome::kConfirmed), "note fence-late");
  EXPECT_FALSE(gun.down);
  EXPECT_EQ(gun.aim(3s), "fence bob #2");  // dead once more
  EXPECT_EQ(gun.finish(4s, 1, FenceOutcome::kConfirmed), "note fence-late");
  EXPECT_FALSE(gun.down);
}

TEST(Fencing, AShotThatEndsWhenTheNodeIsHeardConfirmsNothing) {
  Gun gun;
  gun.aim(0s);
  gun.aim(1s, true);
  EXPECT_EQ(gun.finish(2s, 1, FenceOutcome::kConfirmed), "note fence-late");
  EXPECT_FALSE(gun.down);
  EXPECT_EQ(gun.aim(7s, false), "fence bob #2");
}

TEST(Fencing, AnOutcomeCountsForItsOwnNode) {
  Gun gun;
  const Gun::Targets both = {{.peer = kBob, .after_delay = false},
                             {.peer = NodeName("cyd"), .after_delay = false}};
  EXPECT_EQ(gun.aim(0s, both), "fence bob #1, fence cyd #2");
  EXPECT_EQ(gun.finish(1s, 2, FenceOutcome::kConfirmed), "note fenced, tell cyd OK");
  EXPECT_EQ(gun.down, NodeName("cyd"));
}

TEST(Fencing, AnOperatorConfirmsWhatIsAskedFor) {
  Gun gun;
  EXPECT_EQ(gun.confirm(kBob), "note fence-confirmation-refused");
  EXPECT_FALSE(gun.down);
  gun.aim(0s);
  EXPECT_EQ(gun.confirm(NodeName("cyd")), "note fence-confirmation-refused");
  EXPECT_FALSE(gun.down);
  gun.aim(1s, true);
  EXPECT_EQ(gun.confirm(kBob), "note fence-confirmation-refused");
  EXPECT_FALSE(gun.down);
  gun.aim(2s, false);
  EXPECT_EQ(gun.confirm(kBob), "cancel #1, note fence-confirmed-by-operator, tell bob OK");
  EXPECT_EQ(gun.down, kBob);
}

TEST(Fencing, ANodeThatLivesOnAfterItsResetIsAnAlarm) {
  Gun gun;
  gun.aim(0s);
  gun.finish(1s, 1, FenceOutcome::kConfirmed);
  gun.fencing.peer_returned(kBob, gun.out);
  EXPECT_EQ(gun.words(), "note fence-did-not-work");

  gun.aim(10s);
  gun.finish(11s, 2, FenceOutcome::kConfirmed);
  gun.fencing.peer_restarted(kBob);  // as it should
  gun.fencing.peer_returned(kBob, gun.out);
  EXPECT_EQ(gun.words(), "");
}

TEST(Fencing, OtherTimesHoldFromTheNextVictimAndAttemptOn) {
  Gun gun;
  gun.fencing.configure({.configured = true, .retry_interval = 1s, .start_delay = 7s});
  gun.aim(0s, {{.peer = kBob}});
  EXPECT_EQ(gun.fencing.next_deadline(), Instant(7s));
  gun.aim(7s, {{.peer = kBob}});
  gun.finish(8s, 1, FenceOutcome::kFailed);
  EXPECT_EQ(gun.fencing.next_deadline(), Instant(9s));
}

}  // namespace
}  // namespace hb::core
