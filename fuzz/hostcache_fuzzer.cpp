#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>

#include "fuzz_check.h"
#include "io/host/host_cache.h"

// Any bytes in hostcache or delhostcache: what makes sense is bounded and named once, and written
// out again it is read as the same, without a complaint.
namespace hb::fuzz {
namespace {

void run(std::string_view input) {
  const io::HostCache first = io::parse_host_cache(input);
  HB_FUZZ_CHECK(first.hosts.size() <= io::kMostHosts);
  HB_FUZZ_CHECK(first.problems.size() <= io::kMostProblems);
  std::set<NodeName> names;
  for (const HostEntry& entry : first.hosts) HB_FUZZ_CHECK(names.insert(entry.name).second);

  const io::HostCache second = io::parse_host_cache(io::host_cache_text(first.hosts));
  HB_FUZZ_CHECK(second.problems.empty());
  HB_FUZZ_CHECK(second.hosts == first.hosts);
}

}  // namespace
}  // namespace hb::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hb::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
