#include "wire/groups_digest.h"

#include <string>

#include "wire/digest.h"

namespace hb::wire {

std::uint32_t groups_digest(const std::vector<ResourceGroup>& groups) {
  std::string text;
  for (const ResourceGroup& group : groups) {
    text += group.preferred.value();
    for (const ResourceSpec& resource : group.resources) text += " " + resource.text;
    text += "\n";
  }
  return crc32_posix_without_length(text);
}

}  // namespace hb::wire
