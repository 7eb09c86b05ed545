#include "io/host/log/destinations.h"

#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/io_error.h"

namespace hb::io {
namespace {

constexpr std::int64_t kRotationInterval = 1;  // seconds between two looks at the name
constexpr int kSyslogPatience = 100;           // ms

std::optional<std::string> take(std::optional<std::string>& note) {
  return std::exchange(note, std::nullopt);
}

}  // namespace

// --- LogFile ---

LogFile::LogFile(std::string path, std::optional<LogOwner> owner)
    : path_(std::move(path)), owner_(owner) {}

void LogFile::append(std::string_view line, std::int64_t now_seconds) {
  look_for_rotation(now_seconds);
  if (!ensure_open()) return;

  // Without a reader's patience a FIFO or a full disk may take a part: end that line first.
  const std::array<iovec, 2> pieces = {
      {{const_cast<char*>("\n"), torn_ ? 1U : 0U}, {const_cast<char*>(line.data()), line.size()}}};
  const ssize_t wanted = static_cast<ssize_t>(line.size()) + (torn_ ? 1 : 0);
  const ssize_t written = ::writev(file_.get(), pieces.data(), pieces.size());
  if (written == wanted) return succeeded();
  const int code = written < 0 ? errno : ENOSPC;
  if (written > 0) torn_ = true;
  failed("write", code);
}

bool LogFile::ensure_open() {
  if (file_) return true;
  // Not blocking: a FIFO without a reader must not hold us up.
  file_.reset(::open(path_.c_str(),
                     O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0644));
  if (!file_) {
    failed("open", errno);
    return false;
  }
  // Refused for one who is not root: then the file stays ours.
  if (owner_ && ::fchown(file_.get(), owner_->user, owner_->group) != 0) owner_.reset();
  return true;
}

void LogFile::look_for_rotation(std::int64_t now_seconds) {
  if (now_seconds - last_look_ < kRotationInterval) return;
  last_look_ = now_seconds;
  if (!file_) return;
  struct stat open_file {
  }, named{};
  const bool same = ::fstat(file_.get(), &open_file) == 0 && ::stat(path_.c_str(), &named) == 0 &&
                    open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev;
  if (same) return;
  file_.reset();
  note_ = "log-rotate detected on logfile " + path_;
}

void LogFile::failed(const std::string& what, int code) {
  if (lost_++ == 0) note_ = IoError{code, fmt::format("cannot {} logfile {}", what, path_)}.text();
}

void LogFile::succeeded() {
  torn_ = false;
  if (lost_ == 0) return;
  note_ = fmt::format("logfile {} can be written again; {} messages were lost", path_, lost_);
  lost_ = 0;
}

std::optional<std::string> LogFile::take_note() { return take(note_); }

// --- SyslogSocket ---

void SyslogSocket::send(std::string_view datagram) {
  if (try_send(datagram)) {
    stalled_ = false;
    if (lost_ > 0) note_ = fmt::format("syslog works again; {} messages were lost", lost_);
    lost_ = 0;
    return;
  }
  if (lost_++ == 0) note_ = IoError{errno, "cannot write to syslog at " + path_}.text();
}

// A restarted log daemon has a new socket under the old name, hence the second attempt.
bool SyslogSocket::try_send(std::string_view datagram) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (!ensure_connected()) return false;
    const auto send_now = [&] {
      return ::send(socket_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >=
             0;
    };
    if (send_now()) return true;
    if (errno == EAGAIN || errno == ENOBUFS) {
      if (std::exchange(stalled_, true)) return false;
      pollfd ready{.fd = socket_.get(), .events = POLLOUT, .revents = 0};
      ::poll(&ready, 1, kSyslogPatience);
      return send_now();
    }
    socket_.reset();
  }
  return false;
}

bool SyslogSocket::ensure_connected() {
  if (socket_) return true;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path_.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return false;
  }
  path_.copy(address.sun_path, sizeof address.sun_path - 1);
  UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket ||
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int code = errno;  // closing may change it
    socket.reset();
    errno = code;
    return false;
  }
  socket_ = std::move(socket);
  return true;
}

std::optional<std::string> SyslogSocket::take_note() { return take(note_); }

}  // namespace hb::io
