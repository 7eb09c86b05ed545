#include "io/host/pid_file.h"

#include <array>
#include <charconv>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hb::io {
namespace {

constexpr std::string_view kDeleted = " (deleted)";  // by the kernel, behind a replaced program

std::string executable_of(const std::string& process) {
  std::error_code ignored;
  std::string path = std::filesystem::read_symlink("/proc/" + process + "/exe", ignored).string();
  if (path.ends_with(kDeleted)) path.resize(path.size() - kDeleted.size());
  return path;
}

// 0 if the file holds none.
pid_t pid_in(const UniqueFd& file) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(file.get(), text.data(), text.size(), 0);
  if (size <= 0) return 0;
  const char* begin = text.data();
  const char* end = begin + size;
  while (begin != end && *begin == ' ') ++begin;
  pid_t pid = 0;
  std::from_chars(begin, end, pid);
  return pid > 0 ? pid : 0;
}

bool runs(pid_t pid, const std::filesystem::path& executable) {
  return pid > 0 && executable_of(std::to_string(pid)) == executable.string();
}

// Locks of open file descriptions, not of processes: they can be asked about without being taken,
// and closing another descriptor of the file does not release them.
struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}
bool is_locked(const UniqueFd& file) {
  struct flock lock = whole_file();
  return ::fcntl(file.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}
bool take_lock(const UniqueFd& file) {
  struct flock lock = whole_file();
  return ::fcntl(file.get(), F_OFD_SETLK, &lock) == 0;
}

// False if another process has removed the file, and with it the worth of our lock.
bool is_still(const UniqueFd& file, const std::filesystem::path& path) {
  struct stat ours {
  }, there{};
  return ::fstat(file.get(), &ours) == 0 && ::stat(path.c_str(), &there) == 0 &&
         ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

Expected<void, IoError> write_own_pid(const UniqueFd& file, const std::filesystem::path& path) {
  const std::string text = fmt::format("{:>10}\n", ::getpid());
  if (::ftruncate(file.get(), 0) != 0 ||
      ::pwrite(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    return unexpected(IoError{errno, "write " + path.string()});
  }
  return {};
}

}  // namespace

std::filesystem::path own_executable() { return executable_of("self"); }

DaemonPresence daemon_presence(const std::filesystem::path& pid_file,
                               const std::filesystem::path& executable) {
  const UniqueFd file(::open(pid_file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return NoPidFile{};
  const pid_t pid = pid_in(file);
  // The lock answers for users who may not read /proc/<pid>/exe.
  if ((pid > 0 && is_locked(file)) || runs(pid, executable)) return DaemonRuns{pid};
  return StalePidFile{};
}

Expected<PidFile, PidFile::Refusal> PidFile::acquire(std::filesystem::path path,
                                                     const std::filesystem::path& executable) {
  for (;;) {
    UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!file) return unexpected(Refusal(IoError{errno, "open pid file " + path.string()}));
    if (!take_lock(file)) return unexpected(Refusal(AlreadyRunning{pid_in(file)}));
    if (!is_still(file, path)) continue;  // its last owner was just leaving

    const pid_t there = pid_in(file);  // 3.0.6 locks nothing
    if (there != ::getpid() && runs(there, executable)) {
      return unexpected(Refusal(AlreadyRunning{there}));
    }
    if (auto written = write_own_pid(file, path); !written) {
      return unexpected(Refusal(std::move(written.error())));
    }
    return PidFile(std::move(path), std::move(file));
  }
}

PidFile::~PidFile() {
  if (file_ && owner_ == ::getpid()) ::unlink(path_.c_str());
}

}  // namespace hb::io
