#include "io/host/daemonize.h"

#include <array>
#include <cstdint>
#include <cstdlib>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/host/state_files.h"

namespace hb::io {
namespace {

// Waits for the daemon's word; without one, for its end.
[[noreturn]] void stand_by(const UniqueFd& pipe, pid_t daemon) {
  std::uint8_t exit_code = 0;
  ssize_t count;
  do {
    count = ::read(pipe.get(), &exit_code, 1);
  } while (count < 0 && errno == EINTR);
  if (count == 1) ::_exit(exit_code);

  int status = 0;
  const bool ended = ::waitpid(daemon, &status, 0) == daemon;
  const bool with_code = ended && WIFEXITED(status) && WEXITSTATUS(status) != 0;
  ::_exit(with_code ? WEXITSTATUS(status) : EXIT_FAILURE);
}

}  // namespace

void Readiness::tell(int exit_code) {
  if (!pipe_) return;
  const auto byte = static_cast<std::uint8_t>(exit_code);
  // Nobody there any more: then nobody wants to know.
  if (::write(pipe_.get(), &byte, 1) != 1) errno = 0;
  pipe_.reset();
}

Expected<Readiness, IoError> daemonize() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return unexpected(IoError{errno, "pipe"});
  UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);

  const pid_t child = ::fork();
  if (child < 0) return unexpected(IoError{errno, "fork"});
  if (child > 0) {
    writing.reset();
    stand_by(reading, child);
  }
  ::setsid();
  return Readiness(std::move(writing));
}

void become_session_leader() { ::setsid(); }  // a process group leader stays in its session

Expected<void, IoError> detach_stdio() {
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) return unexpected(IoError{errno, "open /dev/null"});
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::dup2(null.get(), standard) < 0)
      return unexpected(IoError{errno, "redirect to /dev/null"});
  }
  return {};
}

void close_inherited_descriptors() { ::close_range(STDERR_FILENO + 1, ~0U, 0); }

namespace {

void limit_core_files(bool wanted) {
  rlimit limit{};
  ::getrlimit(RLIMIT_CORE, &limit);
  if (wanted && limit.rlim_max == 0 && ::geteuid() == 0) limit.rlim_max = RLIM_INFINITY;
  limit.rlim_cur = wanted ? limit.rlim_max : 0;
  ::setrlimit(RLIMIT_CORE, &limit);
  ::prctl(PR_SET_DUMPABLE, wanted ? 1 : 0, 0, 0, 0);
}

}  // namespace

Expected<void, IoError> apply_core_policy(const CorePolicy& policy) {
  limit_core_files(policy.core_dumps);
  ::umask(022);

  const std::filesystem::path directory = policy.root / "root";
  std::error_code error;
  std::filesystem::create_directories(policy.root, error);
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return unexpected(IoError{errno, "create directory " + directory.string()});
  }
  if (::chdir(directory.c_str()) != 0) {
    return unexpected(IoError{errno, "change to directory " + directory.string()});
  }
  return {};
}

bool core_files_share_a_name(std::string_view pattern, std::string_view uses_pid) {
  if (pattern.starts_with('|')) return false;        // a program keeps them
  constexpr std::string_view kTellsApart = "pPiIt";  // processes, threads, seconds
  for (std::size_t i = 0; i + 1 < pattern.size(); ++i) {
    if (pattern[i] != '%') continue;
    if (kTellsApart.find(pattern[++i]) != std::string_view::npos) return false;
  }
  return uses_pid.starts_with('0');
}

bool core_files_share_a_name() {
  const auto pattern = read_file("/proc/sys/kernel/core_pattern");
  const auto uses_pid = read_file("/proc/sys/kernel/core_uses_pid");
  return pattern && uses_pid && core_files_share_a_name(*pattern, *uses_pid);
}

}  // namespace hb::io
