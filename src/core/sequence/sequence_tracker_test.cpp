#include "core/sequence/sequence_tracker.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hb::core {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Packet {
  std::uint64_t generation, seq;
};
Admission admit(SequenceTracker& tracker, const Packet& packet) {
  return tracker.admit(Generation(packet.generation), SeqNo(packet.seq));
}

struct AdmissionCase {
  const char* name;
  std::vector<Packet> earlier;
  Packet packet;
  Admission want;
};
const std::vector<AdmissionCase> kAdmissionCases = {
    {"FirstPacketSetsThePosition", {}, {7, 41}, Admission::kDeliver},
    {"NextInOrder", {{7, 41}}, {7, 42}, Admission::kDeliver},
    {"SamePacketByTheSecondPath", {{7, 41}}, {7, 41}, Admission::kDuplicate},
    {"OneLost", {{7, 41}}, {7, 43}, Admission::kGap},
    {"LostOneArrives", {{7, 41}, {7, 43}}, {7, 42}, Admission::kFilled},
    {"LostOneArrivesTwice", {{7, 41}, {7, 43}, {7, 42}}, {7, 42}, Admission::kOld},
    {"PassedAlready", {{7, 41}, {7, 42}}, {7, 40}, Admission::kOld},
    {"LargestGapThatIsAskedFor", {{7, 1}}, {7, 252}, Admission::kGap},
    {"TooFarAhead", {{7, 1}}, {7, 253}, Admission::kJump},
    {"PeerRestarted", {{7, 41}}, {8, 1}, Admission::kNewIncarnation},
    {"ReplayFromBeforeTheRestart", {{7, 41}, {8, 1}}, {7, 42}, Admission::kStaleGeneration},
    {"NumberZeroIsNone", {{7, 41}}, {7, 0}, Admission::kOld},
};

class SequenceTrackerTest : public testing::TestWithParam<AdmissionCase> {};
TEST_P(SequenceTrackerTest, Classifies) {
  const auto& [name, earlier, packet, want] = GetParam();
  SequenceTracker tracker(0);
  for (const Packet& p : earlier) admit(tracker, p);
  EXPECT_EQ(admit(tracker, packet), want);
}
INSTANTIATE_TEST_SUITE_P(Table, SequenceTrackerTest, testing::ValuesIn(kAdmissionCases),
                         [](const auto& instance) { return instance.param.name; });

TEST(SequenceTracker, KnowsWhatIsMissing) {
  SequenceTracker tracker(0);
  admit(tracker, {7, 1});
  admit(tracker, {7, 4});
  EXPECT_THAT(tracker.missing(), ElementsAre(SeqNo(2), SeqNo(3)));
  EXPECT_TRUE(tracker.give_up(SeqNo(2)));
  EXPECT_FALSE(tracker.give_up(SeqNo(2)));
  admit(tracker, {7, 3});
  EXPECT_THAT(tracker.missing(), IsEmpty());
}

TEST(SequenceTracker, KeepsABoundedListOfWhatIsMissing) {
  SequenceTracker tracker(0);
  admit(tracker, {7, 1});
  for (std::uint64_t n = 1; n <= 4; ++n) admit(tracker, {7, 1 + n * 200});
  EXPECT_EQ(tracker.missing().size(), kMostMissing);
  EXPECT_EQ(tracker.missing().rbegin()->value(), 800U);
}

TEST(SequenceTracker, AJumpForgetsWhatWasMissing) {
  SequenceTracker tracker(0);
  admit(tracker, {7, 1});
  admit(tracker, {7, 5});
  admit(tracker, {7, 500});
  EXPECT_THAT(tracker.missing(), IsEmpty());
}

TEST(SequenceTracker, WhatMoreThanTheMostMissingPushOutIsCounted) {
  SequenceTracker tracker(0);
  std::uint64_t seq = 1;
  admit(tracker, {7, seq});
  for (int i = 0; i < 2; ++i) admit(tracker, {7, seq += kLargestGap + 1});
  EXPECT_EQ(tracker.missing().size(), kMostMissing);
  EXPECT_EQ(tracker.take_pushed_out(), 0U);
  admit(tracker, {7, seq + 4});
  EXPECT_EQ(tracker.take_pushed_out(), 3U);
  EXPECT_EQ(*tracker.missing().begin(), SeqNo(5));
  EXPECT_EQ(tracker.missing().size(), kMostMissing);
  EXPECT_EQ(tracker.lost(), 3U);
  EXPECT_TRUE(tracker.give_up(SeqNo(5)));
  EXPECT_EQ(tracker.lost(), 4U);
  admit(tracker, {7, seq + 1000});
  EXPECT_EQ(tracker.lost(), 4 + 499 + 995U);
}

// What was held back on a slow path must not bring a dead peer back.
TEST(SequenceTracker, NumbersFromBeforeADeathStayRefused) {
  SequenceTracker tracker(0);
  admit(tracker, {7, 10});
  admit(tracker, {7, 12});
  tracker.peer_died();
  EXPECT_EQ(admit(tracker, {7, 11}), Admission::kOld);
  EXPECT_EQ(admit(tracker, {7, 12}), Admission::kOld);
  EXPECT_EQ(admit(tracker, {7, 13}), Admission::kDeliver);
}

TEST(SequenceTracker, AcknowledgesEveryTenthInOrder) {
  SequenceTracker tracker(3);
  std::vector<std::uint64_t> acknowledged;
  for (std::uint64_t n = 1; n <= 25; ++n) {
    admit(tracker, {7, n});
    if (const auto due = tracker.take_due_ack()) acknowledged.push_back(due->value());
  }
  EXPECT_THAT(acknowledged, ElementsAre(3U, 13U, 23U));
}

TEST(SequenceTracker, AcknowledgesNothingBeyondAHole) {
  SequenceTracker tracker(3);
  for (const std::uint64_t n : {1U, 2U, 4U, 5U}) admit(tracker, {7, n});
  for (std::uint64_t n = 6; n <= 14; ++n) {
    admit(tracker, {7, n});
    EXPECT_FALSE(tracker.take_due_ack()) << n;
  }
  admit(tracker, {7, 3});
  EXPECT_EQ(tracker.take_due_ack(), SeqNo(13));
}

TEST(SequenceTracker, AcknowledgesUpToTheNextHole) {
  SequenceTracker tracker(0);
  for (const std::uint64_t n : {1U, 3U, 12U}) admit(tracker, {7, n});  // 2 and 4 to 11 missing
  admit(tracker, {7, 2});
  EXPECT_FALSE(tracker.take_due_ack());  // the number 0 below 4 would tell nothing
  for (std::uint64_t n = 4; n <= 10; ++n) admit(tracker, {7, n});
  EXPECT_EQ(tracker.take_due_ack(), SeqNo(10));
}

}  // namespace
}  // namespace hb::core
