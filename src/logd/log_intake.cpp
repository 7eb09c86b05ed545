#include "logd/log_intake.h"

#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/unique_fd.h"
#include "wire/log_record.h"

namespace hb::logd {
namespace {

constexpr Duration kLogInterval = std::chrono::seconds(10);
constexpr auto kHoldStep = std::chrono::milliseconds(5);
constexpr std::size_t kTurnBytes = 16384;  // of one client, before it is the others' turn
constexpr int kFinishTurns = 64;           // a client that never stops must not keep us from ending
constexpr std::size_t kNearlyFull = LogIntake::kQueuedMessages * 3 / 4;
constexpr std::size_t kEmptyEnough = LogIntake::kQueuedMessages / 2;
constexpr std::int64_t kLastSecond = 253402300799;  // of the year 9999

// All that is written of a record; the rest of it is not even stored.
constexpr std::size_t kBytesKept = wire::kLogRecordHeaderSize + io::Log::kLongest + 1;

Instant now() { return Instant(std::chrono::steady_clock::now().time_since_epoch()); }

Expected<io::UniqueFd, io::IoError> listen_at(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& name = path.native();
  if (name.size() >= sizeof address.sun_path) {
    return unexpected(io::IoError{ENAMETOOLONG, "listen at " + name});
  }
  name.copy(address.sun_path, sizeof address.sun_path - 1);
  io::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return unexpected(io::IoError{errno, "make a socket"});
  if (::unlink(name.c_str()) != 0 && errno != ENOENT) {
    return unexpected(io::IoError{errno, "remove the old socket " + name});
  }
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return unexpected(io::IoError{errno, "bind " + name});
  }
  if (::chmod(name.c_str(), 0777) != 0)
    return unexpected(io::IoError{errno, "set mode of " + name});
  if (::listen(socket.get(), 128) != 0) return unexpected(io::IoError{errno, "listen at " + name});
  return socket;
}

std::time_t sane_time(std::int64_t claimed) {
  return claimed < 0 || claimed > kLastSecond ? std::time(nullptr) : claimed;
}

}  // namespace

LogIntake::Client::Client(Socket accepted) : socket(std::move(accepted)), reader(kBytesKept) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0) {
    pid = peer.pid;
    is_root = peer.uid == 0;
  }
}

Expected<std::unique_ptr<LogIntake>, io::IoError> LogIntake::open(asio::io_context& loop,
                                                                  const std::filesystem::path& path,
                                                                  io::Log& log) {
  auto socket = listen_at(path);
  if (!socket) return unexpected(std::move(socket.error()));
  std::unique_ptr<LogIntake> intake(new LogIntake(loop, path, log));  // private constructor
  intake->acceptor_.assign(asio::local::stream_protocol(), socket->release());
  intake->accept();
  return intake;
}

LogIntake::LogIntake(asio::io_context& loop, std::filesystem::path path, io::Log& log)
    : path_(std::move(path)),
      log_(log),
      acceptor_(loop),
      throttle_(kLogInterval),
      accept_timer_(loop),
      hold_timer_(loop) {}

LogIntake::~LogIntake() { ::unlink(path_.c_str()); }

void LogIntake::accept() {
  acceptor_.async_accept([this](const asio::error_code& error, Socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) welcome(std::move(socket));
    if (!error || error == asio::error::connection_aborted) return accept();
    // Out of descriptors or memory: looked at again when something may have been freed.
    if (const auto more = throttle_.admit("accept", now())) {
      log_.say<"logd-accept-failed">(error.message());
    }
    accept_timer_.expires_after(std::chrono::seconds(1));
    accept_timer_.async_wait([this](const asio::error_code& cancelled) {
      if (!cancelled) accept();
    });
  });
}

void LogIntake::welcome(Socket socket) {
  if (clients_.size() >= kClientsMost) {
    if (const auto more = throttle_.admit("crowd", now())) {
      log_.say<"logd-crowd">(kClientsMost, *more);
    }
    return;
  }
  const ClientId id = next_id_++;
  clients_.try_emplace(id, std::move(socket));
  wait(id);
}

void LogIntake::wait(ClientId id) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  found->second.socket.async_wait(Socket::wait_read, [this, id](const asio::error_code& error) {
    if (error != asio::error::operation_aborted) on_readable(id);
  });
}

void LogIntake::on_readable(ClientId id) {
  const auto found = clients_.find(id);
  if (found == clients_.end() || finished_) return;
  if (must_hold_back()) return hold_back(id);
  if (read(found->second) == Turn::kGone) {
    clients_.erase(found);
  } else {
    wait(id);
  }
}

LogIntake::Turn LogIntake::read(Client& client) {
  std::array<char, kTurnBytes> buffer;
  const ssize_t count =
      ::recv(client.socket.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Turn::kEmpty;
  if (count <= 0) return Turn::kGone;
  const bool sound =
      client.reader.feed({buffer.data(), static_cast<std::size_t>(count)},
                         [&](const wire::LocalFrame& frame) { take(client, frame); });
  if (sound) return Turn::kMore;
  if (const auto more = throttle_.admit("stream", now())) {
    log_.say<"logd-bad-stream">(client.pid, *more);
  }
  return Turn::kGone;
}

void LogIntake::take(const Client& client, const wire::LocalFrame& frame) {
  auto record = wire::decode_log_record(frame.body, frame.length);
  if (!record) {
    if (const auto more = throttle_.admit("record", now())) {
      log_.say<"logd-bad-record">(client.pid, wire::word(record.error()), *more);
    }
    return;
  }
  const bool believed = client.is_root || client.pid == 0;
  log_.relay({.message = {.id = "",
                          .severity = static_cast<io::Severity>(record->priority),
                          .text = std::move(record->text)},
              .when = sane_time(record->unix_time),
              .entity = record->entity.empty() ? "?" : std::move(record->entity),
              .pid = believed ? record->pid : client.pid,
              .severity_word = record->priority_word});
}

// --- back pressure ---

bool LogIntake::must_hold_back() {
  const std::size_t queued = log_.queued();
  if (queued < kEmptyEnough) full_since_.reset();
  if (queued < kNearlyFull) return false;
  if (!full_since_) full_since_ = now();
  return now() - *full_since_ < kPatience;
}

void LogIntake::hold_back(ClientId id) {
  held_back_.push_back(id);
  if (held_back_.size() > 1) return;  // the timer runs
  hold_timer_.expires_after(kHoldStep);
  hold_timer_.async_wait([this](const asio::error_code& error) {
    if (error) return;
    for (const ClientId each : std::exchange(held_back_, {})) on_readable(each);
  });
}

void LogIntake::finish() {
  finished_ = true;
  acceptor_.close();
  accept_timer_.cancel();
  hold_timer_.cancel();
  for (auto& [id, client] : clients_) {
    for (int turn = 0; turn < kFinishTurns && read(client) == Turn::kMore; ++turn) {
    }
  }
  clients_.clear();
}

}  // namespace hb::logd
