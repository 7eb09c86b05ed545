#include "base/random.h"

#include <gtest/gtest.h>

namespace hb {
namespace {

TEST(Random, FollowsFromItsSeed) {
  Random a(7);
  Random b(7);
  Random c(8);
  EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(a.next(), c.next());
}

TEST(Random, StaysWithinBounds) {
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LT(random.below(10), 10U);
    const Duration drawn = random.between(Duration(50), Duration(52));
    EXPECT_GE(drawn, Duration(50));
    EXPECT_LE(drawn, Duration(52));
  }
  EXPECT_FALSE(random.chance(0));
  EXPECT_TRUE(random.chance(1));
}

}  // namespace
}  // namespace hb
