#include "io/host/log/throttle.h"

#include <utility>

namespace hb::io {
namespace {

constexpr std::string_view kAllOthers = "";

}  // namespace

std::optional<std::uint64_t> LogThrottle::admit(std::string_view kind, Instant now) {
  auto found = kinds_.find(kind);
  if (found == kinds_.end() && kinds_.size() >= kKinds) found = kinds_.find(kind = kAllOthers);
  if (found == kinds_.end()) {
    kinds_.emplace(kind, Kind{now});
    return 0;
  }
  Kind& known = found->second;
  if (now - known.last < interval_) {
    ++known.held_back;
    return std::nullopt;
  }
  known.last = now;
  return std::exchange(known.held_back, 0);
}

}  // namespace hb::io
