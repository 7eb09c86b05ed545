#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"

namespace hb::config {

// What /etc/logd.cf says (spec: client-api 8.2).
struct LogdCf {
  std::optional<std::string> logfile;    // everything but debug
  std::optional<std::string> debugfile;  // everything
  std::optional<int> facility = 3 << 3;  // syslog(3) number, LOG_DAEMON; none: not to syslog
  std::string entity = "logd";           // the daemon's own name in its lines
  std::string syslogprefix;              // empty: none
  unsigned logmode = 0644;               // of log files that are made
  bool syslogmsgfmt = true;              // line format of the files

  static constexpr std::size_t kEntityLongest = 63;  // bytes, also of the prefix
};

struct LogdCfResult {
  LogdCf logd_cf;
  std::vector<Diagnostic> diagnostics;
  bool good = true;  // no error among them
};

/// Parses the whole file and reports everything that is wrong with it.
///
/// One directive a line, its name in any case; `#` begins a comment; a directive given again
/// replaces the earlier one. `sendqlen`, `recvqlen` and `useapphbd` are accepted without effect.
/// @param file  its name, for the places of the diagnostics.
[[nodiscard]] LogdCfResult parse_logd_cf(std::string_view text, const std::string& file);

}  // namespace hb::config
