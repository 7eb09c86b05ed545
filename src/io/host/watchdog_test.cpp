#include "io/host/watchdog.h"

#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "io/host/temporary_directory_testing.h"

namespace hb::io {
namespace {

using namespace std::chrono_literals;

struct TimeoutCase {
  const char* name;
  Duration deadtime;
  std::chrono::seconds timeout;
};
class WatchdogTimeoutTest : public ::testing::TestWithParam<TimeoutCase> {};
TEST_P(WatchdogTimeoutTest, IsTheNextWholeSecondBeyondDeadtime) {
  EXPECT_EQ(watchdog_timeout(GetParam().deadtime), GetParam().timeout);
}
INSTANTIATE_TEST_SUITE_P(Deadtimes, WatchdogTimeoutTest,
                         ::testing::Values(TimeoutCase{"Tenth", 100ms, 1s},
                                           TimeoutCase{"JustBelow", 990ms, 1s},
                                           TimeoutCase{"Beyond", 991ms, 2s},
                                           TimeoutCase{"WholeSecondsGetOneMore", 10s, 11s},
                                           TimeoutCase{"Default", 30s, 31s}),
                         [](const auto& row) { return row.param.name; });

// A plain file shows what a device is told (A33).
TEST(Watchdog, ANulPerTickleAndTheMagicClose) {
  const testing::TemporaryDirectory directory;
  const auto path = directory.path() / "device";
  std::ofstream(path).close();
  auto watchdog = Watchdog::open(path);
  ASSERT_TRUE(watchdog);
  const auto refused = watchdog->set_timeout(11s);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, ENOTTY);
  EXPECT_FALSE(watchdog->tickle());
  EXPECT_FALSE(watchdog->tickle());
  EXPECT_FALSE(watchdog->disarm());
  std::ifstream file(path, std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), (std::string("\0\0V", 3)));
}

TEST(Watchdog, AMissingDeviceIsTold) {
  const auto watchdog = Watchdog::open("/nowhere/watchdog");
  ASSERT_FALSE(watchdog);
  EXPECT_EQ(watchdog.error().code, ENOENT);
}

TEST(Watchdog, ADeviceThatTakesNothingIsTold) {
  auto watchdog = Watchdog::open("/dev/full");
  ASSERT_TRUE(watchdog);
  const auto failed = watchdog->tickle();
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ENOSPC);
  EXPECT_TRUE(watchdog->disarm());
}

}  // namespace
}  // namespace hb::io
