#pragma once

#include <memory>

#include "config/configuration.h"
#include "io/host/daemonize.h"
#include "io/host/log/log.h"
#include "io/host/pid_file.h"
#include "runtime/paths.h"

namespace hb::runtime {

struct DaemonOptions {
  bool resource_management = true;  // not -M
  bool realtime = true;             // not -l
  int more_debug = 0;               // -d, once for each
};

// The running daemon: opens the world, joins its parts, answers signals, and ends in order. Made
// once the configuration is valid, the process detached and the pid file ours.
class Daemon {
 public:
  Daemon(config::Configuration configuration, Paths paths, DaemonOptions options, io::Log& log);
  ~Daemon();

  /// Opens state files, FIFO and media; nothing is announced yet.
  /// Returns kOk, or the exit code of a start that failed; why is in the log.
  [[nodiscard]] int open();

  /// Serves until everything is released after SIGTERM. Returns the exit code.
  [[nodiscard]] int run();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hb::runtime
