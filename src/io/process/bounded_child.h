#pragma once

#include <cstdint>
#include <functional>

#include "base/time.h"

namespace hb::io {

enum class ChildEnd : std::uint8_t {
  kDone,    // exit status 0
  kFailed,  // another one, a signal, or there could be no child
  kLate,    // not ended in time
};

/// Does something that may hang in the kernel, where no signal reaches (a disk that answers
/// nothing), in a child process, and waits at most so long. One that is late is sent SIGKILL and
/// left behind.
///
/// @param limit  0 looks once.
/// @param work   runs in the child of a process that may have threads: system calls alone, no
/// memory,
///               no locks. Returns the exit status.
/// Blocks the caller: for the last things a process does.
[[nodiscard]] ChildEnd run_bounded(Duration limit, const std::function<int()>& work);

}  // namespace hb::io
