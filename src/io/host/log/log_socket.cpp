#include "io/host/log/log_socket.h"

#include <cerrno>
#include <utility>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "io/host/log/messages.h"
#include "io/io_error.h"

namespace hb::io {
namespace {

constexpr int kSyslogPatience = 100;  // ms

}  // namespace

UniqueFd connect_local(const std::string& path, int type) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return {};
  }
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  UniqueFd socket(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket &&
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int code = errno;  // closing may change it
    socket.reset();
    errno = code;
  }
  return socket;
}

bool LogSocket::send(std::string_view datagram) {
  if (try_send(datagram)) {
    stalled_ = false;
    if (lost_ > 0) note_ = message<"log-target-back">(path_, lost_);
    lost_ = 0;
    return true;
  }
  const int code = errno;
  if (lost_++ == 0) note_ = message<"log-target-lost">(IoError{code, "write to " + path_}.text());
  return false;
}

// A restarted log daemon has a new socket under the old name, hence the second attempt.
bool LogSocket::try_send(std::string_view datagram) {
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
    if (errno == EMSGSIZE) return false;
    socket_.reset();
  }
  return false;
}

bool LogSocket::ensure_connected() {
  if (!socket_) socket_ = connect_local(path_, SOCK_DGRAM);
  return static_cast<bool>(socket_);
}

std::optional<Message> LogSocket::take_note() { return std::exchange(note_, std::nullopt); }

}  // namespace hb::io
