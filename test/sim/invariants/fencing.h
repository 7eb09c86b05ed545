#pragma once

#include <array>
#include <set>

#include "sim/invariants/hearing.h"

namespace hb::sim {

// Where fencing is configured, a host says that it takes over from another one, which it counts as
// dead, only after that one was confirmed to be down since its death, has said farewell, or is
// alive again. And while the others have been dead, or unheard, for the whole of a life, nothing at
// all is started in it before that. A confirmation is the answer to the host's own shot at that
// very node, which told success, or an operator's word for it; given while the node is not heard.
// And nobody is shot while it is heard.
class FenceBeforeTakeover final : public Invariant {
 public:
  [[nodiscard]] std::string_view name() const override { return "FenceBeforeTakeover"; }
  void life_began(const World& world, HostId host) override;
  void stepped(const World& world, HostId host, const core::Input& input,
               const core::Effects& effects) override;

 private:
  // What a host may know of another one.
  struct Other {
    bool alive = false;  // heard, and not dead
    bool ever_alive = false;
    bool left = false;                     // it said farewell in the life that was heard last
    bool confirmed = false;                // since its death, or its absence
    std::set<core::FenceAttempt> shots{};  // at it
  };
  void heard(const World& world, HostId host, const core::Input& input);
  void acted(const World& world, HostId host, const core::Effects& effects);
  void excused(const World& world, HostId host, const std::string& name);
  [[nodiscard]] static bool may_take_from(const Other& other) {
    return other.alive || other.left || other.confirmed;
  }

  std::array<std::array<Other, kMostHosts>, kMostHosts> others_{};
};

// Who is to be fenced, and silent, is shot at until that is over: no longer pause than the start
// delay and the retry interval, and some. Hosts that do not run, or slowly, are excused meanwhile.
class ShootsOn final : public Invariant {
 public:
  [[nodiscard]] std::string_view name() const override { return "ShootsOn"; }
  void life_began(const World& world, HostId host) override;
  void stepped(const World& world, HostId host, const core::Input& input,
               const core::Effects& effects) override;
  void look(const World& world) override;

 private:
  struct Gun {
    std::set<core::FenceAttempt> under_way{};
    std::optional<Instant> idle_since{};  // with somebody to shoot
  };
  std::array<Gun, kMostHosts> guns_{};
};

// Where fencing is configured and devices do not lie, no resource ever runs on two hosts at a time:
// not during a cut, not while anything heals. A host whose agents have lied since its boot, or that
// runs no core of ours, is excused.
class NeverTwice final : public Invariant {
 public:
  [[nodiscard]] std::string_view name() const override { return "NeverTwice"; }
  void resource_changed(const World& world, HostId host, ResourceId resource, bool runs) override;
};

}  // namespace hb::sim
