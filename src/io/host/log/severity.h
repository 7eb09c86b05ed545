#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hb::io {

// In the order and with the numbers of syslog.
enum class Severity : std::uint8_t {
  kEmergency,
  kAlert,
  kCritical,
  kError,
  kWarning,
  kNotice,
  kInfo,
  kDebug,
};

// EMERG ALERT CRIT ERROR WARN notice info debug: log filters rely on the mixed case
// (spec: ha-cf 12.1).
[[nodiscard]] std::string_view word(Severity severity);

// Syslog facility (LOG_DAEMON …) by its lower-case name; none for an unknown one and for "none".
[[nodiscard]] std::optional<int> parse_facility(std::string_view name);

}  // namespace hb::io
