#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "sim/world.h"

namespace hb::sim {

// Paths that must have been walked for a set of runs to mean something, each with a name: every
// note that the core has, and what it does without a word.
enum class Probe : std::uint8_t {
  kRetransmitAsked,
  kRetransmitRefused,
  kSentAgain,
  kAcknowledged,
  kMediaDrained,
  kClientsPaused,
  kReboot,
  kStopRetriedToEnd,
  kGenerationFromClock,
  kRanTwice,
  kHeldUpBriefly,
  kPingNodeReturned,
  kShotAtEachOther,
  kPassedOn,
};
inline constexpr std::size_t kNoteCount =
    static_cast<std::size_t>(core::NoteId::kShutdownComplete) + 1;
inline constexpr std::size_t kProbes = kNoteCount + static_cast<std::size_t>(Probe::kPassedOn) + 1;

[[nodiscard]] std::string_view probe_name(std::size_t probe);
// Of a note that nothing in this world can bring about; unit tests of the core reach it.
[[nodiscard]] bool reached_elsewhere(std::size_t probe);

// Counts how often each was reached.
class Probes final : public Watcher {
 public:
  using Counts = std::array<std::uint32_t, kProbes>;

  void life_began(const World& world, HostId host) override;
  void stepped(const World& world, HostId host, const core::Input& input,
               const core::Effects& effects) override;
  void resource_changed(const World& world, HostId host, ResourceId resource, bool runs) override;
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  void count(Probe probe) { ++counts_[kNoteCount + static_cast<std::size_t>(probe)]; }
  void sent(const wire::Packet& packet, HostId host);

  Counts counts_{};
  std::array<std::uint64_t, kMostHosts> newest_{};
  std::array<Instant, kMostHosts> last_step_{};
  std::set<std::pair<HostId, std::string>> dead_pings_;
  std::array<bool, kMostHosts> shooting_{};
};

}  // namespace hb::sim
