#pragma once

#include <filesystem>
#include <variant>

#include <sys/types.h>
#include <unistd.h>

#include "base/expected.h"
#include "io/io_error.h"
#include "io/unique_fd.h"

namespace hb::io {

// What a pid file says of the daemon (spec: ha-cf 9, options -s and -k).
struct NoPidFile {};
struct StalePidFile {};  // no such process, or another program
struct DaemonRuns {
  pid_t pid;
};
using DaemonPresence = std::variant<NoPidFile, StalePidFile, DaemonRuns>;

/// @param executable  of the daemon. A process runs it if its /proc/<pid>/exe is that path, also
/// with
///                    " (deleted)" behind it: the file was replaced by an upgrade.
[[nodiscard]] DaemonPresence daemon_presence(const std::filesystem::path& pid_file,
                                             const std::filesystem::path& executable);

// Path of the program that runs now, as /proc/self/exe has it, without " (deleted)".
[[nodiscard]] std::filesystem::path own_executable();

struct AlreadyRunning {
  pid_t pid;
};

// The locked pid file of this process; removed when the object goes. The lock tells a second
// start that we run, even if the pid cannot: it ends with the process, however it ends.
class PidFile {
 public:
  using Refusal = std::variant<AlreadyRunning, IoError>;

  /// Locks the file and writes our pid: right-aligned in 11 columns, newline included.
  ///
  /// Errors: another process has it, by lock or by pid; the file cannot be made or written.
  [[nodiscard]] static Expected<PidFile, Refusal> acquire(std::filesystem::path path,
                                                          const std::filesystem::path& executable);

  PidFile(PidFile&&) noexcept = default;
  PidFile& operator=(PidFile&&) = delete;
  ~PidFile();

 private:
  PidFile(std::filesystem::path path, UniqueFd file)
      : path_(std::move(path)), file_(std::move(file)), owner_(::getpid()) {}

  std::filesystem::path path_;
  UniqueFd file_;
  pid_t owner_;  // a forked child must not remove the file of its parent
};

}  // namespace hb::io
