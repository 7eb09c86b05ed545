#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/plan.h"
#include "sim/run.h"

namespace hb::sim {

// Sums over many runs. Plain data: workers send it through a pipe.
struct Tally {
  std::uint64_t runs = 0;
  std::uint64_t steps = 0;
  std::int64_t simulated_ns = 0;
  std::int64_t split_brain_ns = 0;
  std::array<std::uint64_t, kFaultKinds> faults{};
  std::array<std::uint64_t, kProbes> probes{};
  std::array<std::uint64_t, kMostInvariants> checks{};

  void add(const RunResult& result);
  void add(const Tally& other);
};

struct Failure {
  std::uint64_t seed = 0;
  std::string invariant;  // "NoAbort" when the process died
  std::string text;
};

struct CampaignOptions {
  std::uint64_t from = 1;
  std::uint64_t seeds = 1;
  unsigned jobs = 1;
  std::size_t most_failures = 5;  // then it ends early
  DrawOptions draw;
};

struct Campaign {
  Tally tally;
  std::vector<Failure> failures;
};

// Runs the seeds in processes of their own, so that even an abort is one failure among others.
[[nodiscard]] Campaign run_campaign(const CampaignOptions& options,
                                    const std::function<void(const Campaign&)>& progress);

// Runs a plan in a process of its own; the invariant that it breaks, if any.
[[nodiscard]] std::optional<Failure> run_apart(const Plan& plan);

}  // namespace hb::sim
