#include "runtime/fence_set.h"

#include <utility>
#include <vector>

#include "io/process/process_runner.h"

namespace hb::runtime {
namespace {

void say(io::Log& log, const io::FenceEvent& event) {
  using Kind = io::FenceEvent::Kind;
  switch (event.kind) {
    case Kind::kUnusable:
      return log.say<"fence-device-unusable">(event.device, event.detail);
    case Kind::kRefused:
      return log.say<"fence-device-refused">(event.device, event.detail);
    case Kind::kChecking:
      return log.say<"fence-check">(event.device);
    case Kind::kNotOperational:
      return log.say<"fence-device-fails">(event.device, event.detail);
    case Kind::kNobodyFor:
      return log.say<"fence-no-device-for">(event.peer, event.detail);
    case Kind::kResetting:
      return log.say<"fence-begins">(event.peer, event.device);
    case Kind::kOperatorNeeded:
      return log.say<"fence-operator-needed">(event.peer, event.peer, event.peer);
    case Kind::kNotReset:
      return log.say<"fence-not-reset">(event.peer, event.device, event.detail);
    case Kind::kNotItsHost:
      return log.say<"fence-not-its-host">(event.device, event.peer, event.detail);
    case Kind::kOutput:
      return log.say<"fence-output">(event.device, event.detail);
  }
}

}  // namespace

FenceSet::FenceSet(io::ProcessRunner& runner, io::Log& log) : devices_(runner) {
  devices_.on_event([&log](const io::FenceEvent& event) { say(log, event); });
}

void FenceSet::apply(const config::Configuration& configuration,
                     const std::map<std::string, std::string>& environment) {
  std::vector<io::FenceDeviceConfig> devices;
  devices.reserve(configuration.ha_cf.stonith.size());
  for (const config::StonithDevice& device : configuration.ha_cf.stonith) {
    devices.push_back({device.type, device.parameters, device.config_file});
  }
  std::vector<NodeName> peers;
  for (const auto& node : configuration.ha_cf.nodes) {
    if (node.value != configuration.self) peers.push_back(node.value);
  }
  io::FenceSurroundings around{.self = configuration.self, .environment = environment};
  around.environment.try_emplace("PATH", io::kDefaultPath);
  any_ = !devices.empty();
  devices_.set_devices(devices, around, std::move(peers));
}

void FenceSet::check() {
  if (any_) devices_.check();
}

void FenceSet::fence(const core::Fence& effect, Done done) {
  const core::FenceAttempt attempt = effect.attempt;
  runs_.insert_or_assign(attempt,
                         devices_.reset(effect.peer, [this, attempt, done = std::move(done)](
                                                         const io::FenceDevices::Outcome& outcome) {
                           runs_.erase(attempt);
                           done({attempt, outcome.result, outcome.detail});
                         }));
}

void FenceSet::cancel(core::FenceAttempt attempt) {
  const auto found = runs_.find(attempt);
  if (found == runs_.end()) return;
  devices_.cancel(found->second);
  runs_.erase(found);
}

}  // namespace hb::runtime
