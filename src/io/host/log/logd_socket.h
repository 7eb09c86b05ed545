#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "io/host/log/entry.h"
#include "io/unique_fd.h"
#include "wire/log_record.h"

namespace hb::io {

// How the logging daemon is reached (`use_logd`, `conn_logd_time`).
struct LogdTarget {
  std::string socket = "/var/lib/heartbeat/log_daemon";
  Duration retry = std::chrono::seconds(60);  // least time between two attempts to connect
};

// The connection to a logging daemon (spec: client-api 8.3). Connected at the first message; when
// it is refused or lost, messages are the caller's to write elsewhere, and the next attempt is made
// at the first message after `retry`.
//
// What the daemon has not read yet waits in the socket: some two hundred kilobytes, the kernel's
// bound. When that is full the daemon is waited for once, then each message is only tried, so one
// that is stopped loses nothing and delays nobody.
class LogdSocket {
 public:
  explicit LogdSocket(LogdTarget target) : target_(std::move(target)) {}

  /// Whether the daemon has it now. `now` never runs backwards.
  bool send(const wire::LogRecord& record, Instant now);

  [[nodiscard]] std::optional<Message> take_note();

 private:
  bool ensure_connected(Instant now);
  bool send_frame();
  void lost(int code, Instant now);

  LogdTarget target_;
  UniqueFd socket_;
  std::optional<Instant> next_attempt_;  // none: at once
  std::string frame_;
  bool stalled_ = false;
  bool away_ = false;            // told that it does not answer
  std::uint64_t elsewhere_ = 0;  // messages since it last took one
  std::optional<Message> note_;
};

}  // namespace hb::io
