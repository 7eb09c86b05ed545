#pragma once

#include <cstdint>

#include "core/effects.h"
#include "core/inputs.h"
#include "sim/event_queue.h"

namespace hb::sim {

class World;

enum class LifeEnd : std::uint8_t {
  kLeft,     // it shut down and said so
  kKilled,   // the process alone; its resources run on
  kCrashed,  // the whole host
};

// Sees all that happens in a world, and changes nothing.
class Watcher {
 public:
  virtual void life_began(const World&, HostId) {}
  virtual void life_ended(const World&, HostId, LifeEnd) {}
  // Before the effects of that step are performed.
  virtual void stepped(const World&, HostId, const core::Input&, const core::Effects&) {}
  virtual void resource_changed(const World&, HostId, std::uint32_t /*resource*/, bool /*runs*/) {}
  // A packet that was changed on the way was taken for authentic, and is another one now.
  virtual void forged(const World&, HostId /*to*/) {}
  // At regular intervals, whatever happens.
  virtual void look(const World&) {}

 protected:
  ~Watcher() = default;
};

}  // namespace hb::sim
