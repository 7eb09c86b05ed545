#pragma once

#include <filesystem>
#include <string_view>

#include "base/expected.h"
#include "io/io_error.h"
#include "io/unique_fd.h"

namespace hb::io {

// The daemon's promise to the process that started it: that process waits, and exits 0 at ready()
// or with the daemon's own code at failed(). If neither comes, because the daemon died, it exits 1.
class Readiness {
 public:
  Readiness() = default;  // in the foreground nobody waits
  explicit Readiness(UniqueFd pipe) : pipe_(std::move(pipe)) {}

  void ready() { tell(0); }
  void failed(int exit_code) { tell(exit_code); }

 private:
  void tell(int exit_code);

  UniqueFd pipe_;
};

/// Forks; the child goes on in a new session. The parent does not return: it waits for the child's
/// word and exits with it (spec: ha-cf 3.2, BETTER). Before any thread and any loop is made.
[[nodiscard]] Expected<Readiness, IoError> daemonize();

/// Foreground: a session of our own where that is possible, nothing else (spec: ha-cf 9, -f).
void become_session_leader();

/// stdin, stdout, stderr to /dev/null. When the start is over: until then errors go to stderr.
[[nodiscard]] Expected<void, IoError> detach_stdio();

/// Closes every descriptor from 3 on, in one call whatever the limit is.
void close_inherited_descriptors();

struct CorePolicy {
  bool core_dumps = true;      // `coredumps`
  std::filesystem::path root;  // `coreroot`: the daemon works in <root>/root
};
/// Limit of core files, dumpable flag, working directory, umask 022 (spec: ha-cf 10.1, 10.4).
/// Errors: the directory does not exist and cannot be made.
[[nodiscard]] Expected<void, IoError> apply_core_policy(const CorePolicy& policy);

/// Whether a second core file would take the place of the first, as the kernel is set (core(5)).
///
/// @param pattern   kernel.core_pattern.
/// @param uses_pid  kernel.core_uses_pid.
[[nodiscard]] bool core_files_share_a_name(std::string_view pattern, std::string_view uses_pid);
/// The same of this machine; false if it does not tell.
[[nodiscard]] bool core_files_share_a_name();

}  // namespace hb::io
