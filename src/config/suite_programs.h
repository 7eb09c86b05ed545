#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/world.h"

namespace hb::config {

/// Where a program that a line names is on this machine: the path itself if it can be executed. If
/// the path is one under which some distribution or release keeps the programs of the suite
/// (/usr/lib/heartbeat, /usr/lib64/heartbeat, /usr/libexec/heartbeat, …), also the place where the
/// program of that name is here, so that an old ha.cf goes on working.
/// @return none if it is nowhere.
[[nodiscard]] std::optional<std::string> find_program(std::string_view path, const World& world);

}  // namespace hb::config
