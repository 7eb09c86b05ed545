#include "sim/fences.h"

#include "base/assert.h"

namespace hb::sim {

void Fences::fence(HostId by, const core::Fence& effect) {
  const auto victim = world_.find(effect.peer.value());
  if (!victim) {  // of no machine that there is
    world_.at(world_.now() + Shot{}.takes, [this, by, life = world_.life(by), effect] {
      if (world_.life(by) == life)
        world_.input(by, core::FenceFinished{effect.attempt, core::FenceOutcome::kBadHost, ""});
    });
    return;
  }
  const Shot shot = devices_ ? devices_(by, *victim) : Shot{};
  HB_ASSERT(shot.acts || shot.told != core::FenceOutcome::kConfirmed);
  world_.at(world_.now() + shot.takes,
            [this, by, life = world_.life(by), victim = *victim, attempt = effect.attempt, shot] {
              end(by, life, victim, attempt, shot);
            });
}

void Fences::cancel(HostId by, core::FenceAttempt attempt) {
  cancelled_[by].insert({world_.life(by), attempt});
}

// The process that works the device ends with the daemon that started it.
void Fences::end(HostId by, std::uint32_t life, HostId victim, core::FenceAttempt attempt,
                 const Shot& shot) {
  const bool cancelled = cancelled_[by].erase({life, attempt}) > 0;
  if (world_.life(by) != life || !world_.up(by)) return;
  if (cancelled && !shot.unstoppable) return;
  if (shot.acts) {
    ++shots_;
    world_.crash(victim);
    if (boot_time_ > Duration(0) && stays_down_ != victim) {
      world_.at(world_.now() + boot_time_, [this, victim, life_then = world_.life(victim)] {
        if (world_.life(victim) != life_then) return;
        start_ ? start_(victim) : world_.start(victim);
      });
    }
  }
  world_.input(by, core::FenceFinished{attempt, shot.told, "virtual device"});
}

}  // namespace hb::sim
