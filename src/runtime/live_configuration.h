#pragma once

#include <filesystem>
#include <functional>
#include <utility>
#include <vector>

#include "config/configuration.h"
#include "config/difference.h"
#include "io/host/log/log.h"
#include "runtime/executor.h"
#include "runtime/media_set.h"
#include "runtime/paths.h"

namespace hb::runtime {

// The configuration in force. Reads the files again when told to, and brings what has changed into
// force while the node runs; a file with an error changes nothing.
class LiveConfiguration {
 public:
  struct Options {
    bool resource_management = true;  // not -M
    int more_debug = 0;               // -d, once for each
  };

  LiveConfiguration(config::Configuration configuration, Paths paths, Options options,
                    io::Log& log);

  [[nodiscard]] const config::Configuration& current() const { return current_; }

  // Told when another configuration has become the current one, and of what is different in it, so
  // that everybody brings their part of it into force.
  using Listener = std::function<void(const config::Difference& difference)>;
  void on_change(Listener listener) { on_change_ = std::move(listener); }

  // Leaves word of it for `heartbeat --check --diff`; also done after every change.
  void leave_word() const;

  // All three files, as after SIGHUP.
  void reread(Executor& executor);

  // haresources alone, if it was written since: as ever, what was edited counts from the next move
  // on, without a reload. A reload brings it into force at once, and until then it is told as a
  // difference.
  void look_at_haresources(Executor& executor);

 private:
  [[nodiscard]] config::Configuration in_force() const;
  [[nodiscard]] config::CheckResult check() const;
  void tell(const config::Diagnostic& diagnostic);
  void apply(config::Configuration fresh, Executor& executor);
  [[nodiscard]] bool may_apply(const config::Configuration& fresh, const core::Node& node);
  void use_keys(const config::Authkeys& keys, Executor& executor);
  void replace_by(config::Configuration fresh, const config::Difference& difference);

  config::Configuration current_;
  std::vector<ResourceGroup> applied_groups_;  // of the start or the last reload
  Paths paths_;
  Options options_;
  io::Log& log_;
  Listener on_change_;
  std::filesystem::file_time_type haresources_written_;
};

}  // namespace hb::runtime
