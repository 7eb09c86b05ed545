#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include "base/expected.h"
#include "base/time.h"
#include "io/io_error.h"

namespace hb::io {

// Wakes the loop at one instant, of boot_time(). When deadlines follow each other in a fixed rhythm
// the kernel keeps it: it is told once, where a timer of the loop would be set twice for each.
class DeadlineTimer {
 public:
  // `expired` may set it.
  DeadlineTimer(asio::io_context& loop, std::function<void()> expired);
  // Errors: those of the system, when it has no timer left.
  [[nodiscard]] Expected<void, IoError> open();

  // In place of the one before; none: never.
  void set(std::optional<Instant> deadline);

 private:
  void wait();
  void wake();
  void arm(std::optional<Instant> deadline);

  std::function<void()> expired_;
  std::uint64_t expiries_ = 0;  // read, since the loop would be told again and again; not used
  asio::posix::stream_descriptor descriptor_;
  std::optional<Instant> wanted_;
  std::optional<Instant> armed_;  // when the kernel wakes us next
  Duration rhythm_{};             // and again after so long; 0: not again
  Instant last_;                  // deadline that expired
};

}  // namespace hb::io
