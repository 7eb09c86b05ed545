#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>

#include "base/expected.h"
#include "io/host/log/log.h"
#include "io/host/log/throttle.h"
#include "io/io_error.h"
#include "wire/local_frame.h"

namespace hb::logd {

// The socket of the logging daemon: takes records of any local process and hands them to the log.
//
//   clients ──► socket ──► intake ──► queue of the log ──► its thread ──► files, syslog
//
// Everybody may write here, so nothing that comes is believed: a stream that is not framed ends, a
// record that is not sound is dropped and counted, text is escaped by the log, a process that is
// not root's is shown with the pid that the kernel knows.
//
// A burst is not lost: while the queue is nearly full nobody is read, and clients wait in their
// sockets. That lasts for kPatience; then the disk is taken to be stuck, and reading goes on: the
// queue drops its oldest lines, counted, and no client finds the daemon deaf.
class LogIntake {
 public:
  static constexpr std::size_t kQueuedMessages = 4096;  // of the log that is written to
  static constexpr std::size_t kClientsMost = 1000;     // one more is turned away, and that is told
  static constexpr Duration kPatience = std::chrono::milliseconds(500);

  /// Listens at `path`, which is made anew with mode 0777 (spec: client-api 1.1).
  /// Errors: the path cannot be removed, bound or listened at.
  [[nodiscard]] static Expected<std::unique_ptr<LogIntake>, io::IoError> open(
      asio::io_context& loop, const std::filesystem::path& path, io::Log& log);
  ~LogIntake();  // removes the socket

  /// Takes what clients have sent until now, and then nothing more.
  void finish();

 private:
  using Socket = asio::local::stream_protocol::socket;
  struct Client {
    explicit Client(Socket accepted);
    Socket socket;
    pid_t pid = 0;  // the kernel's word for who connected; 0: it does not know
    bool is_root = false;
    wire::LocalFrameReader reader;
  };
  using ClientId = std::uint64_t;

  LogIntake(asio::io_context& loop, std::filesystem::path path, io::Log& log);
  void accept();
  void welcome(Socket socket);
  void wait(ClientId id);
  void on_readable(ClientId id);
  enum class Turn { kMore, kEmpty, kGone };
  Turn read(Client& client);
  void take(const Client& client, const wire::LocalFrame& frame);
  [[nodiscard]] bool must_hold_back();
  void hold_back(ClientId id);

  std::filesystem::path path_;
  io::Log& log_;
  asio::local::stream_protocol::acceptor acceptor_;
  std::map<ClientId, Client> clients_;
  ClientId next_id_ = 1;
  io::LogThrottle throttle_;
  asio::steady_timer accept_timer_;  // runs while there are no descriptors
  // Back pressure.
  asio::steady_timer hold_timer_;
  std::vector<ClientId> held_back_;
  std::optional<Instant> full_since_;
  bool finished_ = false;
};

}  // namespace hb::logd
