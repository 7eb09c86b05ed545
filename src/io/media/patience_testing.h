#pragma once

#include <chrono>

namespace hb::io {

// How long tests wait for what comes at once unless something is broken.
inline constexpr std::chrono::seconds kPatience{20};

}  // namespace hb::io
