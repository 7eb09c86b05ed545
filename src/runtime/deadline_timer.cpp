#include "runtime/deadline_timer.h"

#include <utility>

#include "io/boot_time.h"

namespace hb::runtime {

DeadlineTimer::DeadlineTimer(asio::io_context& loop, std::function<void()> reached)
    : reached_(std::move(reached)), alarms_{Alarm{Timer(loop)}, Alarm{Timer(loop)}} {}

void DeadlineTimer::set(std::optional<Instant> due) {
  if (due == due_) return;
  due_ = due;
  if (!due) {
    for (Alarm& alarm : alarms_) disarm(alarm);
    return;
  }
  const std::size_t place = alarms_[1].at == due || (alarms_[0].at != due && !alarms_[1].at);
  Alarm& alarm = alarms_[place];
  if (alarm.at != due) arm(alarm, *due);
  if (*due - last_ != rhythm_ || rhythm_ == Duration::zero()) return;
  Alarm& ahead = alarms_[1 - place];
  if (ahead.at != *due + rhythm_) arm(ahead, *due + rhythm_);
}

void DeadlineTimer::arm(Alarm& alarm, Instant at) {
  alarm.at = at;
  alarm.timer.expires_after(at - io::boot_time());
  alarm.timer.async_wait([this, &alarm](const asio::error_code& error) {
    if (!error) rang(alarm);
  });
}

void DeadlineTimer::disarm(Alarm& alarm) {
  alarm.at.reset();
  alarm.timer.cancel();
}

void DeadlineTimer::rang(Alarm& alarm) {
  const std::optional<Instant> at = std::exchange(alarm.at, std::nullopt);
  if (!at || at != due_) return;
  due_.reset();
  rhythm_ = *at - last_;
  last_ = *at;
  reached_();
}

}  // namespace hb::runtime
