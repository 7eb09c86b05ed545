#include "io/ipc/apphbd_client.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/read.hpp>
#include <fmt/format.h>
#include <sys/socket.h>

namespace hb::io {
namespace {

std::string reason(int code) { return std::generic_category().message(code); }

}  // namespace

ApphbdClient::ApphbdClient(asio::io_context& loop, Options options, OnNews on_news)
    : socket_(loop), timer_(loop), options_(std::move(options)), on_news_(std::move(on_news)) {}

ApphbdClient::~ApphbdClient() = default;

void ApphbdClient::start() {
  if (state_ == State::kIdle) connect();
}

void ApphbdClient::connect() {
  state_ = State::kConnecting;
  socket_ = asio::local::stream_protocol::socket(socket_.get_executor());
  asio::error_code ignored;
  socket_.open(asio::local::stream_protocol(), ignored);
  socket_.non_blocking(true, ignored);
  limit_answer();
  socket_.async_connect(asio::local::stream_protocol::endpoint(options_.socket),
                        [this, alive = std::weak_ptr(alive_)](const asio::error_code& error) {
                          if (alive.expired() || error == asio::error::operation_aborted) return;
                          if (error)
                            return lost(fmt::format("{}: {}", options_.socket, error.message()));
                          state_ = State::kAsking;
                          asked_ = 0;
                          ask_next();
                        });
}

// One request at a time, each with its answer.
void ApphbdClient::ask_next() {
  switch (asked_++) {
    case 0:
      if (!send(apphbd::register_frame(options_.registration))) return;
      return await_reply();
    case 1:
      if (!send(apphbd::interval_frame(options_.interval))) return;
      return await_reply();
    case 2:
      if (!send(apphbd::warn_frame(options_.warntime))) return;
      return await_reply();
    default:
      break;
  }
  timer_.cancel();
  state_ = State::kRegistered;
  last_news_ = "registered";
  watch_for_end();
  on_news_({true, fmt::format("{}/{}: interval {} ms, late after {} ms",
                              options_.registration.application, options_.registration.instance,
                              to_ms(options_.interval), to_ms(options_.warntime))});
}

void ApphbdClient::await_reply() {
  limit_answer();
  asio::async_read(
      socket_, asio::buffer(reply_),
      [this, alive = std::weak_ptr(alive_)](const asio::error_code& error, std::size_t) {
        if (alive.expired() || error == asio::error::operation_aborted) return;
        if (error) return lost(error.message());
        const auto answer = apphbd::parse_reply({reply_.data(), reply_.size()});
        if (!answer) return lost("what it says is no answer");
        if (*answer != 0) return lost("it refuses: " + reason(*answer));
        ask_next();
      });
}

// It says nothing more; what can be read is the end of the connection.
void ApphbdClient::watch_for_end() {
  socket_.async_wait(asio::local::stream_protocol::socket::wait_read,
                     [this, alive = std::weak_ptr(alive_)](const asio::error_code& error) {
                       if (error || alive.expired() || state_ != State::kRegistered) return;
                       lost("the connection has ended");
                     });
}

void ApphbdClient::heartbeat() {
  if (state_ == State::kRegistered) send(apphbd::heartbeat_frame());
}

void ApphbdClient::stop() {
  if (state_ == State::kRegistered) {
    const std::string frame = apphbd::unregister_frame();
    // Should it not be taken, the server sees us hang up instead.
    if (::send(socket_.native_handle(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL) <
        0) {
      errno = 0;
    }
  }
  state_ = State::kIdle;
  timer_.cancel();
  asio::error_code ignored;
  socket_.close(ignored);
}

// A server that does not read for so long that the socket is full is of no use.
bool ApphbdClient::send(const std::string& frame) {
  const ssize_t sent =
      ::send(socket_.native_handle(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(frame.size())) return true;
  lost(sent < 0 ? reason(errno) : "it does not read");
  return false;
}

void ApphbdClient::limit_answer() {
  timer_.expires_after(kAnswerLimit);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](const asio::error_code& error) {
    if (error || alive.expired()) return;
    if (state_ == State::kConnecting || state_ == State::kAsking) lost("it does not answer");
  });
}

void ApphbdClient::lost(const std::string& why) {
  state_ = State::kIdle;
  asio::error_code ignored;
  socket_.close(ignored);
  timer_.expires_after(options_.retry);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](const asio::error_code& error) {
    if (!error && !alive.expired() && state_ == State::kIdle) connect();
  });
  if (std::exchange(last_news_, why) != why) on_news_({false, why});
}

}  // namespace hb::io
