#pragma once

#include <array>
#include <functional>
#include <set>

#include "sim/world.h"

namespace hb::sim {

// What a device does with one shot.
struct Shot {
  core::FenceOutcome told = core::FenceOutcome::kConfirmed;
  bool acts = true;  // the victim really goes down; never false where kConfirmed is told
  Duration takes = 200ms;
  bool unstoppable = false;  // it acts and answers even when it is cancelled meanwhile
};

// The fencing devices of a world: whoever fences gets an answer in time, and a victim that is shot
// is gone with all that ran on it, until it boots again. Devices never lie about a success.
class Fences final : public FenceDevices {
 public:
  explicit Fences(World& world) : world_(world) { world_.set_fences(*this); }

  using Devices = std::function<Shot(HostId by, HostId victim)>;
  void set_devices(Devices devices) { devices_ = std::move(devices); }
  // How long after a shot the victim's daemon is started again; 0: not.
  void set_boot_time(Duration time) { boot_time_ = time; }

  // How a victim is started again; default: as it is.
  void set_starter(std::function<void(HostId)> start) { start_ = std::move(start); }
  // Switched off for good: a shot at it does not start it.
  void set_stays_down(std::optional<HostId> host) { stays_down_ = host; }

  void fence(HostId by, const core::Fence& effect) override;
  void cancel(HostId by, core::FenceAttempt attempt) override;

  [[nodiscard]] std::uint32_t shots() const { return shots_; }

 private:
  void end(HostId by, std::uint32_t life, HostId victim, core::FenceAttempt attempt,
           const Shot& shot);

  World& world_;
  Devices devices_;
  std::function<void(HostId)> start_;
  Duration boot_time_{};
  struct Cancelled {
    std::uint32_t life;
    core::FenceAttempt attempt;
    friend auto operator<=>(const Cancelled&, const Cancelled&) = default;
  };
  std::array<std::set<Cancelled>, kMostHosts> cancelled_;
  std::optional<HostId> stays_down_;
  std::uint32_t shots_ = 0;
};

}  // namespace hb::sim
