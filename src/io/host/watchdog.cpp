#include "io/host/watchdog.h"

#include <cerrno>

#include <fcntl.h>
#include <linux/watchdog.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace hb::io {
namespace {

constexpr char kTickle = '\0';
constexpr char kMagicClose = 'V';

}  // namespace

Expected<Watchdog, IoError> Watchdog::open(const std::string& path) {
  UniqueFd device(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (!device) return unexpected(IoError{errno, "open watchdog " + path});
  return Watchdog(path, std::move(device));
}

std::optional<IoError> Watchdog::set_timeout(std::chrono::seconds timeout) {
  int seconds = static_cast<int>(timeout.count());
  if (::ioctl(device_.get(), WDIOC_SETTIMEOUT, &seconds) == 0) return std::nullopt;
  return IoError{errno, "set the timeout of watchdog " + path_ + " to " +
                            std::to_string(timeout.count()) + " s"};
}

std::optional<IoError> Watchdog::tickle() { return write(kTickle); }

std::optional<IoError> Watchdog::disarm() {
  auto failed = write(kMagicClose);
  device_.reset();
  return failed;
}

std::optional<IoError> Watchdog::write(char byte) {
  ssize_t written;
  do {
    written = ::write(device_.get(), &byte, 1);
  } while (written < 0 && errno == EINTR);
  if (written == 1) return std::nullopt;
  if (written == 0) errno = EIO;
  return IoError{errno, "write to watchdog " + path_};
}

}  // namespace hb::io
