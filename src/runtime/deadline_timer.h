#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <optional>

#include <asio/basic_waitable_timer.hpp>
#include <asio/io_context.hpp>

#include "base/time.h"

namespace hb::runtime {

// Calls back at one deadline after the other: the one that was set last.
//
// Whoever sets the next deadline when one has come makes asio tell the kernel twice: when something
// else is due, then that this comes first. So once two deadlines were equally far apart, the one
// that goes on in that rhythm is set ahead; when it turns out to be the next, it is in place.
class DeadlineTimer {
 public:
  DeadlineTimer(asio::io_context& loop, std::function<void()> reached);

  // In the future or not; none: no deadline.
  void set(std::optional<Instant> due);

 private:
  // Of that loop alone: steady_timer would carry an executor of any kind through each heartbeat.
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>,
                                           asio::io_context::executor_type>;
  struct Alarm {
    Timer timer;
    std::optional<Instant> at = std::nullopt;  // none: not set
  };

  void arm(Alarm& alarm, Instant at);
  static void disarm(Alarm& alarm);
  void rang(Alarm& alarm);

  std::function<void()> reached_;
  std::array<Alarm, 2> alarms_;
  std::optional<Instant> due_;
  Instant last_;       // deadline that came
  Duration rhythm_{};  // from the one before it
};

}  // namespace hb::runtime
