#pragma once

#include <map>
#include <string>

#include "config/configuration.h"

namespace hb::runtime {

// Variables of every script that the daemon runs: HA_<directive> for each recorded directive, and
// those with fixed names (spec: ha-cf 13). The daemon's own environment is not among them.
[[nodiscard]] std::map<std::string, std::string> script_environment(
    const config::Configuration& configuration);

// `env STOPRETRYMAX=n`: attempts after a failed stop; 10 without it, or if it is no number.
[[nodiscard]] int stop_retries(const config::HaCf& ha_cf);

}  // namespace hb::runtime
