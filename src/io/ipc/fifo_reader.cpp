#include "io/ipc/fifo_reader.h"

#include <array>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/unique_fd.h"

namespace hb::io {
namespace {

// One turn of the loop; a pipe holds 64 KiB.
constexpr std::size_t kTurnBytes = 8192;

// What stands there and is no FIFO was made by a script while no daemon ran (spec: client-api 4.1).
Expected<void, IoError> make_fifo(const std::filesystem::path& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0 && !S_ISFIFO(found.st_mode) &&
      ::unlink(path.c_str()) != 0) {
    return unexpected(IoError{errno, "remove " + path.string() + ", which is not a FIFO"});
  }
  if (::mkfifo(path.c_str(), 0600) != 0 && errno != EEXIST) {
    return unexpected(IoError{errno, "make FIFO " + path.string()});
  }
  return {};
}

Expected<UniqueFd, IoError> open_fifo(const std::filesystem::path& path) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return unexpected(IoError{errno, "open FIFO " + path.string()});
  struct stat found {};
  if (::fstat(fd.get(), &found) != 0) return unexpected(IoError{errno, "stat " + path.string()});
  if (!S_ISFIFO(found.st_mode)) {
    return unexpected(IoError{EEXIST, path.string() + " is not a FIFO"});
  }
  if (::fchmod(fd.get(), 0600) != 0) {
    return unexpected(IoError{errno, "set mode of " + path.string()});
  }
  return fd;
}

}  // namespace

Expected<std::unique_ptr<FifoReader>, IoError> FifoReader::open(asio::io_context& loop,
                                                                const std::filesystem::path& path,
                                                                OnMessage on_message) {
  if (auto made = make_fifo(path); !made) return unexpected(std::move(made.error()));
  auto fd = open_fifo(path);
  if (!fd) return unexpected(std::move(fd.error()));
  std::unique_ptr<FifoReader> reader(
      new FifoReader(loop, fd->release(), std::move(on_message)));  // private constructor
  reader->wait();
  return reader;
}

FifoReader::FifoReader(asio::io_context& loop, int fd, OnMessage on_message)
    : fifo_(loop, fd), on_message_(std::move(on_message)) {}

void FifoReader::wait() {
  fifo_.async_wait(asio::posix::stream_descriptor::wait_read,
                   [this, alive = std::weak_ptr(alive_)](const std::error_code& error) {
                     if (error || alive.expired()) return;
                     read_some();
                     if (!alive.expired()) wait();
                   });
}

void FifoReader::read_some() {
  std::array<char, kTurnBytes> buffer;
  const ssize_t count = ::read(fifo_.native_handle(), buffer.data(), buffer.size());
  if (count > 0) assembler_.feed({buffer.data(), static_cast<std::size_t>(count)}, on_message_);
}

}  // namespace hb::io
