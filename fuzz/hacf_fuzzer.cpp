#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/fake_world.h"
#include "config/ha_cf_parser.h"
#include "config/logging_policy.h"
#include "fuzz_check.h"

// Any text is parsed to values with all defaults; values that were accepted print to text that
// means the same; the number of messages is bounded and their places lie in the text.
namespace hb::fuzz {
namespace {

bool is_clean(const config::HaCfResult& result) {
  for (const config::Diagnostic& diagnostic : result.diagnostics) {
    if (diagnostic.severity == config::Severity::kError) return false;
  }
  return true;
}

void run(std::string_view input) {
  static const config::FakeWorld world;
  const NodeName self("node1");
  const config::HaCfResult first = config::parse_ha_cf(input, "ha.cf", self, world);
  HB_FUZZ_CHECK(first.diagnostics.size() <= config::Diagnostics::kMostKept + 2);
  for (const config::Diagnostic& diagnostic : first.diagnostics) {
    HB_FUZZ_CHECK(diagnostic.where.line <= input.size() + 1);
    HB_FUZZ_CHECK(diagnostic.where.column <= input.size() + 1);
    HB_FUZZ_CHECK(!config::render(diagnostic).empty());
  }
  static_cast<void>(config::log_targets(first.ha_cf));
  HB_FUZZ_CHECK(first.ha_cf.nodes.size() <= 100);
  HB_FUZZ_CHECK(first.ha_cf.media.size() <= 64);
  // Timers that the check of the whole file refuses may have computed defaults that no file can
  // say.
  if (!is_clean(first) || first.ha_cf.deadtime <= 2 * first.ha_cf.keepalive) return;

  const config::HaCfResult second =
      config::parse_ha_cf(config::print(first.ha_cf), "printed", self, world);
  HB_FUZZ_CHECK(is_clean(second));
  HB_FUZZ_CHECK(second.ha_cf == first.ha_cf);
}

}  // namespace
}  // namespace hb::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hb::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
