#include "core/liveness/peer_liveness.h"

#include <gtest/gtest.h>

#include "core/liveness/lapse_detector.h"
#include "core/names_testing.h"

namespace hb::core {
namespace {

using namespace std::chrono_literals;

TEST(PeerLiveness, DiesExactlyAtItsDeadline) {
  const PeerLiveness peer(at(0s), 1s);
  EXPECT_EQ(peer.deadline(), at(1s));
  EXPECT_EQ(peer.at(at(1s - 1ns)), Liveness::kAlive);
  EXPECT_EQ(peer.at(at(1s)), Liveness::kDead);
}

TEST(PeerLiveness, AnOlderInstantChangesNothing) {
  PeerLiveness peer(at(0s), 1s);
  peer.heard(at(2s));
  peer.heard(at(1s));
  EXPECT_EQ(peer.last_heard(), at(2s));
}

TEST(PeerLiveness, ItsOwnAnnouncementMovesTheDeadline) {
  PeerLiveness peer(at(0s), 1s);
  peer.set_deadtime(6s);
  EXPECT_EQ(peer.deadline(), at(6s));
}

TEST(PeerLiveness, TimeInWhichWeDidNotRunIsNoSilence) {
  PeerLiveness peer(at(0s), 1s);
  peer.excuse(5s, at(5s + 900ms));
  EXPECT_EQ(peer.at(at(5s + 900ms)), Liveness::kAlive);
  EXPECT_EQ(peer.deadline(), at(6s));
}

TEST(PeerLiveness, AnExcuseNeverReachesIntoTheFuture) {
  PeerLiveness peer(at(0s), 1s);
  peer.heard(at(3s));
  peer.excuse(5s, at(4s));
  EXPECT_EQ(peer.last_heard(), at(4s));
}

TEST(LapseDetector, TellsOnlyWhatIsLongerThanKeepaliveAndTolerance) {
  LapseDetector lapses(200ms, 250ms);
  EXPECT_FALSE(lapses.awake(at(0s)));
  EXPECT_FALSE(lapses.awake(at(450ms)));
  EXPECT_EQ(lapses.awake(at(1s)), 350ms);  // 550 ms asleep, 200 of them expected
  EXPECT_FALSE(lapses.awake(at(1s)));
}

}  // namespace
}  // namespace hb::core
