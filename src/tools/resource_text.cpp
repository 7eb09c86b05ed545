#include "tools/resource_text.h"

#include "config/haresources.h"
#include "config/world_system.h"

namespace hb::tools {

Expected<ResourceSpec, std::string> parse_resource(const std::string& text) {
  const config::SystemWorld world;
  const auto parsed = config::parse_haresources("node " + text, "resource", world);
  if (parsed.groups.size() == 1 && parsed.groups.front().group.resources.size() == 1) {
    return parsed.groups.front().group.resources.front();
  }
  return unexpected("\"" + text + "\" is no resource");
}

}  // namespace hb::tools
