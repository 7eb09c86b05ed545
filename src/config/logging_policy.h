#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/ha_cf.h"

namespace hb::config {

// Number of a facility as syslog(3) wants it (already shifted); none for "none" and unknown names.
[[nodiscard]] std::optional<int> syslog_facility(std::string_view name);

// The name most like an unknown one; empty if none is near.
[[nodiscard]] std::string_view nearest_facility(std::string_view name);

// "auth, authpriv, …, local7 or none"
[[nodiscard]] std::string syslog_facility_names();

// Where messages go: all targets given, and syslog facility daemon if none is, so that a running
// daemon never logs nowhere.
struct LogTargets {
  std::optional<std::string> logfile;    // everything but debug
  std::optional<std::string> debugfile;  // everything
  std::optional<int> facility;           // everything; syslog(3) number
  bool fallback = false;                 // the facility is our choice, not the file's
  bool logd = false;                     // the logging daemon has all, the others stand in for it

  friend bool operator==(const LogTargets&, const LogTargets&) = default;
};
[[nodiscard]] LogTargets log_targets(const HaCf& ha_cf);

// Whether ha.cf names a log: logfile, debugfile (/dev/null counts), or a facility but `none`.
[[nodiscard]] bool has_log_entry(const HaCf& ha_cf);

}  // namespace hb::config
