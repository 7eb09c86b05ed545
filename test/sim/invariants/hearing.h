#pragma once

#include <array>
#include <optional>
#include <vector>

#include "sim/invariants/invariant.h"
#include "sim/world.h"

namespace hb::sim {

// Who has heard whom, as seen from outside. A packet counts when its number is newer than all
// before it of its sender, since only such a one proves that the sender lives: not a duplicate, not
// one that was sent again, not a replay (docs/protocol/liveness.md).
class Hearing final : public Watcher {
 public:
  explicit Hearing(const World& world);

  struct Ear {
    Generation generation;
    SeqNo newest;
    Instant last_local;           // of the listener's clock; its start until it has heard the other
    std::optional<Instant> last;  // true time
    Duration deadtime{};          // as the other has announced it; ours until then
    SeqNo announced_in;           // the status that did
    Instant announced_at;         // of the listener's clock
    Instant touch_since;          // no gap of a deadtime since then
  };
  [[nodiscard]] const Ear& ear(HostId listener, HostId speaker) const {
    return ears_[listener][speaker];
  }
  // Since when both hear each other, both running, without a gap of nine tenths of the deadtime;
  // none if they do not.
  [[nodiscard]] std::optional<Instant> in_touch(const World& world, HostId a, HostId b) const;
  // Whether a packet of the speaker that would count lies in the listener's sockets, unread.
  [[nodiscard]] bool news_waits(const World& world, HostId listener, HostId speaker) const;
  [[nodiscard]] bool was_held_up(HostId host) const { return held_up_[host]; }  // ever

  // Whether its present life has the number of an earlier one. It then sends again what has been
  // heard, and fills with news what was missing: what a listener makes of it is not judged.
  [[nodiscard]] bool repeats(HostId host) const { return repeats_[host]; }

  void life_began(const World& world, HostId host) override;
  void stepped(const World& world, HostId host, const core::Input& input,
               const core::Effects& effects) override;

 private:
  [[nodiscard]] bool hears(const World& world, HostId listener, HostId speaker) const;

  std::vector<NodeName> names_;
  Duration lapse_;  // a longer time between two steps is not silence of the others
  Duration keepalive_;
  Duration deadtime_;
  Duration gap_;
  std::array<std::array<Ear, kMostHosts>, kMostHosts> ears_{};
  std::array<Instant, kMostHosts> last_step_{};  // of the host's clock
  std::array<bool, kMostHosts> held_up_{};
  std::array<Generation, kMostHosts> largest_{};
  std::array<bool, kMostHosts> repeats_{};
};

}  // namespace hb::sim
