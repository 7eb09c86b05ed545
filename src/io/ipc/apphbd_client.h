#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>

#include "io/ipc/apphbd_protocol.h"

namespace hb::io {

// Keeps the daemon registered with apphbd, which tells (and, if so configured, resets the machine)
// when heartbeat() stays away longer than the interval. Connects from the loop, again a minute
// after each failure; never blocks: what the socket does not take at once is given up with the
// connection.
class ApphbdClient {
 public:
  static constexpr std::chrono::seconds kRetry{60};
  static constexpr std::chrono::seconds kAnswerLimit{10};  // for each answer; then as a failure

  struct Options {
    std::string socket{apphbd::kSocket};
    apphbd::Registration registration;
    Duration interval;  // without a heartbeat it counts as failed
    Duration warntime;  // as late
    std::chrono::milliseconds retry = kRetry;
  };
  struct News {
    bool registered = false;  // now; else it is not, or not any more
    std::string text;         // as what, or why not
  };
  // Called from the loop when that changes, and not again for each attempt that fails alike.
  using OnNews = std::function<void(const News&)>;

  ApphbdClient(asio::io_context& loop, Options options, OnNews on_news);
  ~ApphbdClient();

  // Begins to connect.
  void start();
  // The daemon lives. Nothing happens while it is not registered.
  void heartbeat();
  // Takes leave, so that our end is no failure.
  void stop();

 private:
  enum class State : std::uint8_t { kIdle, kConnecting, kAsking, kRegistered };

  void connect();
  void ask_next();
  void await_reply();
  void watch_for_end();
  void lost(const std::string& why);
  bool send(const std::string& frame);
  void limit_answer();

  asio::local::stream_protocol::socket socket_;
  asio::steady_timer timer_;  // until the next attempt, or for an answer
  Options options_;
  OnNews on_news_;
  State state_ = State::kIdle;
  std::size_t asked_ = 0;
  std::array<char, apphbd::kReply> reply_{};
  std::string last_news_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace hb::io
