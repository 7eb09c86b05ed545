#include "runtime/environment.h"

#include <charconv>

namespace hb::runtime {
namespace {

constexpr int kDefaultStopRetries = 10;

}  // namespace

std::map<std::string, std::string> script_environment(const config::Configuration& configuration) {
  const config::HaCf& ha_cf = configuration.ha_cf;
  std::map<std::string, std::string> environment;
  for (const config::Parameter& parameter : ha_cf.parameters) {
    environment["HA_" + parameter.name] = parameter.text;
  }
  environment["HA_CURHOST"] = configuration.self.value();
  environment["HA_LOGFILE"] = ha_cf.logfile.value_or("");
  environment["HA_DEBUGLOG"] = ha_cf.debugfile.value_or("");
  if (ha_cf.logfacility) environment["HA_LOGFACILITY"] = *ha_cf.logfacility;
  environment["HA_DIR"] = "/etc/ha.d/";
  environment["HA_FUNCS"] = "/etc/ha.d/shellfuncs";
  environment["HA_DATEFMT"] = "%Y/%m/%d_%T\t";
  environment["OCF_ROOT"] = "/usr/lib/ocf";
  environment["HA_LOGD"] = "no";
  if (ha_cf.debug > 0) environment["HA_debug"] = std::to_string(ha_cf.debug);
  if (ha_cf.auto_failback != config::AutoFailback::kLegacy) environment["HA_NICEFAILBACK"] = "yes";
  for (const config::EnvironmentEntry& entry : ha_cf.env) {
    environment["HA_" + entry.name] = entry.value;
  }
  return environment;
}

int stop_retries(const config::HaCf& ha_cf) {
  for (const config::EnvironmentEntry& entry : ha_cf.env) {
    if (entry.name != "STOPRETRYMAX") continue;
    int retries = 0;
    const char* end = entry.value.data() + entry.value.size();
    const auto [stop, error] = std::from_chars(entry.value.data(), end, retries);
    if (error == std::errc() && stop == end) return retries;
  }
  return kDefaultStopRetries;
}

}  // namespace hb::runtime
