#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "config/fake_world.h"
#include "config/haresources.h"
#include "fuzz_check.h"

// Groups have a key, resources and as many places; written out again, word by word, they are the
// same groups.
namespace hb::fuzz {
namespace {

std::string written(const std::vector<config::LocatedGroup>& groups) {
  std::string text;
  for (const config::LocatedGroup& located : groups) {
    text += located.group.preferred.value();
    for (const ResourceSpec& resource : located.group.resources) text += " " + resource.text;
    text += "\n";
  }
  return text;
}

void run(std::string_view input) {
  static const config::FakeWorld world;
  const auto first = config::parse_haresources(input, "haresources", world);
  HB_FUZZ_CHECK(first.diagnostics.size() <= config::Diagnostics::kMostKept + 2);
  for (const config::LocatedGroup& located : first.groups) {
    HB_FUZZ_CHECK(!located.group.resources.empty());
    HB_FUZZ_CHECK(located.group.resources.size() == located.resources.size());
    HB_FUZZ_CHECK(located.group.key.value() == located.group.resources.front().text);
    HB_FUZZ_CHECK(located.node.line > 0 && located.node.column > 0);
  }
  for (const config::Diagnostic& diagnostic : first.diagnostics) {
    HB_FUZZ_CHECK(diagnostic.where.line <= input.size() + 1);
    if (diagnostic.severity == config::Severity::kError) return;
  }

  const auto second = config::parse_haresources(written(first.groups), "again", world);
  HB_FUZZ_CHECK(second.groups.size() == first.groups.size());
  for (std::size_t i = 0; i < first.groups.size(); ++i) {
    HB_FUZZ_CHECK(second.groups[i].group == first.groups[i].group);
  }
}

}  // namespace
}  // namespace hb::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hb::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
