#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/fault.h"
#include "sim/invariants/invariant.h"
#include "sim/plan.h"
#include "sim/probes.h"

namespace hb::sim {

// Names of all invariants, in the order of RunResult::checks.
[[nodiscard]] const std::vector<std::string_view>& invariant_names();
inline constexpr std::size_t kMostInvariants = 24;

struct RunResult {
  std::optional<Violation> violation;
  std::uint64_t digest = 0;  // of all that happened: the same for the same plan
  std::uint64_t steps = 0;
  Duration simulated{};
  Duration split_brain{};  // during which a resource ran twice, as the configuration permits
  std::array<std::uint32_t, kFaultKinds> faults{};
  Probes::Counts probes{};
  std::array<std::uint64_t, kMostInvariants> checks{};
  std::string trace;  // if asked for
};

// Runs a plan: starts the hosts, does what it says, heals everything, waits until all must be well,
// and watches all invariants; ends at the first that is broken.
enum class Trace : std::uint8_t { kNone, kNotes, kPackets };
[[nodiscard]] RunResult run(const Plan& plan, Trace trace = Trace::kNone);

// The smallest plan found that breaks the same invariant: with fewer faults, hosts, links and time.
// `breaks` runs a candidate and says whether it still does.
[[nodiscard]] Plan shrink(Plan plan, const std::function<bool(const Plan&)>& breaks);

}  // namespace hb::sim
