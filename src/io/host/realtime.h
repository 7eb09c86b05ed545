#pragma once

#include <cstddef>
#include <optional>

#include "io/io_error.h"

namespace hb::io {

// What the kernel did not allow; the daemon runs without it. Each text names the remedy.
struct RealtimeRefusals {
  std::optional<IoError> scheduling;
  std::optional<IoError> memory_lock;
};

/// SCHED_FIFO at `priority` for the calling thread and locked memory for the process
/// (spec: ha-cf 10.3).
///
/// Children and new threads are ordinary again by themselves (SCHED_RESET_ON_FORK; locks are not
/// inherited). Pages are locked when first used, so that unused parts of libraries cost no memory;
/// the program's own code is read in at once, since a takeover must not wait for a disk.
/// @param priority  1…99.
[[nodiscard]] RealtimeRefusals become_realtime(int priority);

// Back to an ordinary process whose memory may be paged out, as after a reload with `realtime off`.
void become_ordinary();

// Threads made while one of these lives have a stack of this size; then that of before again. All
// of a stack counts as locked memory, though only what is used of it is resident.
class ThreadStackSize {
 public:
  explicit ThreadStackSize(std::size_t bytes);
  ~ThreadStackSize();
  ThreadStackSize(const ThreadStackSize&) = delete;
  ThreadStackSize& operator=(const ThreadStackSize&) = delete;

 private:
  std::size_t before_;
};

/// Keeps memory that holds secrets out of core dumps. Works by pages: neighbours are left out too.
void exclude_from_core_dumps(const void* begin, std::size_t size);

}  // namespace hb::io
