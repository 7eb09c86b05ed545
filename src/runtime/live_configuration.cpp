#include "runtime/live_configuration.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "config/diagnostic.h"
#include "config/world_system.h"
#include "runtime/in_force_file.h"
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
      applied_groups_(current_.groups),
      paths_(std::move(paths)),
      options_(options),
      log_(log),
      haresources_written_(written_at(paths_.sources.haresources)) {}

config::Configuration LiveConfiguration::in_force() const {
  config::Configuration configuration = current_;
  configuration.groups = applied_groups_;
  return configuration;
}

void LiveConfiguration::leave_word() const {
  const auto written =
      InForceFile(paths_.in_force()).write(in_force(), options_.resource_management);
  if (!written) log_.say<"in-force-not-told">(written.error().text());
}

config::CheckResult LiveConfiguration::check() const {
  const config::SystemWorld world(config::SystemWorld::Occasion::kReload);
  return config::check(config::read_sources(paths_.sources, options_.resource_management), world);
}

void LiveConfiguration::reread(Executor& executor) {
  log_.reopen();  // first, so that what follows is in the new files
  log_.say<"config-reread">();
  config::CheckResult result = check();
  for (const config::Diagnostic& diagnostic : result.diagnostics) tell(diagnostic);
  if (!result.configuration) {
    log_.say<"config-refused">();
  } else {
    apply(std::move(*result.configuration), executor);
    leave_word();
  }
}

void LiveConfiguration::tell(const config::Diagnostic& diagnostic) {
  if (diagnostic.severity == config::Severity::kError) {
    log_.say<"config-error">(config::render_for_log(diagnostic));
  } else if (diagnostic.severity == config::Severity::kWarning) {
    log_.say<"config-warning">(config::render_for_log(diagnostic));
  }
}

// What can change while running does, all of it or nothing; of the rest the operator is told.
void LiveConfiguration::apply(config::Configuration fresh, Executor& executor) {
  const config::Difference difference = config::compare(in_force(), fresh);
  if (difference.empty()) return log_.say<"config-unchanged">();
  if (!may_apply(fresh, executor.node())) {
    return log_.say<"config-waits">();
  }
  for (const config::Change& change : difference.changes()) {
    const std::string line = config::render(change);
    if (change.impact == config::Impact::kRestart) {
      log_.say<"config-change-waits">(line);
    } else {
      log_.say<"config-change">(line);
    }
  }
  config::keep_what_needs_restart(current_, fresh);
  if (difference.concerns(config::Impact::kKeys)) use_keys(fresh.keys, executor);
  log_.set_targets(to_log_targets(fresh.ha_cf));
  // Else what SIGUSR1 and SIGUSR2 made of it stays.
  if (fresh.ha_cf.debug != current_.ha_cf.debug)
    log_.set_debug_level(fresh.ha_cf.debug + options_.more_debug);
  executor.log_bad_packets(fresh.ha_cf.log_badpack);

  const bool groups_changed = !(fresh.groups == applied_groups_);
  applied_groups_ = fresh.groups;
  replace_by(std::move(fresh), difference);
  if (!groups_changed) return;
  log_.say<"groups-changed">(paths_.sources.haresources, current_.groups.size());
  executor.change_groups(current_.groups, true);
}

// The others hear of it before anything is started here for it: by its digest, in the status that
// goes out with the new settings.
void LiveConfiguration::replace_by(config::Configuration fresh,
                                   const config::Difference& difference) {
  current_ = std::move(fresh);
  if (on_change_) on_change_(difference);
}

// Who is taken out of the cluster must be certain to serve nothing.
bool LiveConfiguration::may_apply(const config::Configuration& fresh, const core::Node& node) {
  bool may = true;
  for (const auto& listed : current_.ha_cf.nodes) {
    const auto same = [&](const auto& other) { return other.value == listed.value; };
    const auto& nodes = fresh.ha_cf.nodes;
    if (std::any_of(nodes.begin(), nodes.end(), same) || node.may_remove(listed.value)) continue;
    log_.say<"config-node-alive">(listed.value.value(), paths_.sources.ha_cf);
    may = false;
  }
  return may;
}

void LiveConfiguration::use_keys(const config::Authkeys& keys, Executor& executor) {
  auto ring = wire::KeyRing::make(keys.keys, keys.sending);
  if (!ring) return log_.say<"keys-unusable">(wire::word(ring.error()));
  log_.say<"keys-reread">();
  executor.set_keys(std::move(*ring));
}

void LiveConfiguration::look_at_haresources(Executor& executor) {
  if (!options_.resource_management) return;
  std::error_code error;
  const auto written = std::filesystem::last_write_time(paths_.sources.haresources, error);
  if (error || written == haresources_written_) return;
  haresources_written_ = written;
  const config::CheckResult result = check();
  if (!result.configuration) return log_.say<"groups-refused">(paths_.sources.haresources);
  config::Configuration fresh = current_;
  fresh.groups = result.configuration->groups;
  if (fresh.groups == current_.groups) return;
  const config::Difference difference = config::compare(current_, fresh);
  replace_by(std::move(fresh), difference);
  log_.say<"groups-read">(paths_.sources.haresources, current_.groups.size());
  executor.change_groups(current_.groups, false);
}

}  // namespace hb::runtime
