#include "base/nearest.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace hb {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"node", "deadtime", "deadping", "ping"};

TEST(Nearest, IsWhatASlipMeant) {
  EXPECT_EQ(nearest_of("Node", kNames), "node");
  EXPECT_EQ(nearest_of("dead_time", kNames), "deadtime");
  EXPECT_EQ(nearest_of("deadpin", kNames), "deadping");
}

TEST(Nearest, IsTheFirstOfThoseAsNear) {
  constexpr std::array<std::string_view, 2> kBoth = {"ping", "pong"};
  EXPECT_EQ(nearest_of("pang", kBoth), "ping");
}

TEST(Nearest, IsNothingIfNoneIsNear) {
  EXPECT_EQ(nearest_of("bode", kNames), "node");
  EXPECT_EQ(nearest_of("bored", kNames), "");
  EXPECT_EQ(nearest_of("", kNames), "");
  EXPECT_EQ(nearest_of(std::string(1000, 'n'), kNames), "");
}

}  // namespace
}  // namespace hb
