#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "io/host/log/entry.h"
#include "io/host/log/format.h"
#include "io/host/log/log_file.h"
#include "io/host/log/log_socket.h"
#include "io/host/log/log_targets.h"
#include "io/host/log/logd_socket.h"

namespace hb::io {

// Writes messages to all targets. write(), take_orders() and end_of_batch() are called by one
// thread at a time; the rest by any.
class LogWriter {
 public:
  LogWriter(std::string entity, LogTargets targets);

  void write(const LogEntry& entry);

  // No more lines wait: files are flushed to the disk if the targets ask for it and it matters.
  void end_of_batch();

  // Orders take effect at the next message or take_orders(), so that the caller does not wait for a
  // slow disk.
  void set_targets(LogTargets targets);
  void reopen() { reopen_wanted_ = true; }
  void take_orders();

 private:
  void write_to_all(const LogEntry& entry);
  [[nodiscard]] bool write_to_logd(const LogEntry& entry, const LogSpeaker& speaker);
  // False: it belongs into a file, and is in none.
  bool write_to_files(const LogEntry& entry, const LogLine& line, const LogSpeaker& speaker);
  void write_to_system_log(const LogEntry& entry, const LogLine& line, const LogSpeaker& speaker);
  void write_to_stand_in(const LogLine& line, const LogSpeaker& speaker);
  void write_notes(std::time_t when);
  void open_targets(LogTargets targets);
  void look_for_journal();
  [[nodiscard]] LogSpeaker speaker_of(const LogEntry& entry) const;

  LogSpeaker self_;
  LogTargets targets_;
  std::optional<LogFile> logfile_, debugfile_;
  std::optional<LogSocket> syslog_, journal_;
  std::optional<LogSocket>
      stand_in_;  // syslog, where only files are wanted and none can be written
  std::optional<LogdSocket> logd_;
  bool severe_in_batch_ = false;

  std::atomic<bool> reopen_wanted_ = false;
  std::atomic<bool> targets_changed_ = false;
  std::mutex new_targets_mutex_;  // held only to move the pointer
  std::unique_ptr<LogTargets> new_targets_;
};

}  // namespace hb::io
