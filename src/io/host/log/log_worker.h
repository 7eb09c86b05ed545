#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <sys/types.h>

#include "base/time.h"
#include "io/host/log/entry.h"

namespace hb::io {

class LogWriter;

// A thread that hands what is put into its queue to a writer, and does nothing else. The queue is
// bounded: when it is full the oldest message makes room, and one line tells how many were lost.
class LogWorker {
 public:
  // Starts the thread, with all signals blocked in it.
  // Throws std::system_error when there can be none.
  LogWorker(std::shared_ptr<LogWriter> writer, std::size_t queued_most);
  ~LogWorker();  // stops with kPatience
  LogWorker(const LogWorker&) = delete;
  LogWorker& operator=(const LogWorker&) = delete;

  static constexpr Duration kPatience = std::chrono::seconds(2);

  void push(LogEntry entry);

  // Has the writer take its orders now rather than at the next message.
  void wake();

  [[nodiscard]] std::size_t queued() const;

  // The kernel's number of the thread.
  [[nodiscard]] pid_t thread() const { return thread_; }

  /// Writes what is queued and ends the thread. Whoever hangs in a stuck disk beyond `patience` is
  /// left behind, so that the process can end, or the machine be reset.
  /// Returns whether it ended.
  bool stop(Duration patience);

 private:
  struct Shared;  // outlives us as long as the thread does
  std::shared_ptr<Shared> shared_;
  pid_t thread_ = 0;
};

}  // namespace hb::io
