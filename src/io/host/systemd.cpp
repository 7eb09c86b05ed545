#include "io/host/systemd.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "io/unique_fd.h"

namespace hb::io {

SystemdNotifier::SystemdNotifier() {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr) return;
  const std::size_t length = std::strlen(path);
  const bool usable = length > 1 && length < sizeof path_ && (path[0] == '/' || path[0] == '@');
  if (usable) {
    std::copy_n(path, length, path_);
    if (path_[0] == '@') path_[0] = '\0';  // abstract name
    length_ = length;
  }
  ::unsetenv("NOTIFY_SOCKET");  // scripts and clients have no business there
}

void SystemdNotifier::ready(std::string_view text) {
  send(fmt::format("READY=1\nSTATUS={}", text));
}

void SystemdNotifier::reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.tv_sec * 1'000'000 + now.tv_nsec / 1000));
}

void SystemdNotifier::stopping() { send("STOPPING=1"); }
void SystemdNotifier::status(std::string_view text) { send(fmt::format("STATUS={}", text)); }
void SystemdNotifier::main_pid(long pid) { send(fmt::format("MAINPID={}", pid)); }

// The socket is made for each of the few messages, so that none is kept open for years.
void SystemdNotifier::send(std::string_view assignments) const {
  if (length_ == 0) return;
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy_n(path_, length_, address.sun_path);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length_);
  ::sendto(socket.get(), assignments.data(), assignments.size(), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address), size);
}

}  // namespace hb::io
