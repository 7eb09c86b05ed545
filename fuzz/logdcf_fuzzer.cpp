#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/logd_cf.h"
#include "fuzz_check.h"

// logd.cf: any text is parsed or refused with a place for each reason.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto result = hb::config::parse_logd_cf(text, "logd.cf");
  bool error = false;
  for (const auto& diagnostic : result.diagnostics) {
    HB_FUZZ_CHECK(!diagnostic.problem.empty());
    error |= diagnostic.severity == hb::config::Severity::kError;
  }
  HB_FUZZ_CHECK(error == !result.good);
  HB_FUZZ_CHECK(result.logd_cf.logmode <= 0777U);
  HB_FUZZ_CHECK(result.logd_cf.entity.size() <= hb::config::LogdCf::kEntityLongest);
  return 0;
}
