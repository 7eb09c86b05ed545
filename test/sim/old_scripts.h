#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "base/resource_spec.h"
#include "core/agent.h"
#include "core/inputs.h"
#include "sim/old_host.h"

namespace hb::sim {

// The shell scripts and forked children of a 3.0.6, as far as they run agents: one after the other,
// each walking some groups and then saying something (spec: resources 2, 3).
class OldScripts {
 public:
  using Groups = std::vector<ResourceGroup>;
  using Then = std::function<void()>;

  OldScripts(OldHost& host, int stop_retries) : host_(host), stop_retries_(stop_retries) {}

  void take(Groups groups, Then then);
  void give(Groups groups, Then then);
  // Calls `stopped` for each group whose first resource, its key, does not run, and `running` for
  // the others.
  using Each = std::function<void(const ResourceGroup&)>;
  void probe(Groups groups, Each stopped, Each running, Then then);

  void finished(const core::AgentFinished& outcome);
  [[nodiscard]] bool busy() const { return !queue_.empty(); }

 private:
  using Result = std::function<void(core::AgentResult)>;

  void enqueue(Then script);
  void begin();
  void next();
  void run(const ResourceSpec& resource, core::AgentOp op, Result then);
  // Each walks on from `at` and calls `then` at the end.
  void take_from(const ResourceGroup& group, std::size_t at, Then then);
  void give_from(const ResourceGroup& group, std::size_t at, Then then);
  void stop(const ResourceSpec& resource, int failed, Then then);
  void each(const Groups& groups, std::size_t at,
            std::function<void(const ResourceGroup&, Then)> walk, Then then);

  OldHost& host_;
  int stop_retries_;
  std::deque<Then> queue_;  // the first one runs
  core::AgentRun last_run_;
  Result waiting_;
};

}  // namespace hb::sim
