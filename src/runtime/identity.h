#pragma once

#include <cstdint>

#include "base/expected.h"
#include "base/ids.h"
#include "base/uuid.h"
#include "config/ha_cf.h"
#include "io/host/log/log.h"
#include "io/io_error.h"
#include "runtime/paths.h"

namespace hb::runtime {

// What tells this life of this node from every other one.
struct Identity {
  Uuid uuid;
  Generation generation;
  std::uint64_t seed = 0;  // of the core's generator
};

/// Reads uuid and generation, or makes them as `uuidfrom` and `hbgenmethod` say. The generation is
/// on the disk before it is used. What an operator should know of it is logged.
/// Errors: a state file can neither be read nor written. Spec: ha-cf 8.2, 8.3.
[[nodiscard]] Expected<Identity, io::IoError> establish_identity(const config::HaCf& ha_cf,
                                                                 const NodeName& self,
                                                                 const Paths& paths, io::Log& log);

}  // namespace hb::runtime
