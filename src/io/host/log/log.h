#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "io/host/log/destinations.h"
#include "io/host/log/severity.h"

namespace hb::io {

// All that are given are written to (spec: ha-cf 12.2).
struct LogTargets {
  std::string logfile;            // everything but debug; empty: none
  std::string debugfile;          // everything
  std::optional<int> facility;    // syslog, everything
  bool syslog_format = true;      // `syslogmsgfmt`: line format of the files
  bool standard_error = false;    // during start, everything, in the file format
  std::optional<LogOwner> owner;  // of the files
  std::string syslog_socket = "/dev/log";
};

// The daemon's log. During start it writes at once; from start_worker() on a thread of its own
// writes, the caller never waits, and the queue is bounded: when it is full the oldest message
// makes room, and one line tells how many were lost.
//
// Text of peers and scripts may be logged as it is: control characters are escaped, a message is
// one line of at most kLongest bytes. Keys are never handed to a log.
class Log {
 public:
  static constexpr std::size_t kLongest = 5119;  // bytes of text; the rest is cut
  static constexpr std::size_t kQueuedMessages = 512;

  Log(std::string entity, LogTargets targets);  // entity: "heartbeat"
  ~Log();                                       // writes what is queued
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Other targets from the next message on. Any time; does not wait for the worker.
  void set_targets(LogTargets targets);

  /// Opens the files anew at the next message (SIGHUP). Moved or removed files are noticed anyway,
  /// within a second of the next message.
  void reopen();

  /// Hands writing over to a thread, with all signals blocked in it. After daemonize(): threads do
  /// not survive a fork.
  void start_worker();

  /// Scheduling of the worker as the loop has it, so that the holder of the queue's lock is never
  /// put off by an ordinary process while a realtime loop waits for it.
  /// Errors (ignored): no permission; then the loop is ordinary too.
  void make_worker_realtime(int priority);

  /// Writes what is queued and ends the worker; messages after it are written at once.
  void stop_worker();

  // Above 0, debug messages are made (SIGUSR1, SIGUSR2, `debug`).
  void set_debug_level(int level) { debug_level_ = level; }
  [[nodiscard]] int debug_level() const { return debug_level_; }

  void write(Severity severity, std::string_view text);

  template <class... Args>
  void emergency(fmt::format_string<Args...> format, Args&&... args) {
    print(Severity::kEmergency, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void critical(fmt::format_string<Args...> format, Args&&... args) {
    print(Severity::kCritical, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    print(Severity::kError, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void warning(fmt::format_string<Args...> format, Args&&... args) {
    print(Severity::kWarning, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void notice(fmt::format_string<Args...> format, Args&&... args) {
    print(Severity::kNotice, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    print(Severity::kInfo, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (debug_level_ > 0) print(Severity::kDebug, format, std::forward<Args>(args)...);
  }

 private:
  template <class... Args>
  void print(Severity severity, fmt::format_string<Args...> format, Args&&... args) {
    fmt::memory_buffer text;  // no allocation for an ordinary line
    fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...);
    write(severity, std::string_view(text.data(), text.size()));
  }

  class Backend;  // spdlog stays behind it
  std::unique_ptr<Backend> backend_;
  int debug_level_ = 0;
};

}  // namespace hb::io
