#include "io/host/log/severity.h"

#include <algorithm>
#include <array>
#include <utility>

#include <syslog.h>

namespace hb::io {

std::string_view word(Severity severity) {
  switch (severity) {
    case Severity::kEmergency:
      return "EMERG";
    case Severity::kAlert:
      return "ALERT";
    case Severity::kCritical:
      return "CRIT";
    case Severity::kError:
      return "ERROR";
    case Severity::kWarning:
      return "WARN";
    case Severity::kNotice:
      return "notice";
    case Severity::kInfo:
      return "info";
    case Severity::kDebug:
      return "debug";
  }
  return "";
}

std::optional<int> parse_facility(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, int>, 22> kFacilities = {{
      {"auth", LOG_AUTH},     {"authpriv", LOG_AUTHPRIV}, {"cron", LOG_CRON},
      {"daemon", LOG_DAEMON}, {"ftp", LOG_FTP},           {"kern", LOG_KERN},
      {"lpr", LOG_LPR},       {"mail", LOG_MAIL},         {"mark", LOG_SYSLOG},
      {"news", LOG_NEWS},     {"security", LOG_AUTH},     {"syslog", LOG_SYSLOG},
      {"user", LOG_USER},     {"uucp", LOG_UUCP},         {"local0", LOG_LOCAL0},
      {"local1", LOG_LOCAL1}, {"local2", LOG_LOCAL2},     {"local3", LOG_LOCAL3},
      {"local4", LOG_LOCAL4}, {"local5", LOG_LOCAL5},     {"local6", LOG_LOCAL6},
      {"local7", LOG_LOCAL7},
  }};
  const auto* const found = std::find_if(kFacilities.begin(), kFacilities.end(),
                                         [&](const auto& row) { return row.first == name; });
  if (found == kFacilities.end()) return std::nullopt;
  return found->second;
}

}  // namespace hb::io
