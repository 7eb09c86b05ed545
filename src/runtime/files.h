#pragma once

#include "config/configuration.h"
#include "runtime/paths.h"

namespace hb::runtime {

// Reads the three files and the node's name; judges nothing. Blocks, so for start and reload only.
// `resource_management`: false with -M.
[[nodiscard]] config::Sources read_sources(const Paths& paths, bool resource_management);

}  // namespace hb::runtime
