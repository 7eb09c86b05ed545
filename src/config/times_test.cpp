#include "config/times.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hb::config {
namespace {

using std::chrono::milliseconds;

struct TimeCase {
  const char* claim;
  const char* text;
  milliseconds want;
};

class ParseTimeTest : public testing::TestWithParam<TimeCase> {};

TEST_P(ParseTimeTest, Gives) {
  const auto time = parse_time(GetParam().text, {});
  ASSERT_TRUE(time) << render(time.error());
  EXPECT_EQ(*time, GetParam().want);
}

const std::vector<TimeCase> kTimes = {
    {"NoUnitIsSeconds", "2", milliseconds(2000)},
    {"FractionOfASecond", "1.5", milliseconds(1500)},
    {"LeadingDot", ".5", milliseconds(500)},
    {"TrailingDot", "5.", milliseconds(5000)},
    {"DotAloneIsZero", ".", milliseconds(0)},
    {"SecondDotEndsTheNumber", "1..2", milliseconds(1000)},
    {"Milliseconds", "250ms", milliseconds(250)},
    {"MillisecondsByPrefix", "250MSfoo", milliseconds(250)},
    {"HalfAMillisecondRoundsUp", "500us", milliseconds(1)},
    {"LessRoundsDown", "499usec", milliseconds(0)},
    {"Seconds", "2s", milliseconds(2000)},
    {"SecondsInWords", "2SEC", milliseconds(2000)},
    {"Minutes", "1.5m", milliseconds(90000)},
    {"MinutesInWords", "1min", milliseconds(60000)},
    {"Hours", "1h", milliseconds(3600000)},
    {"AYearIsTheLongest", "8760h", milliseconds(31536000000)},
};
INSTANTIATE_TEST_SUITE_P(Times, ParseTimeTest, testing::ValuesIn(kTimes),
                         [](const auto& test) { return std::string(test.param.claim); });

TEST(ParseTime, RefusesWhatIsNoTime) {
  for (const std::string text :
       {"", "ms", "-1", "+1", "2x", "2 s", "2seconds", "2mins", "2hours", "8761h", "1cl_g"}) {
    EXPECT_FALSE(parse_time(text, {})) << text;
  }
  EXPECT_FALSE(parse_time(std::string(400, '9'), {}));
  EXPECT_FALSE(parse_time(std::string(400, '9') + "us", {}));
}

TEST(ParseTime, PointsAtTheText) {
  const auto time = parse_time("2x", {"ha.cf", 3, 11});
  ASSERT_FALSE(time);
  EXPECT_EQ(time.error().where, (Location{"ha.cf", 3, 11}));
  EXPECT_EQ(time.error().found, "2x");
}

TEST(ParseBoolean, TakesTheTenWordsInAnyCase) {
  for (const std::string text : {"true", "ON", "Yes", "y", "1"}) {
    EXPECT_EQ(parse_boolean(text), true) << text;
  }
  for (const std::string text : {"FALSE", "off", "nO", "n", "0"}) {
    EXPECT_EQ(parse_boolean(text), false) << text;
  }
  for (const std::string text : {"", "enable", "t", "2", "on ", "10"}) {
    EXPECT_EQ(parse_boolean(text), std::nullopt) << text;
  }
}

TEST(FormatMs, RoundsToMilliseconds) {
  EXPECT_EQ(format_ms(std::chrono::seconds(30)), "30000ms");
  EXPECT_EQ(format_ms(std::chrono::microseconds(1500)), "2ms");
}

}  // namespace
}  // namespace hb::config
