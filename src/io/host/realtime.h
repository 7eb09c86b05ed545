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

/// Stack of the threads made from now on. Locked memory pays for each page of a stack.
void set_thread_stack_size(std::size_t bytes);

/// Keeps memory that holds secrets out of core dumps. Works by pages: neighbours are left out too.
void exclude_from_core_dumps(const void* begin, std::size_t size);

}  // namespace hb::io
