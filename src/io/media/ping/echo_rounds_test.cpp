#include "io/media/ping/echo_rounds.h"

#include <gtest/gtest.h>

namespace hb::io {
namespace {

using namespace std::chrono_literals;
using enum EchoRounds::Verdict;

// Two hosts, both asked in each round.
class EchoRoundsTest : public ::testing::Test {
 protected:
  EchoHeader round(const std::string& payload) {
    now_ += 1s;
    const EchoHeader header = rounds_.begin(payload, now_);
    rounds_.asked(0);
    rounds_.asked(1);
    return header;
  }
  EchoRounds::Verdict answer(std::size_t host, EchoHeader header, std::string_view payload) {
    return rounds_.judge(host, {.header = header, .payload = payload}, now_);
  }

  EchoRounds::Instant now_{1h};
  EchoRounds rounds_{4711, 2};
};

TEST_F(EchoRoundsTest, NumbersAreFromZeroAndTheIdentifierStays) {
  EXPECT_EQ(round("a"), (EchoHeader{.identifier = 4711, .sequence = 0}));
  EXPECT_EQ(round("b"), (EchoHeader{.identifier = 4711, .sequence = 1}));
}

TEST_F(EchoRoundsTest, TheFirstAnswerOfARoundCounts) {
  const EchoHeader header = round("a");
  EXPECT_EQ(answer(1, header, "a"), kFirst);
  EXPECT_EQ(answer(0, header, "a"), kAnother);
  EXPECT_EQ(rounds_.host(0).answered, 1U);
  EXPECT_EQ(rounds_.host(1).answered, 1U);
}

// 3.0.6 takes the number of its slots, 0, for one that was answered already.
TEST_F(EchoRoundsTest, TheVeryFirstRoundCountsToo) {
  EXPECT_EQ(answer(0, round("a"), "a"), kFirst);
}

TEST_F(EchoRoundsTest, AnAnswerCountsOnce) {
  const EchoHeader header = round("a");
  answer(0, header, "a");
  EXPECT_EQ(answer(0, header, "a"), kForeign);
  EXPECT_EQ(rounds_.host(0).answered, 1U);
}

TEST_F(EchoRoundsTest, AnAnswerThatCameLateCounts) {
  const EchoHeader header = round("a");
  round("b");
  now_ += 250ms;
  EXPECT_EQ(answer(0, header, "a"), kFirst);
  EXPECT_EQ(rounds_.host(0).last_trip, 1250ms);
  EXPECT_EQ(rounds_.host(0).last_answer, now_);
}

TEST_F(EchoRoundsTest, OneThatComesTooLateIsLost) {
  const EchoHeader header = round("a");
  for (std::size_t i = 0; i < EchoRounds::kMostRounds; ++i) round("b");
  EXPECT_EQ(answer(0, header, "a"), kForeign);
  EXPECT_EQ(rounds_.host(0).lost, 1U);
}

struct ForeignCase {
  const char* name;
  EchoHeader header;
  const char* payload;
};
class ForeignAnswerTest : public ::testing::TestWithParam<ForeignCase> {};

TEST_P(ForeignAnswerTest, IsNone) {
  EchoRounds rounds(4711, 1);
  rounds.begin("a", {});
  rounds.asked(0);
  EXPECT_EQ(rounds.judge(0, {.header = GetParam().header, .payload = GetParam().payload}, {}),
            kForeign);
}
INSTANTIATE_TEST_SUITE_P(
    , ForeignAnswerTest,
    ::testing::Values(ForeignCase{"OfAnotherProgram", {.identifier = 4712, .sequence = 0}, "a"},
                      ForeignCase{"OfARoundThatWasNot", {.identifier = 4711, .sequence = 1}, "a"},
                      ForeignCase{"WithAnotherText", {.identifier = 4711, .sequence = 0}, "b"},
                      ForeignCase{"WithMoreText", {.identifier = 4711, .sequence = 0}, "ab"}),
    [](const auto& instance) { return instance.param.name; });

TEST_F(EchoRoundsTest, AHostThatWasNotAskedHasNothingToAnswer) {
  const EchoHeader header = rounds_.begin("a", now_);
  rounds_.asked(0);
  rounds_.refused(1);
  EXPECT_EQ(answer(1, header, "a"), kForeign);
  EXPECT_EQ(rounds_.host(1).refused, 1U);
}

TEST_F(EchoRoundsTest, NumbersGoRound) {
  EchoHeader header{};
  for (int i = 0; i < 65536 + 3; ++i) header = round("a");
  EXPECT_EQ(header.sequence, 2);
  EXPECT_EQ(answer(0, header, "a"), kFirst);
}

}  // namespace
}  // namespace hb::io
