#include "io/timer/deadline_timer.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include <asio/buffer.hpp>
#include <sys/timerfd.h>

#include "io/boot_time.h"
#include "io/unique_fd.h"

namespace hb::io {
namespace {

// Of deadlines in another distance each is set by itself.
constexpr Duration kShortestRhythm = std::chrono::milliseconds(1);
constexpr Duration kLongestRhythm = std::chrono::minutes(1);

timespec timespec_of(Duration duration) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  return {.tv_sec = seconds.count(), .tv_nsec = (duration - seconds).count()};
}

}  // namespace

DeadlineTimer::DeadlineTimer(asio::io_context& loop, std::function<void()> expired)
    : expired_(std::move(expired)), descriptor_(loop) {}

Expected<void, IoError> DeadlineTimer::open() {
  UniqueFd timer(::timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer) return unexpected(IoError{errno, "create a timer"});
  std::error_code error;
  descriptor_.assign(timer.get(), error);
  if (error) return unexpected(IoError{error.value(), "watch a timer"});
  (void)timer.release();  // descriptor_ closes it
  wait();
  return {};
}

void DeadlineTimer::set(std::optional<Instant> deadline) {
  wanted_ = deadline;
  if (armed_ != wanted_) arm(wanted_);
}

void DeadlineTimer::arm(std::optional<Instant> deadline) {
  itimerspec setting{};
  rhythm_ = Duration(0);
  if (deadline) {
    const Duration since = *deadline - last_;
    if (since >= kShortestRhythm && since <= kLongestRhythm) rhythm_ = since;
    // 0 would be never.
    setting.it_value = timespec_of(std::max(deadline->time_since_epoch(), Duration(1)));
    setting.it_interval = timespec_of(rhythm_);
  }
  (void)::timerfd_settime(descriptor_.native_handle(), TFD_TIMER_ABSTIME, &setting, nullptr);
  armed_ = deadline;
}

void DeadlineTimer::wait() {
  descriptor_.async_read_some(asio::buffer(&expiries_, sizeof expiries_),
                              [this](const std::error_code& error, std::size_t) {
                                if (error) return;
                                wake();
                                wait();
                              });
}

void DeadlineTimer::wake() {
  const Instant now = boot_time();
  while (armed_ && *armed_ <= now) {
    last_ = *armed_;
    armed_ = rhythm_ > Duration(0) ? std::optional(*armed_ + rhythm_) : std::nullopt;
  }
  if (wanted_ && *wanted_ <= now) {
    wanted_.reset();
    expired_();
  }
  if (armed_ != wanted_) arm(wanted_);
}

}  // namespace hb::io
