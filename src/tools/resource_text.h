#pragma once

#include <string>

#include "base/expected.h"
#include "base/resource_spec.h"

namespace hb::tools {

// One resource as haresources writes it. Error: why it is none, as a sentence.
[[nodiscard]] Expected<ResourceSpec, std::string> parse_resource(const std::string& text);

}  // namespace hb::tools
