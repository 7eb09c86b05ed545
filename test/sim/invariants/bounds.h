#pragma once

#include <array>

#include "sim/invariants/hearing.h"

namespace hb::sim {

// Tables of the core stay within their named bounds: the history within kHistoryLength, what is
// missing and what is asked for within kMostMissing for each peer; one step returns at most
// kMostEffects effects.
class BoundedState final : public Invariant {
 public:
  static constexpr std::size_t kMostEffects = 200;

  [[nodiscard]] std::string_view name() const override { return "BoundedState"; }
  void stepped(const World& world, HostId host, const core::Input& input,
               const core::Effects& effects) override;
  void look(const World& world) override;
};

// A host does not step without end at one instant: each deadline, once reached, moves on.
class NoSpin final : public Invariant {
 public:
  static constexpr int kMostSteps = 3000;  // a full socket, twice, and more

  [[nodiscard]] std::string_view name() const override { return "NoSpin"; }
  void stepped(const World& world, HostId host, const core::Input& input,
               const core::Effects& effects) override;

 private:
  std::array<Instant, kMostHosts> at_{};
  std::array<int, kMostHosts> steps_{};
};

// When all has been well for long, a host sends its heartbeats and next to nothing else, passes on
// what comes by a serial line once at most, lets no client wait, and runs no agent.
class CalmInTheEnd final : public Invariant {
 public:
  [[nodiscard]] std::string_view name() const override { return "CalmInTheEnd"; }
  void stepped(const World& world, HostId host, const core::Input& input,
               const core::Effects& effects) override;
  void finish(const World& world) override;
  // From here on everything counts.
  void begin(const World& world);

 private:
  std::optional<Instant> since_;
  std::array<std::uint32_t, kMostHosts> sent_{};
  std::array<std::uint32_t, kMostHosts> passed_on_{};
  std::array<std::uint32_t, kMostHosts> agents_{};
};

}  // namespace hb::sim
