#include "io/timer/deadline_timer.h"

#include <chrono>
#include <vector>

#include <gtest/gtest.h>

#include "io/boot_time.h"

namespace hb::io {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kPatience{20};

class DeadlineTimerTest : public testing::Test {
 protected:
  DeadlineTimerTest() { EXPECT_TRUE(timer_.open()); }

  // Until it has woken so often, and on for a while, to see that it does not wake again.
  void run_until_woken(std::size_t times) {
    while (woken_.size() < times && loop_.run_one_for(kPatience) > 0) {
    }
    loop_.run_for(30ms);
  }
  void expired() {
    woken_.push_back(boot_time());
    if (then_) then_();
  }

  asio::io_context loop_{1};
  std::vector<Instant> woken_;
  std::function<void()> then_;
  DeadlineTimer timer_{loop_, [this] { expired(); }};
};

TEST_F(DeadlineTimerTest, WakesOnceAndNotBefore) {
  const Instant deadline = boot_time() + 20ms;
  timer_.set(deadline);
  run_until_woken(1);
  ASSERT_EQ(woken_.size(), 1U);
  EXPECT_GE(woken_.front(), deadline);
}

TEST_F(DeadlineTimerTest, WakesAtOnceForWhatIsOver) {
  timer_.set(Instant(Duration(0)));
  run_until_woken(1);
  EXPECT_EQ(woken_.size(), 1U);
}

TEST_F(DeadlineTimerTest, NeverWakesForNone) {
  timer_.set(boot_time() + 20ms);
  timer_.set(std::nullopt);
  run_until_woken(0);
  EXPECT_TRUE(woken_.empty());
}

TEST_F(DeadlineTimerTest, ALaterDeadlineReplacesAnEarlierOne) {
  const Instant later = boot_time() + 60ms;
  timer_.set(boot_time() + 10ms);
  timer_.set(later);
  run_until_woken(1);
  ASSERT_EQ(woken_.size(), 1U);
  EXPECT_GE(woken_.front(), later);
}

TEST_F(DeadlineTimerTest, KeepsARhythmAndLeavesItWithoutAWakeTooMany) {
  const Instant first = boot_time() + 10ms;
  constexpr Duration kRhythm = 5ms;
  int wanted = 20;
  then_ = [&] {
    if (woken_.size() < static_cast<std::size_t>(wanted)) {
      timer_.set(first + static_cast<int>(woken_.size()) * kRhythm);
    }
  };
  timer_.set(first);
  run_until_woken(20);
  ASSERT_EQ(woken_.size(), 20U);
  for (std::size_t i = 0; i < woken_.size(); ++i) {
    EXPECT_GE(woken_[i], first + static_cast<int>(i) * kRhythm) << i;
  }
}

TEST_F(DeadlineTimerTest, ADeadlineWithinTheRhythmIsKept) {
  const Instant first = boot_time() + 10ms;
  then_ = [&] {
    if (woken_.size() == 1) timer_.set(first + 10ms);
    if (woken_.size() == 2) timer_.set(first + 23ms);
  };
  timer_.set(first);
  run_until_woken(3);
  ASSERT_EQ(woken_.size(), 3U);
  EXPECT_GE(woken_[2], first + 23ms);
}

TEST_F(DeadlineTimerTest, WhoIsHeldUpIsWokenOnceForAllThatWasMissed) {
  const Instant first = boot_time() + 5ms;
  then_ = [&] {
    if (woken_.size() == 1) timer_.set(first + 5ms);
    if (woken_.size() == 2) {
      while (boot_time() < first + 50ms) {
      }
      timer_.set(boot_time() + 20ms);
    }
  };
  timer_.set(first);
  run_until_woken(3);
  EXPECT_EQ(woken_.size(), 3U);
}

}  // namespace
}  // namespace hb::io
