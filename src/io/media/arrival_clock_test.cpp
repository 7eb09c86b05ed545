#include "io/media/arrival_clock.h"

#include <gtest/gtest.h>

namespace hb::io {
namespace {

using namespace std::chrono_literals;

constexpr ArrivalClock::Reading at(Duration wall, Duration boot) {
  return {1'700'000'000s + wall, Instant(1h + boot)};
}
constexpr Duration stamp(Duration wall) { return 1'700'000'000s + wall; }

TEST(ArrivalClockTest, WhatCameInHasWaitedSince) {
  ArrivalClock clock;
  clock.begin(at(0s, 0s));
  clock.look(at(2s, 2s));
  EXPECT_EQ(clock.waited(stamp(1500ms)), 500ms);
  EXPECT_EQ(clock.waited(stamp(2s)), 0s);
}

TEST(ArrivalClockTest, NothingHasWaitedLongerThanSinceTheLookBefore) {
  ArrivalClock clock;
  clock.begin(at(0s, 0s));
  clock.look(at(2s, 2s));
  clock.look(at(3s, 3s));
  EXPECT_EQ(clock.waited(stamp(1s)), 1s);
}

TEST(ArrivalClockTest, NothingComesFromTheFuture) {
  ArrivalClock clock;
  clock.begin(at(0s, 0s));
  clock.look(at(2s, 2s));
  EXPECT_EQ(clock.waited(stamp(5s)), 0s);
}

TEST(ArrivalClockTest, WithoutAStampItCameNow) {
  ArrivalClock clock;
  clock.begin(at(0s, 0s));
  clock.look(at(2s, 2s));
  EXPECT_EQ(clock.waited(std::nullopt), 0s);
}

TEST(ArrivalClockTest, AStampOfAClockThatWasSetSaysNothing) {
  for (const Duration set : {Duration(6ms), Duration(-6ms), Duration(1h), Duration(-1h)}) {
    ArrivalClock clock;
    clock.begin(at(0s, 0s));
    clock.look(at(2s + set, 2s));
    EXPECT_EQ(clock.waited(stamp(1s)), 0s);
    clock.look(at(4s + set, 4s));
    EXPECT_EQ(clock.waited(stamp(3s + set)), 1s) << "the next time it does again";
  }
}

TEST(ArrivalClockTest, OneThatIsSlewedStillServes) {
  ArrivalClock clock;
  clock.begin(at(0s, 0s));
  clock.look(at(2001ms, 2s));
  EXPECT_EQ(clock.waited(stamp(1001ms)), 1s);
}

}  // namespace
}  // namespace hb::io
