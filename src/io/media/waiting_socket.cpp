#include "io/media/waiting_socket.h"

#include <utility>

namespace hb::io {

WaitingSocket::WaitingSocket(asio::io_context& loop, std::function<void()> readable)
    : readable_(std::move(readable)), watched_(loop) {}

std::error_code WaitingSocket::open(UniqueFd socket) {
  close();
  unwatched_ = std::move(socket);
  return wait_ ? std::error_code() : watch();
}

void WaitingSocket::close() {
  watching_.reset();
  unwatched_.reset();
  std::error_code ignored;
  watched_.close(ignored);
}

void WaitingSocket::let_wait(bool wait) {
  if (std::exchange(wait_, wait) == wait) return;
  if (!wait) {
    (void)watch();
  } else if (watched_.is_open()) {
    watching_.reset();
    unwatched_.reset(watched_.release());
  }
}

int WaitingSocket::fd() { return watched_.is_open() ? watched_.native_handle() : unwatched_.get(); }

std::error_code WaitingSocket::watch() {
  std::error_code error;
  if (!unwatched_) return error;
  watched_.assign(unwatched_.get(), error);
  if (error) return error;
  (void)unwatched_.release();  // watched_ closes it
  watching_ = std::make_shared<const bool>(true);
  wait_for_data();
  return error;
}

void WaitingSocket::wait_for_data() {
  watched_.async_wait(asio::posix::stream_descriptor::wait_read,
                      [this, watching = std::weak_ptr(watching_)](const std::error_code&) {
                        if (watching.expired()) return;
                        readable_();
                        if (!watching.expired()) wait_for_data();
                      });
}

}  // namespace hb::io
