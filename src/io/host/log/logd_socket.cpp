#include "io/host/log/logd_socket.h"

#include <cerrno>
#include <utility>

#include <poll.h>
#include <sys/socket.h>

#include "io/host/log/log_socket.h"
#include "io/host/log/messages.h"
#include "io/io_error.h"
#include "wire/local_frame.h"

namespace hb::io {
namespace {

constexpr int kLogdPatience = 100;  // ms

}  // namespace

bool LogdSocket::send(const wire::LogRecord& record, Instant now) {
  frame_.clear();
  wire::append_local_frame(frame_, wire::encode_log_record(record));
  // A daemon that was restarted listens under the old name: one attempt more, without a note.
  const bool was_connected = static_cast<bool>(socket_);
  bool taken = ensure_connected(now) && send_frame();
  if (!taken && !socket_ && was_connected) taken = ensure_connected(now) && send_frame();
  if (!taken) {
    ++elsewhere_;
    return false;
  }
  stalled_ = false;
  if (std::exchange(away_, false)) {
    note_ = message<"logd-back">(target_.socket, std::exchange(elsewhere_, 0));
  }
  return true;
}

bool LogdSocket::ensure_connected(Instant now) {
  if (socket_) return true;
  if (next_attempt_ && now < *next_attempt_) return false;
  socket_ = connect_local(target_.socket, SOCK_STREAM);
  if (socket_) {
    next_attempt_.reset();
    return true;
  }
  lost(errno, now);
  return false;
}

void LogdSocket::lost(int code, Instant now) {
  next_attempt_ = now + target_.retry;
  if (std::exchange(away_, true)) return;
  note_ = message<"logd-away">(IoError{code, "connect to " + target_.socket}.text(),
                               to_ms(target_.retry));
}

// A frame is far smaller than the socket's buffer, so the kernel takes all of it or nothing. Should
// it ever take a part, the stream is broken for the daemon, and given up.
bool LogdSocket::send_frame() {
  const auto send_now = [&] {
    const ssize_t sent =
        ::send(socket_.get(), frame_.data(), frame_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0 && static_cast<std::size_t>(sent) < frame_.size()) errno = EPIPE;
    return sent == static_cast<ssize_t>(frame_.size());
  };
  if (send_now()) return true;
  if (errno == EAGAIN || errno == ENOBUFS) {
    if (std::exchange(stalled_, true)) return false;
    pollfd ready{.fd = socket_.get(), .events = POLLOUT, .revents = 0};
    ::poll(&ready, 1, kLogdPatience);
    if (send_now()) return true;
    if (errno == EAGAIN || errno == ENOBUFS) {
      if (!std::exchange(away_, true)) note_ = message<"logd-stalled">(target_.socket);
      return false;
    }
  }
  socket_.reset();
  return false;
}

std::optional<Message> LogdSocket::take_note() { return std::exchange(note_, std::nullopt); }

}  // namespace hb::io
