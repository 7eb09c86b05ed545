#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "base/strong.h"
#include "io/fencing/device.h"
#include "io/fencing/device_checks.h"
#include "io/fencing/device_talk.h"
#include "io/fencing/fence_event.h"
#include "io/process/process_runner.h"

namespace hb::io {

using FenceRun = Strong<struct FenceRunTag, std::uint64_t>;

// The devices of this node, tried in the order of ha.cf until one has reset the victim. Each
// program has a time limit, after which its whole process group is killed. Nothing is run before
// the first use or check, and nobody waits for either.
class FenceDevices {
 public:
  static constexpr Duration kCheckEvery = std::chrono::hours(1);  // spec: stonith 6
  static constexpr std::size_t kMostDetail = 500;                 // bytes of an outcome's detail

  struct Outcome {
    FenceOutcome result;
    std::string detail;  // what each device came to
  };
  using Done = std::function<void(const Outcome&)>;

  explicit FenceDevices(ProcessRunner& runner, Duration check_every = kCheckEvery);
  ~FenceDevices();
  FenceDevices(const FenceDevices&) = delete;
  FenceDevices& operator=(const FenceDevices&) = delete;

  void on_event(OnFenceEvent handler) { on_event_ = std::move(handler); }

  // All lines of ha.cf that apply here, in order, and who may have to be reset. A line that cannot
  // be used is told, and stays as one that fails. Resets under way go on with the old ones.
  void set_devices(const std::vector<FenceDeviceConfig>& configs, const FenceSurroundings& around,
                   std::vector<NodeName> peers);

  // Resets the victim, never this node. `done` is called once, from the loop, never from within;
  // not if it is cancelled.
  FenceRun reset(const NodeName& victim, Done done);
  // Ends the program that is under way for it. Unknown ones are ignored.
  void cancel(FenceRun run);

  // Asks each device for its status and its hosts, now and from then on each hour.
  void check();

 private:
  struct Attempt;  // one reset

  void try_next(const std::shared_ptr<Attempt>& attempt);
  void shoot(const std::shared_ptr<Attempt>& attempt);
  void shot(const std::shared_ptr<Attempt>& attempt, const DeviceTalk::Result& result);
  void failed(const std::shared_ptr<Attempt>& attempt, FenceOutcome outcome,
              const std::string& why);
  void finish(const std::shared_ptr<Attempt>& attempt, FenceOutcome result);

  ProcessRunner& runner_;
  Duration check_every_;
  OnFenceEvent on_event_;
  DeviceTalk talk_;
  DeviceChecks checks_;
  NodeName self_;
  std::vector<NodeName> peers_;
  DeviceSlots slots_;
  std::map<FenceRun, std::shared_ptr<Attempt>> attempts_;
  FenceRun last_run_;
  asio::steady_timer next_check_;
};

}  // namespace hb::io
