#pragma once

#include <filesystem>

#include "config/world_system.h"

namespace hb::runtime {

// Where everything lies; the places of 3.0.6 (spec: ha-cf 1).
struct Paths {
  config::SourcePaths sources;
  std::filesystem::path pid_file = "/run/heartbeat.pid";
  std::filesystem::path state = "/var/lib/heartbeat";
  std::filesystem::path run = "/run/heartbeat";
  std::filesystem::path keeper = "/usr/libexec/heartbeat/hb_keeper";

  [[nodiscard]] std::filesystem::path fifo() const { return state / "fifo"; }
  [[nodiscard]] std::filesystem::path generation() const { return state / "hb_generation"; }
  [[nodiscard]] std::filesystem::path uuid() const { return state / "hb_uuid"; }
  [[nodiscard]] std::filesystem::path host_cache() const { return state / "hostcache"; }
  [[nodiscard]] std::filesystem::path deleted_hosts() const { return state / "delhostcache"; }
  [[nodiscard]] std::filesystem::path held_groups() const { return run / "held-groups"; }
  [[nodiscard]] std::filesystem::path in_force() const { return run / "in-force"; }
  [[nodiscard]] std::filesystem::path rsctmp() const { return run / "rsctmp"; }
};

}  // namespace hb::runtime
