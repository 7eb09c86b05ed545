#pragma once

#include <array>
#include <optional>
#include <vector>

#include "sim/invariants/hearing.h"

namespace hb::sim {

// To a host a ping node is dead exactly if it has not answered for deadping (initdead, where that
// is longer, before communication is up), by the host's own clock and not counting the time in
// which the host itself was held up; and never while an answer lies in the host's sockets, unread.
// One that runs, is not slow, and was never held up in this life knows it 5 ms later. In the end
// all ping nodes answer.
class DeadIffSilent final : public Invariant {
 public:
  explicit DeadIffSilent(const Hearing& hearing) : hearing_(hearing) {}
  [[nodiscard]] std::string_view name() const override { return "DeadIffSilent"; }
  void life_began(const World& world, HostId host) override;
  void stepped(const World& world, HostId host, const core::Input& input,
               const core::Effects& effects) override;
  void look(const World& world) override;
  void finish(const World& world) override;

 private:
  struct Judge {
    Instant last_step;  // of the host's clock, as the rest
    std::optional<Instant> active_since;
    std::vector<Instant> last_answer;  // of each ping node; the start until there is one
  };
  void judged_dead(const World& world, HostId host, std::size_t ping_node);
  [[nodiscard]] Duration needed(const World& world, HostId host) const;

  const Hearing& hearing_;
  std::array<Judge, kMostHosts> judges_{};
};

}  // namespace hb::sim
