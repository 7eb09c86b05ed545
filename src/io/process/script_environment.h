#pragma once

#include <map>
#include <string>
#include <string_view>

namespace hb::io {

// In front of the PATH of every script: so a hook may say plain `hb_standby`.
inline constexpr std::string_view kHelperPath = "/usr/libexec/heartbeat:/usr/share/heartbeat";

// What every script of resource.d and rc.d finds set, whoever runs it: where things are. 3.0.6 sets
// the same in its shellfuncs, which each of its scripts goes through.
//
// @param directory  /etc/ha.d, without a slash at the end.
[[nodiscard]] std::map<std::string, std::string> places_for_scripts(const std::string& directory);

}  // namespace hb::io
