#pragma once

#include <memory>
#include <optional>
#include <string>

#include <asio/io_context.hpp>

#include "config/ha_cf.h"
#include "io/host/log/log.h"
#include "io/host/watchdog.h"
#include "io/ipc/apphbd_client.h"

namespace hb::runtime {

// Lets others watch the daemon: the watchdog device of `watchdog`, and apphbd if `use_apphbd`. They
// are told that it lives whenever its own heartbeat has gone out, and only then: a loop that spins
// without getting there is as dead as one that stands still. Owned by the daemon; decides nothing
// about the cluster.
//
// The device is armed by the first heartbeat and stays so until leave(): a resource that is slow to
// stop is still ours, and a machine that hangs meanwhile must not keep it. Without leave(), however
// the process ends, the machine is reset.
class SelfWatch {
 public:
  SelfWatch(asio::io_context& loop, io::Log& log);

  // At the start and after each reload.
  void configure(const config::HaCf& ha_cf);

  // Our own heartbeat has been sent.
  void alive();

  // Everything is released.
  void leave();

 private:
  void arm();
  void set_timeout();
  void disarm();
  void configure_apphbd(const config::HaCf& ha_cf);

  asio::io_context& loop_;
  io::Log& log_;
  std::optional<std::string> device_;
  Duration deadtime_{};
  Duration warntime_{};
  bool arm_wanted_ = false;  // device_ is set and was not tried yet
  std::optional<io::Watchdog> watchdog_;
  std::unique_ptr<io::ApphbdClient> apphbd_;
};

}  // namespace hb::runtime
