#include "runtime/environment.h"

#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "config/logging_policy.h"
#include "core/settings.h"
#include "core/supervision/supervisor.h"
#include "io/process/process_runner.h"
#include "io/process/script_environment.h"

namespace hb::runtime {
namespace {

constexpr int kDefaultStopRetries = 10;
constexpr std::string_view kNoFacility = "none";  // scripts would take it for the name of one

// What 3.0.6 does not give to clients either.
constexpr std::array kOnlyForScripts = {"HA_LOGD",  "HA_NICEFAILBACK", "HA_BIN", "HA_FIFO",
                                        "HA_RCDIR", "HA_RESOURCEDIR",  "HOME",   "OCF_AGENTS"};

}  // namespace

std::map<std::string, std::string> script_environment(const config::Configuration& configuration,
                                                      int debug_level) {
  const config::HaCf& ha_cf = configuration.ha_cf;
  std::map<std::string, std::string> environment = io::places_for_scripts("/etc/ha.d");
  environment["PATH"] = fmt::format("{}:{}", io::kHelperPath, io::kDefaultPath);
  for (const config::Parameter& parameter : ha_cf.parameters) {
    environment["HA_" + parameter.name] = parameter.text;
  }
  environment["HA_CURHOST"] = configuration.self.value();
  environment["HA_LOGFILE"] = ha_cf.logfile.value_or("");
  environment["HA_DEBUGLOG"] = ha_cf.debugfile.value_or("");
  if (ha_cf.logfacility) {
    environment["HA_LOGFACILITY"] = *ha_cf.logfacility == kNoFacility ? "" : *ha_cf.logfacility;
  }
  environment["HA_DIR"] = "/etc/ha.d/";
  environment["HA_DATEFMT"] = "%Y/%m/%d_%T\t";
  environment["HA_LOGD"] = config::log_targets(ha_cf).logd ? "yes" : "no";
  // Also over the text of the directive, which knows neither -d nor signals.
  if (debug_level > 0 || environment.contains("HA_debug")) {
    environment["HA_debug"] = std::to_string(debug_level);
  }
  if (ha_cf.auto_failback != config::AutoFailback::kLegacy) environment["HA_NICEFAILBACK"] = "yes";
  for (const config::EnvironmentEntry& entry : ha_cf.env) {
    environment["HA_" + entry.name] = entry.value;
  }
  return environment;
}

namespace {

// The value of `env NAME=n` if it is an integer.
std::optional<int> number_of(const config::HaCf& ha_cf, std::string_view name) {
  for (const config::EnvironmentEntry& entry : ha_cf.env) {
    if (entry.name != name) continue;
    int number = 0;
    const char* end = entry.value.data() + entry.value.size();
    const auto [stop, error] = std::from_chars(entry.value.data(), end, number);
    if (error == std::errc() && stop == end) return number;
  }
  return std::nullopt;
}

}  // namespace

int stop_retries(const config::HaCf& ha_cf) {
  return number_of(ha_cf, "STOPRETRYMAX").value_or(kDefaultStopRetries);
}

std::map<std::string, std::string> client_environment(const config::Configuration& configuration,
                                                      int debug_level) {
  auto environment = script_environment(configuration, debug_level);
  environment["PATH"] = io::kDefaultPath;
  for (const char* name : kOnlyForScripts) environment.erase(name);
  return environment;
}

Duration client_stop_limit(const config::HaCf& ha_cf) {
  constexpr int kDay = 86400;
  const int seconds = number_of(ha_cf, "CLIENTSTOPMAX").value_or(0);
  if (seconds < 1 || seconds > kDay) return core::Supervisor::kDefaultStopLimit;
  return std::chrono::seconds(seconds);
}

Duration fence_delay(const config::HaCf& ha_cf) {
  constexpr int kHour = 3600;
  const std::optional<int> seconds = number_of(ha_cf, "FENCEDELAY");
  if (!seconds || *seconds < 0 || *seconds > kHour) return core::FencingSettings().start_delay;
  return std::chrono::seconds(*seconds);
}

}  // namespace hb::runtime
