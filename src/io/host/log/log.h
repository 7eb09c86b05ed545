#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "io/host/log/entry.h"
#include "io/host/log/log_targets.h"
#include "io/host/log/messages.h"
#include "io/host/log/severity.h"

namespace hb::io {

// The daemon's log. During start it writes at once; from start_worker() on a thread of its own
// writes, the caller never waits, and the queue is bounded: when it is full the oldest message
// makes room, and one line tells how many were lost.
//
// There is no way to log a text that has no row in the table of messages: an operator must be able
// to look up every line (`heartbeat explain`).
//
// Text of peers and scripts may be logged as it is: control characters are escaped, a message is
// one line of at most kLongest bytes. Keys are never handed to a log.
class Log {
 public:
  static constexpr std::size_t kLongest = 5119;  // bytes of text; the rest is cut
  static constexpr std::size_t kQueuedMessages = 512;

  // entity: "heartbeat"
  Log(std::string entity, LogTargets targets, std::size_t queued_most = kQueuedMessages);
  ~Log();  // writes what is queued, if that is possible
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Other targets from the next message on. Any time; does not wait for the worker.
  void set_targets(LogTargets targets);

  /// Opens the files anew, at once (SIGHUP). Moved or removed files are noticed anyway, within a
  /// second of the next message.
  void reopen();

  /// Hands writing over to a thread, with all signals blocked in it. After daemonize(): threads do
  /// not survive a fork.
  void start_worker();

  /// Scheduling of the worker as the loop has it (0: ordinary), so that the holder of the queue's
  /// lock is never put off by an ordinary process while a realtime loop waits for it.
  /// Errors (ignored): no permission; then the loop is ordinary too.
  void make_worker_realtime(int priority);

  /// Writes what is queued and ends the worker; messages after it are written at once. When a
  /// target hangs for seconds, what is queued is given up, and so is all that comes after it.
  void stop_worker();

  // Above 0, debug messages are made (SIGUSR1, SIGUSR2, `debug`).
  void set_debug_level(int level) { debug_level_ = level; }
  [[nodiscard]] int debug_level() const { return debug_level_; }

  /// Logs the line of a row of message_table.h: log.say<"generation">(number).
  /// Cold: nothing is logged in calm times.
  template <MessageId kId, class... Args>
  [[gnu::cold]] void say(const Args&... arguments) {
    if (detail::kind_of<kId>().severity == Severity::kDebug && debug_level_ <= 0) return;
    write(message<kId>(arguments...));
  }

  /// A message that was made elsewhere: a note of the core, a report of an adaptor.
  void write(Message message);
  /// A line of another process, with its own time and name.
  void relay(LogEntry entry);

  /// Messages that wait for the worker.
  [[nodiscard]] std::size_t queued() const;

 private:
  class Backend;
  std::unique_ptr<Backend> backend_;
  int debug_level_ = 0;
};

}  // namespace hb::io
