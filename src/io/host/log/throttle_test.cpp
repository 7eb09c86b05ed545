#include "io/host/log/throttle.h"

#include <gtest/gtest.h>

namespace hb::io {
namespace {

using namespace std::chrono_literals;

constexpr Instant at(Duration time) { return Instant(time); }

TEST(LogThrottle, OneOfAKindInAWhile) {
  LogThrottle throttle(10s);
  EXPECT_EQ(throttle.admit("bad digest", at(0s)), 0U);
  EXPECT_EQ(throttle.admit("bad digest", at(1s)), std::nullopt);
  EXPECT_EQ(throttle.admit("bad digest", at(9s)), std::nullopt);
  EXPECT_EQ(throttle.admit("bad digest", at(10s)), 2U);
  EXPECT_EQ(throttle.admit("bad digest", at(20s)), 0U);
}

TEST(LogThrottle, KindsDoNotHoldEachOtherBack) {
  LogThrottle throttle(10s);
  EXPECT_EQ(throttle.admit("a", at(0s)), 0U);
  EXPECT_EQ(throttle.admit("b", at(1s)), 0U);
}

TEST(LogThrottle, AnyNumberOfKindsCostsBoundedMemoryAndLines) {
  LogThrottle throttle(10s);
  std::size_t admitted = 0;
  for (int i = 0; i < 100'000; ++i) {
    if (throttle.admit("kind " + std::to_string(i), at(0s))) ++admitted;
  }
  EXPECT_EQ(admitted, LogThrottle::kKinds + 1);
}

}  // namespace
}  // namespace hb::io
