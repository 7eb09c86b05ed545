#pragma once

#include <string>

namespace hb::io {

// uname -n, as it stands.
[[nodiscard]] std::string host_name();

}  // namespace hb::io
