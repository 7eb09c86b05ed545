#include "runtime/live_configuration.h"

#include <system_error>
#include <utility>

#include "config/diagnostic.h"
#include "config/world_system.h"
#include "runtime/translate.h"
#include "wire/key_ring.h"

namespace hb::runtime {
namespace {

std::filesystem::file_time_type written_at(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::last_write_time(path, error);
}

}  // namespace

LiveConfiguration::LiveConfiguration(config::Configuration configuration, Paths paths,
                                     Options options, io::Log& log)
    : current_(std::move(configuration)),
      paths_(std::move(paths)),
      options_(options),
      log_(log),
      haresources_written_(written_at(paths_.sources.haresources)) {}

config::CheckResult LiveConfiguration::check() const {
  const config::SystemWorld world;
  return config::check(config::read_sources(paths_.sources, options_.resource_management), world);
}

void LiveConfiguration::reread(Executor& executor) {
  log_.info("Rereading configuration files.");
  const config::CheckResult result = check();
  for (const config::Diagnostic& diagnostic : result.diagnostics) tell(diagnostic);
  if (!result.configuration) {
    log_.error("The configuration is not changed: it has errors.");
  } else {
    apply(*result.configuration, executor);
  }
  log_.reopen();
}

void LiveConfiguration::tell(const config::Diagnostic& diagnostic) {
  if (diagnostic.severity == config::Severity::kError) {
    log_.error("{}", config::render_for_log(diagnostic));
  } else if (diagnostic.severity == config::Severity::kWarning) {
    log_.warning("{}", config::render_for_log(diagnostic));
  }
}

// What can change while running does; of the rest the operator is told.
void LiveConfiguration::apply(const config::Configuration& fresh, Executor& executor) {
  const bool same_keys = fresh.keys == current_.keys;
  if (!same_keys) {
    if (auto keys = wire::KeyRing::make(fresh.keys.keys, fresh.keys.sending)) {
      log_.info("Rereading authentication file.");
      executor.set_keys(std::move(*keys));
      current_.keys = fresh.keys;
    }
  }
  log_.set_targets(to_log_targets(fresh.ha_cf));
  log_.set_debug_level(fresh.ha_cf.debug + options_.more_debug);
  executor.log_bad_packets(fresh.ha_cf.log_badpack);
  if (fresh.ha_cf == current_.ha_cf && fresh.groups == current_.groups) {
    if (same_keys) log_.info("Configuration unchanged.");
    return;
  }
  if (on_change_) on_change_(fresh);
  if (!(fresh.groups == current_.groups)) change_groups(fresh.groups, true, executor);
  if (!(fresh.ha_cf == current_.ha_cf)) {
    log_.warning(
        "{} has changed: keys, log settings, clients and watchdog are in force now, the rest at "
        "the "
        "next start.",
        paths_.sources.ha_cf);
  }
}

void LiveConfiguration::look_at_haresources(Executor& executor) {
  if (!options_.resource_management) return;
  std::error_code error;
  const auto written = std::filesystem::last_write_time(paths_.sources.haresources, error);
  if (error || written == haresources_written_) return;
  haresources_written_ = written;
  const config::CheckResult result = check();
  if (!result.configuration) {
    log_.error(
        "{} has changed, and a check finds errors: heartbeat goes on with the old one. "
        "`heartbeat --check` names them",
        paths_.sources.haresources);
  } else if (!(result.configuration->groups == current_.groups)) {
    change_groups(result.configuration->groups, false, executor);
  }
}

void LiveConfiguration::change_groups(const std::vector<ResourceGroup>& groups, bool apply,
                                      Executor& executor) {
  log_.info("{} has changed: {} resource groups", paths_.sources.haresources, groups.size());
  current_.groups = groups;
  executor.change_groups(groups, apply);
}

}  // namespace hb::runtime
