#include "io/media/serial_port.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

namespace hb::io {
namespace {

std::string lock_name(std::string device) {
  constexpr std::string_view kDevices = "/dev/";
  if (device.starts_with(kDevices)) device.erase(0, kDevices.size());
  device.erase(std::remove(device.begin(), device.end(), '/'), device.end());
  return "LCK.." + device;
}

// Whose lock it is, if that process lives; 0: nobody's.
pid_t living_owner(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  char text[16] = {};
  const ssize_t size = file ? ::read(file.get(), text, sizeof text) : 0;
  const char* const end = text + std::max<ssize_t>(size, 0);
  pid_t pid = 0;
  std::from_chars(std::find_if(text + 0, text + (end - text), [](char c) { return c != ' '; }), end,
                  pid);
  if (pid <= 0 || pid == ::getpid()) return 0;
  return ::kill(pid, 0) == 0 || errno == EPERM ? pid : 0;
}

std::optional<speed_t> speed_of(int baud) {
  switch (baud) {
    case 9600:
      return B9600;
    case 19200:
      return B19200;
    case 38400:
      return B38400;
    case 57600:
      return B57600;
    case 115200:
      return B115200;
    case 230400:
      return B230400;
    case 460800:
      return B460800;
    default:
      return std::nullopt;
  }
}

Expected<void, IoError> set_up(int fd, int baud) {
  const auto speed = speed_of(baud);
  if (!speed) return unexpected(IoError{EINVAL, fmt::format("{} baud", baud)});
  termios line{};
  if (::tcgetattr(fd, &line) != 0) return unexpected(IoError{errno, "read its settings"});
  line.c_iflag = INPCK | ISTRIP | IGNCR | IGNBRK;
  line.c_oflag = 0;
  line.c_cflag = CS8 | CREAD | CLOCAL | CRTSCTS;
  line.c_lflag = 0;
  line.c_cc[VMIN] = 1;  // with 0 a quiet line would look like one that hung up
  line.c_cc[VTIME] = 0;
  ::cfsetispeed(&line, *speed);
  ::cfsetospeed(&line, *speed);
  // Not one of the actions that wait for output to leave: a line that is held takes none.
  if (::tcsetattr(fd, TCSANOW, &line) != 0)
    return unexpected(IoError{errno, "change its settings"});
  ::tcflush(fd, TCIOFLUSH);
  return {};
}

}  // namespace

Expected<DeviceLock, IoError> DeviceLock::take(const std::string& device,
                                               const std::string& directory) {
  const std::string path = directory + "/" + lock_name(device);
  // Complete before it has its name, so that nobody reads half a lock.
  const std::string complete = fmt::format("{}/tmp{}-{}", directory, ::getpid(), lock_name(device));
  {
    ::unlink(complete.c_str());
    const UniqueFd file(
        ::open(complete.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
    const std::string text = fmt::format("{:10}\n", ::getpid());
    if (!file || ::write(file.get(), text.data(), text.size()) < 0) {
      return unexpected(IoError{errno, "lock " + path});
    }
  }
  int code = 0;
  if (::link(complete.c_str(), path.c_str()) != 0) {
    code = errno;
    if (code == EEXIST) {
      if (const pid_t owner = living_owner(path); owner != 0) {
        ::unlink(complete.c_str());
        return unexpected(IoError{EBUSY, fmt::format("{} is used by process {}", device, owner)});
      }
      // Left over from one that was killed.
      code = ::rename(complete.c_str(), path.c_str()) == 0 ? 0 : errno;
    }
  }
  ::unlink(complete.c_str());
  if (code != 0) return unexpected(IoError{code, "lock " + path});
  return DeviceLock(path);
}

DeviceLock::~DeviceLock() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

Expected<SerialPort, IoError> open_serial_port(const std::string& device, int baud,
                                               const std::string& lock_directory) {
  struct stat facts {};
  if (::stat(device.c_str(), &facts) != 0) return unexpected(IoError{errno, device});
  auto lock = DeviceLock::take(device, lock_directory);
  if (!lock) return unexpected(std::move(lock.error()));
  UniqueFd fd(::open(device.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!fd) return unexpected(IoError{errno, "open " + device});
  if (auto done = set_up(fd.get(), baud); !done) {
    return unexpected(IoError{done.error().code, device + ": " + done.error().what});
  }
  return SerialPort{std::move(fd), *std::move(lock)};
}

}  // namespace hb::io
