#pragma once

#include <map>
#include <string>

#include "base/time.h"
#include "config/configuration.h"

namespace hb::runtime {

// Variables of every script that the daemon runs: HA_<directive> for each recorded directive, and
// those with fixed names (spec: ha-cf 13), with a PATH in which our own programs come first. The
// daemon's own environment is not among them. `debug_level` is the one in force, of which ha.cf
// knows only a part.
[[nodiscard]] std::map<std::string, std::string> script_environment(
    const config::Configuration& configuration, int debug_level);

// Variables of the clients of `respawn` and `failfast` lines: the same, without what only concerns
// scripts of resources and events, and with the PATH of the system.
[[nodiscard]] std::map<std::string, std::string> client_environment(
    const config::Configuration& configuration, int debug_level);

// `env CLIENTSTOPMAX=seconds`: from SIGTERM to SIGKILL for such a client when it is to end; 30 s
// without it, or if it is no number from 1 to a day. An `env`, so that 3.0.6 reads the file too.
[[nodiscard]] Duration client_stop_limit(const config::HaCf& ha_cf);

// `env FENCEDELAY=seconds`: how long the later one of two nodes that may be shooting at each other
// waits; 5 s without it, or if it is no number from 0 to an hour.
[[nodiscard]] Duration fence_delay(const config::HaCf& ha_cf);

// `env STOPRETRYMAX=n`: attempts after a failed stop; 10 without it, or if it is no number.
[[nodiscard]] int stop_retries(const config::HaCf& ha_cf);

}  // namespace hb::runtime
