#include "config/logging_policy.h"

#include <array>
#include <utility>

#include "base/nearest.h"

namespace hb::config {
namespace {

// Names and numbers of syslog(3); `mark` is the one that syslogd itself uses.
constexpr std::array<std::pair<std::string_view, int>, 22> kFacilities = {{
    {"auth", 4},     {"authpriv", 10}, {"cron", 9},    {"daemon", 3},  {"ftp", 11},
    {"kern", 0},     {"lpr", 6},       {"mail", 2},    {"mark", 24},   {"news", 7},
    {"security", 4}, {"syslog", 5},    {"user", 1},    {"uucp", 8},    {"local0", 16},
    {"local1", 17},  {"local2", 18},   {"local3", 19}, {"local4", 20}, {"local5", 21},
    {"local6", 22},  {"local7", 23},
}};

constexpr int shifted(int number) { return number << 3; }

// /dev/null is how a file says "no such log, and that is on purpose".
std::optional<std::string> real_file(const std::optional<std::string>& path) {
  return path == "/dev/null" ? std::nullopt : path;
}

}  // namespace

std::optional<int> syslog_facility(std::string_view name) {
  for (const auto& [known, number] : kFacilities) {
    if (known == name) return shifted(number);
  }
  return std::nullopt;
}

std::string_view nearest_facility(std::string_view name) {
  std::array<std::string_view, kFacilities.size() + 1> names{};
  for (std::size_t i = 0; i < kFacilities.size(); ++i) names[i] = kFacilities[i].first;
  names.back() = "none";
  return nearest_of(name, names);
}

std::string syslog_facility_names() {
  std::string names;
  for (const auto& [name, number] : kFacilities) names += std::string(name) + ", ";
  return names + "or none";
}

bool has_log_entry(const HaCf& ha_cf) {
  return ha_cf.logfile || ha_cf.debugfile ||
         (ha_cf.logfacility && syslog_facility(*ha_cf.logfacility));
}

LogTargets log_targets(const HaCf& ha_cf) {
  LogTargets targets;
  targets.logfile = real_file(ha_cf.logfile);
  targets.debugfile = real_file(ha_cf.debugfile);
  if (ha_cf.logfacility) targets.facility = syslog_facility(*ha_cf.logfacility);
  // The table of ha-cf 6: asked for, or nothing else was.
  targets.logd = ha_cf.use_logd.value_or(!has_log_entry(ha_cf));
  const bool nowhere = !targets.logfile && !targets.debugfile && !targets.facility;
  if (!has_log_entry(ha_cf) || (targets.logd && nowhere)) {
    targets.facility = syslog_facility("daemon");
    targets.fallback = true;
  }
  return targets;
}

}  // namespace hb::config
