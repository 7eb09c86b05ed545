#pragma once

#include <vector>

#include "base/host_entry.h"
#include "core/settings.h"
#include "io/host/background_writer.h"
#include "io/host/log/log.h"
#include "runtime/paths.h"

namespace hb::runtime {

// hostcache and delhostcache: the nodes that are known without being listed in ha.cf, over
// restarts. Kept only where others than this daemon manage the resources, as in 3.0.6
// (spec: ha-cf 8.4). A damaged file is told, read as far as it goes, and written anew.
class RememberedHosts {
 public:
  RememberedHosts(const Paths& paths, bool kept, io::Log& log);

  // Before the start: into the settings of the core. The hostcache counts only with autojoin.
  void recall(core::Settings& settings);

  void record(const std::vector<HostEntry>& hosts, const std::vector<HostEntry>& deleted);

 private:
  void tell_if_empty();
  [[nodiscard]] std::vector<HostEntry> read(const std::filesystem::path& path);

  std::filesystem::path hosts_;
  std::filesystem::path deleted_;
  bool kept_;
  io::Log& log_;
  io::BackgroundWriter writer_;
};

}  // namespace hb::runtime
