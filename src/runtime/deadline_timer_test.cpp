#include "runtime/deadline_timer.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/boot_time.h"

namespace hb::runtime {
namespace {

using std::chrono_literals::operator""ms;
using testing::ElementsAre;

// What is set next is said by the test when a deadline has come; all are counted from the start.
class DeadlineTimerTest : public testing::Test {
 protected:
  void set(std::optional<Duration> due) {
    last_set_ = due;
    timer_.set(due ? std::optional(begin_ + *due) : std::nullopt);
  }
  // Those to set one after the other, as the one before has come.
  void run(std::vector<std::optional<Duration>> deadlines) {
    next_ = std::move(deadlines);
    step();
    loop_.run();
  }

  asio::io_context loop_;
  std::vector<Duration> reached_;

 private:
  void step() {
    if (next_.empty()) return;
    const std::optional<Duration> due = next_.front();
    next_.erase(next_.begin());
    set(due);
  }
  void on_reached() {
    EXPECT_GE(io::boot_time(), begin_ + *last_set_ - 1ms) << "much too early";
    reached_.push_back(*last_set_);
    step();
  }

  Instant begin_ = io::boot_time();
  std::optional<Duration> last_set_;
  std::vector<std::optional<Duration>> next_;
  DeadlineTimer timer_{loop_, [this] { on_reached(); }};
};

TEST_F(DeadlineTimerTest, EachIsReachedOnce) {
  run({2ms, 4ms, 6ms, 8ms, 10ms});
  EXPECT_THAT(reached_, ElementsAre(2ms, 4ms, 6ms, 8ms, 10ms));
}

TEST_F(DeadlineTimerTest, ARhythmMayBreakOff) {
  run({2ms, 4ms, 6ms, 9ms, 11ms, 13ms, 14ms});
  EXPECT_THAT(reached_, ElementsAre(2ms, 4ms, 6ms, 9ms, 11ms, 13ms, 14ms));
}

TEST_F(DeadlineTimerTest, WhatIsOverComesAtOnce) {
  run({-5ms, -4ms, -3ms, -2ms, 3ms});
  EXPECT_THAT(reached_, ElementsAre(-5ms, -4ms, -3ms, -2ms, 3ms));
}

TEST_F(DeadlineTimerTest, TheLastOneSetCounts) {
  set(1ms);
  set(20ms);
  set(5ms);
  set(3ms);
  loop_.run();
  EXPECT_THAT(reached_, ElementsAre(3ms));
}

TEST_F(DeadlineTimerTest, NoneIsReachedAfterNone) {
  run({1ms, 2ms, 3ms, std::nullopt});
  EXPECT_THAT(reached_, ElementsAre(1ms, 2ms, 3ms));
}

}  // namespace
}  // namespace hb::runtime
