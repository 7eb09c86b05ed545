#pragma once

#include <functional>
#include <map>
#include <string>

#include "config/configuration.h"
#include "core/effects.h"
#include "core/inputs.h"
#include "io/fencing/fence_devices.h"
#include "io/host/log/log.h"

namespace hb::runtime {

// The fencing devices of ha.cf, as the core asks for them.
class FenceSet {
 public:
  FenceSet(io::ProcessRunner& runner, io::Log& log);

  // The devices that apply to this node; runs none of them.
  void apply(const config::Configuration& configuration,
             const std::map<std::string, std::string>& environment);

  // Asks the devices whether they work and whom they control, now and each hour from then on.
  void check();

  using Done = std::function<void(core::FenceFinished)>;
  void fence(const core::Fence& effect, Done done);
  void cancel(core::FenceAttempt attempt);

 private:
  io::FenceDevices devices_;
  bool any_ = false;
  std::map<core::FenceAttempt, io::FenceRun> runs_;
};

}  // namespace hb::runtime
