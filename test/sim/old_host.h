#pragma once

#include <functional>
#include <optional>

#include "base/ids.h"
#include "base/time.h"
#include "core/effects.h"
#include "wire/packet.h"

namespace hb::sim {

// What the parts of a modelled 3.0.6 may ask of the whole.
class OldHost {
 public:
  // To everybody, or to `dest`. Heard by ourselves before it leaves (spec: wire-protocol 10.2).
  virtual void say(wire::Body body, std::optional<NodeName> dest) = 0;
  // Later, unless the process has ended by then.
  virtual void after(Duration delay, std::function<void()> then) = 0;
  virtual void effect(core::Effect effect) = 0;
  [[nodiscard]] virtual Instant now() const = 0;
  // Another node is a full member.
  [[nodiscard]] virtual bool other_active() const = 0;
  // All resources are given up and the others were told.
  virtual void released() = 0;

 protected:
  ~OldHost() = default;
};

}  // namespace hb::sim
