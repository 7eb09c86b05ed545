#include "base/time.h"

#include <gtest/gtest.h>

namespace hb {
namespace {

using namespace std::chrono_literals;

TEST(ToMs, RoundsHalfUp) {
  EXPECT_EQ(to_ms(1500ms), 1500);
  EXPECT_EQ(to_ms(499us), 0);
  EXPECT_EQ(to_ms(500us), 1);
}

}  // namespace
}  // namespace hb
