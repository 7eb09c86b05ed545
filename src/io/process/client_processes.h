#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <asio/io_context.hpp>

#include "base/expected.h"
#include "base/managed_client.h"
#include "io/io_error.h"

namespace hb::io {

// Runs the clients of the daemon, each below a keeper of its own (keeper_main.cpp), so that none of
// them, nor what it has started, outlives the daemon, however that ends. Decides nothing about
// when: that is core::Supervisor's.
//
// A client is started as `/bin/sh -c "exec …"`: user, primary and supplementary groups of its line,
// leader of a process group, standard streams on /dev/null, SCHED_OTHER (spec: ha-cf 10.5).
class ClientProcesses {
 public:
  struct Options {
    std::string keeper = "/usr/libexec/heartbeat/hb_keeper";
    std::string directory = "/";  // see set_directory()
  };
  // Clients that ended by themselves and left processes behind. Beyond that the oldest of these
  // groups is ended, as it is when the daemon leaves.
  static constexpr std::size_t kMostLeftBehind = 32;

  // It ended, or could not be started.
  using Outcome = std::variant<ClientEnd, IoError>;
  using OnOutcome = std::function<void(ClientLife, const Outcome&)>;

  // Outcomes come from the loop, never from within a call.
  ClientProcesses(asio::io_context& loop, Options options, OnOutcome on_outcome);
  ~ClientProcesses();  // ends them all, and waits for that a second or two at most

  // Of those that are started from now on: `NAME=value`, the whole of it.
  void set_environment(std::vector<std::string> environment) {
    environment_ = std::move(environment);
  }

  // In which they run.
  void set_directory(std::string directory) { options_.directory = std::move(directory); }

  void start(ClientLife life, const ManagedClient& client);
  // Both do nothing for a life that is over.
  void terminate(ClientLife life);
  void kill(ClientLife life);

 private:
  struct Keeper;

  void listen(const std::shared_ptr<Keeper>& keeper);
  void await_end(const std::shared_ptr<Keeper>& keeper);
  void read_word(const std::shared_ptr<Keeper>& keeper);
  void tell(const std::shared_ptr<Keeper>& keeper, const Outcome& outcome);
  void say(ClientLife life, char word);

  asio::io_context& loop_;
  Options options_;
  OnOutcome on_outcome_;
  std::vector<std::string> environment_;
  std::map<ClientLife, std::shared_ptr<Keeper>> running_;
  std::deque<std::shared_ptr<Keeper>> left_;  // their client has ended, the keeper has not
  std::shared_ptr<bool> alive_;
};

}  // namespace hb::io
