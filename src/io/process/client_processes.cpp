#include "io/process/client_processes.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "io/process/keeper_protocol.h"
#include "io/process/spawn.h"

namespace hb::io {
namespace {

constexpr int kPatienceMs =
    2000;  // with a keeper that is to end its clients; it takes half a second

std::string first_word(const std::string& command) {
  return command.substr(0, command.find_first_of(" \t\r\f"));
}

std::vector<std::string> keeper_arguments(const std::string& program, const ManagedClient& client) {
  return {program,
          std::to_string(client.uid),
          std::to_string(client.gid),
          client.groups.empty() ? "-" : fmt::format("{}", fmt::join(client.groups, ",")),
          first_word(client.command),
          client.command};
}

ClientProcesses::Outcome outcome_of(const keeper::Word& word, const std::string& command) {
  switch (word.report) {
    case keeper::Report::kExited:
      return ClientEnd{.code = word.value, .signal = {}};
    case keeper::Report::kSignalled:
      return ClientEnd{.code = {}, .signal = word.value};
    case keeper::Report::kNotStarted:
      return IoError{word.value, "run " + first_word(command)};
  }
  return IoError{EPROTO, "keep " + first_word(command)};
}

}  // namespace

struct ClientProcesses::Keeper {
  Keeper(asio::io_context& loop, ClientLife its_life, std::string its_command, UniqueFd our_end,
         SpawnedQuietly spawned)
      : life(its_life),
        command(std::move(its_command)),
        pid(spawned.pid),
        socket(loop, our_end.release()),
        ended(loop, spawned.pidfd.release()) {}

  ClientLife life;
  std::string command;
  pid_t pid;
  asio::posix::stream_descriptor socket;  // closing it ends everything below the keeper
  asio::posix::stream_descriptor ended;
  bool told = false;
  bool reaped = false;
};

ClientProcesses::ClientProcesses(asio::io_context& loop, Options options, OnOutcome on_outcome)
    : loop_(loop),
      options_(std::move(options)),
      on_outcome_(std::move(on_outcome)),
      alive_(std::make_shared<bool>(true)) {}

ClientProcesses::~ClientProcesses() {
  std::vector<std::shared_ptr<Keeper>> keepers(left_.begin(), left_.end());
  for (const auto& [life, keeper] : running_) keepers.push_back(keeper);
  for (const auto& keeper : keepers) {
    if (keeper->socket.is_open()) keeper->socket.close();
  }
  for (const auto& keeper : keepers) {
    if (keeper->reaped) continue;
    pollfd waiting{keeper->ended.native_handle(), POLLIN, 0};
    if (::poll(&waiting, 1, kPatienceMs) == 1) ::waitpid(keeper->pid, nullptr, WNOHANG);
  }
}

void ClientProcesses::start(ClientLife life, const ManagedClient& client) {
  const auto failed = [&](const IoError& error) {
    asio::post(loop_, [this, life, error, alive = std::weak_ptr(alive_)] {
      if (!alive.expired()) on_outcome_(life, error);
    });
  };
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return failed(IoError{errno, "make a pair of sockets"});
  }
  UniqueFd ours(ends[0]);
  const UniqueFd theirs(ends[1]);
  auto spawned = spawn_quietly(keeper_arguments(options_.keeper, client), environment_,
                               options_.directory, theirs.get());
  if (!spawned) return failed(spawned.error());
  const auto keeper =
      std::make_shared<Keeper>(loop_, life, client.command, std::move(ours), std::move(*spawned));
  running_.emplace(life, keeper);
  listen(keeper);
  await_end(keeper);
}

void ClientProcesses::listen(const std::shared_ptr<Keeper>& keeper) {
  keeper->socket.async_wait(
      asio::posix::stream_descriptor::wait_read,
      [this, keeper, alive = std::weak_ptr(alive_)](const std::error_code& error) {
        if (error || alive.expired() || keeper->told) return;
        read_word(keeper);
        if (!alive.expired() && !keeper->told && !keeper->reaped) listen(keeper);
      });
}

// What the keeper says, once. Told on the way: it may call back.
void ClientProcesses::read_word(const std::shared_ptr<Keeper>& keeper) {
  keeper::Word word{};
  const ssize_t length = ::recv(keeper->socket.native_handle(), &word, sizeof word, MSG_DONTWAIT);
  if (length == sizeof word) tell(keeper, outcome_of(word, keeper->command));
}

void ClientProcesses::tell(const std::shared_ptr<Keeper>& keeper, const Outcome& outcome) {
  if (std::exchange(keeper->told, true)) return;
  running_.erase(keeper->life);
  if (!keeper->reaped) {
    left_.push_back(keeper);
    if (left_.size() > kMostLeftBehind) {
      const auto oldest = std::find_if(left_.begin(), left_.end(),
                                       [](const auto& left) { return left->socket.is_open(); });
      if (oldest != left_.end()) (*oldest)->socket.close();
    }
  }
  on_outcome_(keeper->life, outcome);  // last: it may destroy this object
}

void ClientProcesses::await_end(const std::shared_ptr<Keeper>& keeper) {
  keeper->ended.async_wait(
      asio::posix::stream_descriptor::wait_read,
      [this, keeper, alive = std::weak_ptr(alive_)](const std::error_code& error) {
        if (error || alive.expired()) return;
        if (::waitpid(keeper->pid, nullptr, WNOHANG) == 0) return await_end(keeper);
        keeper->reaped = true;
        std::erase(left_, keeper);
        if (!keeper->told) read_word(keeper);  // its last word may be there unread
        if (alive.expired() || keeper->told) return;
        // Somebody killed the keeper; the kernel has sent the same to the client.
        tell(keeper, ClientEnd{.code = {}, .signal = SIGKILL});
      });
}

void ClientProcesses::terminate(ClientLife life) { say(life, keeper::kTerminate); }
void ClientProcesses::kill(ClientLife life) { say(life, keeper::kKill); }

void ClientProcesses::say(ClientLife life, char word) {
  const auto found = running_.find(life);
  if (found == running_.end()) return;
  const int socket = found->second->socket.native_handle();
  // A keeper reads at once; should it not, its end is what is wanted.
  if (::send(socket, &word, 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1) {
    ::kill(found->second->pid, SIGKILL);
  }
}

}  // namespace hb::io
