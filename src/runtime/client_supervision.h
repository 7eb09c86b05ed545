#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "core/supervision/supervisor.h"
#include "io/host/log/log.h"
#include "io/process/client_processes.h"

namespace hb::runtime {

// Drives one core::Supervisor: stamps what happens to the clients and hands it in, does what it
// asks for in that order, wakes it at its deadline. It decides nothing.
class ClientSupervision {
 public:
  struct Events {
    std::function<void()> all_stopped;  // answer to stop()
    std::function<void(const std::string& reason)> reboot;
  };

  ClientSupervision(asio::io_context& loop, io::Log& log, io::ClientProcesses::Options options,
                    Events events);

  // The lines of ha.cf: starts what is new, stops what is gone, leaves alone what is as it was.
  // The rest is for clients started, or stopped, from now on.
  struct Surroundings {
    std::map<std::string, std::string> environment;  // the whole of it
    std::string directory;
    Duration stop_limit;
  };
  void set(std::vector<ManagedClient> lines, const Surroundings& surroundings);

  void start() { feed(core::ClientsMayRun{}); }   // communication is up
  void stop() { feed(core::ClientsMustStop{}); }  // in reverse order, then all_stopped

 private:
  void feed(const core::SupervisorInput& input);
  void perform(const core::SupervisorEffect& effect);
  void ended(ClientLife life, const io::ClientProcesses::Outcome& outcome);
  void set_timer();

  io::Log& log_;
  Events events_;
  core::Supervisor supervisor_;
  io::ClientProcesses processes_;
  asio::steady_timer timer_;
};

}  // namespace hb::runtime
