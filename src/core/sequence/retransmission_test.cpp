#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/names_testing.h"
#include "core/sequence/ack_window.h"
#include "core/sequence/retransmit_schedule.h"
#include "core/sequence/send_history.h"

namespace hb::core {

void PrintTo(const SeqRange& range, std::ostream* out) {
  *out << range.first.value() << "-" << range.last.value();
}

namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

SeqRange range(std::uint64_t first, std::uint64_t last) { return {SeqNo(first), SeqNo(last)}; }

// --- asking ---

TEST(RetransmitSchedule, WaitsAtLeastFiftyMillisecondsThenRepeats) {
  RetransmitSchedule schedule(250ms);
  Random random(1);
  schedule.follow({SeqNo(5)}, at(0s), random);
  const Instant first = *schedule.next();
  EXPECT_GE(first, at(50ms));
  EXPECT_LE(first, at(250ms));
  EXPECT_THAT(schedule.take_due(first - 1ns), IsEmpty());
  EXPECT_THAT(schedule.take_due(first), ElementsAre(range(5, 5)));
  EXPECT_EQ(schedule.next(), first + 250ms);
}

TEST(RetransmitSchedule, AsksForNeighboursTogetherButNotForMoreThanABatch) {
  RetransmitSchedule schedule(250ms);
  Random random(1);
  std::set<SeqNo> missing;
  for (std::uint64_t n = 1; n <= 60; ++n) missing.insert(SeqNo(n));
  missing.insert(SeqNo(70));
  schedule.follow(missing, at(0s), random);
  EXPECT_THAT(schedule.take_due(at(1s)), ElementsAre(range(1, 50), range(51, 60), range(70, 70)));
}

TEST(RetransmitSchedule, ForgetsWhatIsNotMissingAnyMore) {
  RetransmitSchedule schedule(250ms);
  Random random(1);
  schedule.follow({SeqNo(5), SeqNo(6)}, at(0s), random);
  schedule.follow({}, at(1ms), random);
  EXPECT_FALSE(schedule.next());
}

TEST(RetransmitSchedule, AShortWindowBeginsAtOnce) {
  Random random(1);
  RetransmitSchedule schedule(20ms);
  schedule.follow({SeqNo(5)}, at(0s), random);
  EXPECT_LE(*schedule.next(), at(20ms));
}

TEST(RetransmitSchedule, GivesUpHopeOfWhatWasAskedForVeryOften) {
  RetransmitSchedule schedule(250ms);
  Random random(1);
  schedule.follow({SeqNo(5)}, at(0s), random);
  for (unsigned requests = 0; requests < kMostRequests; ++requests) {
    ASSERT_THAT(schedule.hopeless(), IsEmpty()) << requests;
    if (requests == 1) schedule.follow({SeqNo(5), SeqNo(6)}, *schedule.next(), random);
    ASSERT_THAT(schedule.take_due(at(1s + requests * 250ms)), Not(IsEmpty()));
  }
  EXPECT_THAT(schedule.hopeless(), ElementsAre(SeqNo(5))) << "6 was asked for once less";
  schedule.follow({SeqNo(6)}, at(1min), random);
  EXPECT_THAT(schedule.hopeless(), IsEmpty()) << "it is not missing any more";
}

TEST(RetransmitSchedule, HopesAnewForANumberThatIsMissingAnew) {
  RetransmitSchedule schedule(250ms);
  Random random(1);
  for (const Instant begin : {at(0s), at(1h)}) {
    schedule.follow({SeqNo(5)}, begin, random);
    EXPECT_THAT(schedule.hopeless(), IsEmpty());
    for (unsigned requests = 1; requests <= kMostRequests; ++requests)
      static_cast<void>(schedule.take_due(begin + requests * 250ms));
    EXPECT_THAT(schedule.hopeless(), ElementsAre(SeqNo(5)));
    schedule.follow({}, begin + 1min, random);  // given up, as after a restart
  }
}

// --- answering ---

wire::Packet packet(std::uint64_t seq) {
  wire::Packet p{{}, wire::Status{}};
  p.header.seq = SeqNo(seq);
  return p;
}
SendHistory sent(std::uint64_t count) {
  SendHistory history(250ms);
  for (std::uint64_t n = 1; n <= count; ++n) history.record(packet(n));
  return history;
}
std::vector<std::uint64_t> numbers(const std::vector<wire::Packet>& packets) {
  std::vector<std::uint64_t> result;
  result.reserve(packets.size());
  for (const wire::Packet& p : packets) result.push_back(p.header.seq->value());
  return result;
}

TEST(SendHistory, SendsAgainWhatItKeeps) {
  SendHistory history = sent(10);
  EXPECT_THAT(numbers(history.answer(range(3, 5), at(0s)).again), ElementsAre(3, 4, 5));
}

TEST(SendHistory, RefusesWhatIsGone) {
  SendHistory history = sent(kHistoryLength + 10);
  const auto answer = history.answer(range(9, 12), at(0s));
  EXPECT_THAT(numbers(answer.again), ElementsAre(11, 12));
  ASSERT_EQ(answer.refusals.size(), 2U);
  EXPECT_EQ(answer.refusals[0].seq, SeqNo(9));
  EXPECT_EQ(answer.refusals[0].info, "seqno too low");
}

TEST(SendHistory, SkipsWhatEverybodyHasJustHeard) {
  SendHistory history = sent(10);
  EXPECT_EQ(history.answer(range(3, 3), at(0s)).again.size(), 1U);
  EXPECT_THAT(history.answer(range(3, 3), at(239ms)).again, IsEmpty());
  EXPECT_EQ(history.answer(range(3, 3), at(240ms)).again.size(), 1U);
}

TEST(SendHistory, StopsAfterABatch) {
  SendHistory history = sent(100);
  EXPECT_EQ(history.answer(range(1, 80), at(0s)).again.size(), kRetransmitBatch);
}

TEST(SendHistory, KnowsNonsense) {
  SendHistory history = sent(10);
  EXPECT_TRUE(history.answer(range(0, 3), at(0s)).invalid);
  EXPECT_TRUE(history.answer(range(5, 3), at(0s)).invalid);
  EXPECT_TRUE(history.answer(range(11, 12), at(0s)).invalid);
  EXPECT_THAT(numbers(history.answer(range(10, UINT64_MAX), at(0s)).again), ElementsAre(10));
}

// --- flow control ---

TEST(AckWindow, IsFullWhenAPeerLagsBehind) {
  AckWindow window;
  EXPECT_FALSE(window.full(SeqNo(1000)));  // nobody to wait for
  window.peer_alive(kBob, SeqNo(100));
  EXPECT_FALSE(window.full(SeqNo(350)));
  EXPECT_TRUE(window.full(SeqNo(351)));
  EXPECT_TRUE(window.acknowledged(kBob, SeqNo(110), SeqNo(351)));
  EXPECT_FALSE(window.full(SeqNo(351)));
  window.peer_gone(kBob);
  EXPECT_FALSE(window.full(SeqNo(10000)));
}

TEST(AckWindow, BelievesNoNonsense) {
  AckWindow window;
  EXPECT_FALSE(window.acknowledged(kBob, SeqNo(5), SeqNo(10)));  // not alive
  window.peer_alive(kBob, SeqNo(0));
  EXPECT_FALSE(window.acknowledged(kBob, SeqNo(11), SeqNo(10)));  // never sent
  EXPECT_TRUE(window.acknowledged(kBob, SeqNo(5), SeqNo(10)));
  EXPECT_FALSE(window.acknowledged(kBob, SeqNo(4), SeqNo(10)));  // going back
}

}  // namespace
}  // namespace hb::core
