#include "runtime/identity.h"

#include <ctime>
#include <optional>
#include <random>

#include "io/host/host_cache.h"
#include "io/host/state_files.h"

namespace hb::runtime {
namespace {

std::uint64_t random_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32U) | device();
}

Expected<Generation, io::IoError> establish_generation(config::GenerationMethod method,
                                                       const Paths& paths, io::Log& log) {
  const auto unix_time = static_cast<std::uint64_t>(std::time(nullptr));
  if (method == config::GenerationMethod::kTime) return Generation(unix_time);
  const auto next = io::next_generation(paths.generation(), unix_time);
  if (!next) return unexpected(next.error());
  if (next->origin == io::GenerationOrigin::kNoFile) {
    log.say<"generation-first">(next->generation.value());
  } else if (next->origin == io::GenerationOrigin::kUnreadable) {
    log.say<"generation-unreadable">(paths.generation().string(), next->generation.value());
  }
  return next->generation;
}

// What hostcache says of this node; of problems with that file RememberedHosts tells.
std::optional<Uuid> remembered_uuid(const NodeName& self, const Paths& paths) {
  const auto cache = io::read_host_cache(paths.host_cache());
  if (!cache) return std::nullopt;
  for (const HostEntry& host : cache->hosts) {
    if (host.name == self && !host.uuid.is_null()) return host.uuid;
  }
  return std::nullopt;
}

Expected<Uuid, io::IoError> establish_uuid(config::UuidSource source, const NodeName& self,
                                           const Paths& paths, io::Log& log) {
  if (source == config::UuidSource::kNodename) return io::uuid_from_node_name(self);
  const auto uuid =
      io::load_or_make_uuid(paths.uuid(), [&] { return remembered_uuid(self, paths); });
  if (!uuid) return unexpected(uuid.error());
  switch (uuid->origin) {
    case io::UuidOrigin::kKept:
      break;
    case io::UuidOrigin::kMade:
      log.say<"uuid-made">(uuid->uuid.text());
      break;
    case io::UuidOrigin::kRecalled:
      log.say<"uuid-recalled">(paths.uuid().string(), uuid->uuid.text(),
                               paths.host_cache().string());
      break;
    case io::UuidOrigin::kRemade:
      log.say<"uuid-lost">(paths.uuid().string(), uuid->uuid.text());
      break;
  }
  return uuid->uuid;
}

}  // namespace

Expected<Identity, io::IoError> establish_identity(const config::HaCf& ha_cf, const NodeName& self,
                                                   const Paths& paths, io::Log& log) {
  const auto generation = establish_generation(ha_cf.hbgenmethod, paths, log);
  if (!generation) return unexpected(generation.error());
  log.say<"generation">(generation->value());
  const auto uuid = establish_uuid(ha_cf.uuidfrom, self, paths, log);
  if (!uuid) return unexpected(uuid.error());
  return Identity{.uuid = *uuid, .generation = *generation, .seed = random_seed()};
}

}  // namespace hb::runtime
