#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "base/expected.h"
#include "io/io_error.h"
#include "io/unique_fd.h"

namespace hb::io {

// A program just started, and our ends of its pipes.
struct Spawned {
  pid_t pid = -1;
  UniqueFd pidfd;                            // readable when it has ended
  UniqueFd standard_output, standard_error;  // non-blocking
};

/// Starts a program as the leader of a process group of its own: `input` as standard input, no
/// descriptor above 2, all signals at their defaults and unblocked, SCHED_OTHER, umask 022, no
/// protection from the OOM killer that we may have. The caller must reap it.
///
/// Made by vfork(), so that page tables of locked memory are not copied: about as fast in a daemon
/// of 100 MB as in one of 1 MB.
/// @param argv         argv[0] is a path, nothing is looked up.
/// @param environment  `NAME=value`, the whole of it.
/// @param directory    to run in; "/" if that cannot be entered.
/// @param input        what it reads, to the end, on standard input: in memory, never in a file.
/// Errors: no pipe, no process, or what execve() says (ENOENT, EACCES, ENOEXEC).
[[nodiscard]] Expected<Spawned, IoError> spawn(const std::vector<std::string>& argv,
                                               const std::vector<std::string>& environment,
                                               const std::string& directory,
                                               std::string_view input = {});

// A program just started whose streams are the caller's.
struct SpawnedQuietly {
  pid_t pid = -1;
  UniqueFd pidfd;  // readable when it has ended
};

/// The same, with this descriptor as its standard input and its output thrown away.
[[nodiscard]] Expected<SpawnedQuietly, IoError> spawn_quietly(
    const std::vector<std::string>& argv, const std::vector<std::string>& environment,
    const std::string& directory, int standard_input);

}  // namespace hb::io
