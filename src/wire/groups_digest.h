#pragma once

#include <cstdint>
#include <vector>

#include "base/resource_spec.h"

namespace hb::wire {

// What a node tells the others of its haresources. Equal for equal groups in the same order, on
// every node of ours: that a side without groups weighs nothing rests on it.
[[nodiscard]] std::uint32_t groups_digest(const std::vector<ResourceGroup>& groups);

}  // namespace hb::wire
