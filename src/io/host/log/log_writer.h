#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "io/host/log/destinations.h"
#include "io/host/log/format.h"
#include "io/host/log/log.h"

namespace hb::io {

// Writes messages to all targets. write() is called by one thread at a time; the rest by any.
class LogWriter {
 public:
  LogWriter(std::string entity, LogTargets targets);

  void write(Severity severity, std::string_view text, std::time_t when);
  // A line about messages that the queue has lost.
  void note_dropped(std::uint64_t count, std::time_t when);

  // Take effect at the next message, so that the caller does not wait for a slow disk.
  void set_targets(LogTargets targets);
  void reopen() { reopen_wanted_ = true; }

 private:
  void take_orders();
  void write_to_all(Severity severity, std::string_view text, std::time_t when);
  void write_notes(std::time_t when);
  void open_targets(LogTargets targets);

  LogSpeaker speaker_;
  LogTargets targets_;
  std::optional<LogFile> logfile_, debugfile_;
  std::optional<SyslogSocket> syslog_;

  std::atomic<bool> reopen_wanted_ = false;
  std::atomic<bool> targets_changed_ = false;
  std::mutex new_targets_mutex_;  // held only to move the pointer
  std::unique_ptr<LogTargets> new_targets_;
};

}  // namespace hb::io
