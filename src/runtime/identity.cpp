#include "runtime/identity.h"

#include <ctime>
#include <random>

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

Expected<Uuid, io::IoError> establish_uuid(config::UuidSource source, const NodeName& self,
                                           const Paths& paths, io::Log& log) {
  if (source == config::UuidSource::kNodename) return io::uuid_from_node_name(self);
  const auto uuid = io::load_or_make_uuid(paths.uuid());
  if (!uuid) return unexpected(uuid.error());
  if (uuid->generated) log.say<"uuid-made">(uuid->uuid.text());
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
