#include "runtime/remembered_hosts.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "io/host/host_cache.h"

namespace hb::runtime {

RememberedHosts::RememberedHosts(const Paths& paths, bool kept, io::Log& log)
    : hosts_(paths.host_cache()),
      deleted_(paths.deleted_hosts()),
      kept_(kept),
      log_(log),
      writer_(
          [this](const io::IoError& error) { log_.say<"hostcache-not-written">(error.text()); }) {}

void RememberedHosts::recall(core::Settings& settings) {
  if (!kept_) return;
  if (settings.autojoin != core::Autojoin::kNone) {
    settings.known_hosts = read(hosts_);
    tell_if_empty();
  }
  settings.deleted_hosts = read(deleted_);
}

// It names this node at least, ever since it exists.
void RememberedHosts::tell_if_empty() {
  std::error_code error;
  const bool is_empty = std::filesystem::file_size(hosts_, error) == 0 && !error;
  if (is_empty) log_.say<"hostcache-line">(hosts_.string(), "it is empty");
}

std::vector<HostEntry> RememberedHosts::read(const std::filesystem::path& path) {
  auto cache = io::read_host_cache(path);
  if (!cache) {
    log_.say<"hostcache-unreadable">(cache.error().text());
    return {};
  }
  for (const std::string& problem : cache->problems)
    log_.say<"hostcache-line">(path.string(), problem);
  return std::move(cache->hosts);
}

void RememberedHosts::record(const std::vector<HostEntry>& hosts,
                             const std::vector<HostEntry>& deleted) {
  if (!kept_) return;
  writer_.write(hosts_, io::host_cache_text(hosts));
  writer_.write(deleted_, io::host_cache_text(deleted));
}

}  // namespace hb::runtime
