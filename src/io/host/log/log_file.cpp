#include "io/host/log/log_file.h"

#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "io/host/log/messages.h"
#include "io/io_error.h"

namespace hb::io {
namespace {

constexpr std::int64_t kRotationInterval = 1;  // seconds between two looks at the name

}  // namespace

LogFile::LogFile(std::string path, std::optional<LogOwner> owner, mode_t mode)
    : path_(std::move(path)), owner_(owner), mode_(mode) {}

bool LogFile::append(std::string_view line, std::int64_t now_seconds) {
  look_for_rotation(now_seconds);
  if (!ensure_open()) return false;

  // Without a reader's patience a FIFO or a full disk may take a part: end that line first.
  const std::array<iovec, 2> pieces = {
      {{const_cast<char*>("\n"), torn_ ? 1U : 0U}, {const_cast<char*>(line.data()), line.size()}}};
  const ssize_t wanted = static_cast<ssize_t>(line.size()) + (torn_ ? 1 : 0);
  const ssize_t written = ::writev(file_.get(), pieces.data(), pieces.size());
  if (written == wanted) return succeeded();
  const int code = written < 0 ? errno : ENOSPC;
  if (written > 0) torn_ = true;
  return failed("write", code);
}

bool LogFile::ensure_open() {
  if (file_) return true;
  // Not blocking: a FIFO without a reader must not hold us up.
  file_.reset(::open(path_.c_str(),
                     O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, mode_));
  if (!file_) return failed("open", errno);
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
  note_ = message<"log-rotated">(path_);
}

bool LogFile::failed(const std::string& what, int code) {
  if (lost_++ == 0) {
    note_ =
        message<"log-target-lost">(IoError{code, fmt::format("{} logfile {}", what, path_)}.text());
  }
  return false;
}

bool LogFile::succeeded() {
  torn_ = false;
  if (const std::uint64_t lost = std::exchange(lost_, 0); lost > 0)
    note_ = message<"log-target-back">(path_, lost);
  return true;
}

void LogFile::sync() const {
  if (file_) ::fdatasync(file_.get());
}

std::optional<Message> LogFile::take_note() { return std::exchange(note_, std::nullopt); }

}  // namespace hb::io
