#pragma once

#include <filesystem>
#include <string>

#include "base/ids.h"

namespace hb::io {

// uname -n, as it stands.
[[nodiscard]] std::string host_name();

// First line of `nodeinfo` if there is one, else uname -n; lower-cased (spec: ha-cf 8.5).
[[nodiscard]] NodeName local_node_name(const std::filesystem::path& nodeinfo);

}  // namespace hb::io
