#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "sim/invariants/hearing.h"

namespace hb::sim {

// A node is declared dead only after nothing new was heard of it for its deadtime (initdead before
// communication is up), by the judge's own clock and not counting the time in which the judge
// itself was held up; and never while something new of it lies in the judge's sockets, unread.
class NoFalseDeath final : public Invariant {
 public:
  explicit NoFalseDeath(const Hearing& hearing) : hearing_(hearing) {}
  [[nodiscard]] std::string_view name() const override { return "NoFalseDeath"; }
  void life_began(const World&, HostId host) override { active_[host] = false; }
  void stepped(const World& world, HostId host, const core::Input& input,
               const core::Effects& effects) override;

 private:
  const Hearing& hearing_;
  std::array<bool, kMostHosts> active_{};
};

// A judge that runs, is not slow, and was never held up in this life, has declared a silent node
// dead 5 ms after its deadtime.
class EveryDeathNoticed final : public Invariant {
 public:
  explicit EveryDeathNoticed(const Hearing& hearing) : hearing_(hearing) {}
  [[nodiscard]] std::string_view name() const override { return "EveryDeathNoticed"; }
  void life_began(const World&, HostId host) override {
    active_since_[host].reset();
    known_since_[host] = {};
  }
  void stepped(const World& world, HostId host, const core::Input& input,
               const core::Effects& effects) override;
  void look(const World& world) override;

 private:
  [[nodiscard]] bool can_judge(const World& world, HostId host) const;
  void judge(const World& world, HostId host, HostId peer);

  const Hearing& hearing_;
  // By the host's clock. Where nodes join, one that others have told of is silent from then on.
  std::array<std::optional<Instant>, kMostHosts> active_since_{};
  std::array<std::array<std::optional<Instant>, kMostHosts>, kMostHosts> known_since_{};
  // Deleted: what was heard of it before may be played back, and is news.
  std::array<std::array<bool, kMostHosts>, kMostHosts> forgotten_{};
};

// A later life has a larger generation than every earlier one of its host, unless its file was
// replaced by an old copy, or was lost or torn before its clock, in seconds, had passed them all:
// then there is nothing that a start could know them from, nor can the lives after it that count on
// from there.
class GenerationNeverBack final : public Invariant {
 public:
  [[nodiscard]] std::string_view name() const override { return "GenerationNeverBack"; }
  void life_began(const World& world, HostId host) override;

 private:
  std::array<Generation, kMostHosts> largest_{};
  std::array<Generation, kMostHosts> last_{};
  std::array<bool, kMostHosts> behind_{};  // its last life had a smaller number than an earlier one
};

// In the end every node that is up is a full member, knows all others that are up and sees them as
// full members, and those that are down as dead.
class AllSeeEachOther final : public Invariant {
 public:
  [[nodiscard]] std::string_view name() const override { return "AllSeeEachOther"; }
  void finish(const World& world) override;
};

}  // namespace hb::sim
