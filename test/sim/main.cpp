// hb_sim: whole clusters, simulated from seeds. `hb_sim --help` tells the rest.

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "sim/campaign.h"

namespace hb::sim {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 2;

struct Flags {
  std::uint64_t seeds = 1000;
  std::uint64_t from = 1;
  double hours = 0;
  unsigned jobs = 1;
  std::string plan;
  bool old = false;
  bool nightly = false;
  bool no_shrink = false;
  bool json = false;
  bool trace = false;
  bool packets = false;
  std::size_t failures = 5;
};

double hours(std::int64_t ns) { return static_cast<double>(ns) / 3.6e12; }

// One line that is written over and over on a terminal; nothing elsewhere.
class Progress {
 public:
  explicit Progress(std::uint64_t seeds) : seeds_(seeds), terminal_(::isatty(STDERR_FILENO) == 1) {}
  ~Progress() {
    if (terminal_) fmt::print(stderr, "\r\033[K");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void show(const Campaign& campaign) const {
    if (!terminal_) return;
    fmt::print(stderr, "\r\033[K{} of {} runs, {:.1f} simulated hours, {} failed",
               campaign.tally.runs, seeds_, hours(campaign.tally.simulated_ns),
               campaign.failures.size());
    std::fflush(stderr);
  }

 private:
  std::uint64_t seeds_;
  bool terminal_;
};

std::string command(const Flags& flags, std::uint64_t seed) {
  std::string text = fmt::format("./dev sim --seeds 1 --from {}", seed);
  if (flags.hours > 0) text += fmt::format(" --hours {}", flags.hours);
  if (flags.old) text += " --old";
  return text;
}

DrawOptions draw_options(const Flags& flags) {
  DrawOptions options{.trouble = std::nullopt, .old_peers = flags.old};
  if (flags.hours > 0)
    options.trouble = std::chrono::floor<std::chrono::seconds>(
        std::chrono::duration<double, std::ratio<3600>>(flags.hours));
  return options;
}

void print_shrunk(const Plan& plan, const std::string& invariant) {
  const Plan smaller = shrink(plan, [&](const Plan& candidate) {
    const auto failure = run_apart(candidate);
    return failure && failure->invariant == invariant;
  });
  fmt::print("  shrunk to {} faults: hb_sim --plan '{}'\n", smaller.faults.size(), print(smaller));
  if (const auto failure = run_apart(smaller)) fmt::print("  there: {}\n", failure->text);
}

std::vector<std::string_view> probes_missed(const Tally& tally) {
  std::vector<std::string_view> missed;
  for (std::size_t i = 0; i < kProbes; ++i) {
    if (tally.probes[i] == 0 && !reached_elsewhere(i)) missed.push_back(probe_name(i));
  }
  return missed;
}

void print_summary(const Campaign& campaign, double seconds) {
  const Tally& tally = campaign.tally;
  fmt::print(
      "{} runs, {:.1f} simulated hours in {:.1f} s ({:.0f} x real time), {} steps of hosts\n",
      tally.runs, hours(tally.simulated_ns), seconds,
      static_cast<double>(tally.simulated_ns) / 1e9 / std::max(seconds, 1e-3), tally.steps);
  fmt::print("split brain as configured (no fencing): {:.1f} s\n",
             static_cast<double>(tally.split_brain_ns) / 1e9);
  std::uint64_t total = 0;
  for (const std::uint64_t count : tally.faults) total += count;
  fmt::print("faults: {}\n ", total);
  for (std::size_t i = 0; i < kFaultKinds; ++i)
    fmt::print(" {} {}", row(static_cast<FaultKind>(i)).word, tally.faults[i]);
  fmt::print("\ninvariants, with how often each was asked:\n ");
  for (std::size_t i = 0; i < invariant_names().size(); ++i)
    fmt::print(" {} {}", invariant_names()[i], tally.checks[i]);
  fmt::print("\nprobes reached:\n ");
  for (std::size_t i = 0; i < kProbes; ++i) {
    if (tally.probes[i] > 0) fmt::print(" {} {}", probe_name(i), tally.probes[i]);
  }
  const auto missed = probes_missed(tally);
  fmt::print("\nnot reached: {} of {}\n  {}\n", missed.size(), kProbes, fmt::join(missed, " "));
}

void print_json(const Campaign& campaign, double seconds) {
  const Tally& tally = campaign.tally;
  nlohmann::ordered_json json;
  json["runs"] = tally.runs;
  json["simulated_hours"] = hours(tally.simulated_ns);
  json["seconds"] = seconds;
  json["steps"] = tally.steps;
  json["split_brain_seconds"] = static_cast<double>(tally.split_brain_ns) / 1e9;
  for (std::size_t i = 0; i < kFaultKinds; ++i)
    json["faults"][std::string(row(static_cast<FaultKind>(i)).word)] = tally.faults[i];
  for (std::size_t i = 0; i < invariant_names().size(); ++i)
    json["invariants"][std::string(invariant_names()[i])] = tally.checks[i];
  for (std::size_t i = 0; i < kProbes; ++i)
    json["probes"][std::string(probe_name(i))] = tally.probes[i];
  json["failures"] = nlohmann::ordered_json::array();
  for (const Failure& failure : campaign.failures) {
    json["failures"].push_back(
        {{"seed", failure.seed}, {"invariant", failure.invariant}, {"text", failure.text}});
  }
  fmt::print("{}\n", json.dump(2));
}

Campaign run_set(const Flags& flags) {
  const CampaignOptions options{.from = flags.from,
                                .seeds = flags.seeds,
                                .jobs = std::max(flags.jobs, 1U),
                                .most_failures = flags.failures,
                                .draw = draw_options(flags)};
  const Progress progress(flags.seeds);
  return run_campaign(options, [&](const Campaign& so_far) { progress.show(so_far); });
}

void print_failure(const Flags& flags, const Failure& failure) {
  fmt::print("FAILED {}: {}\n  reproduce: {}\n", failure.invariant, failure.text,
             command(flags, failure.seed));
  const Plan plan = draw_plan(failure.seed, draw_options(flags));
  if (flags.no_shrink) {
    fmt::print("  plan: {}\n", print(plan));
  } else {
    print_shrunk(plan, failure.invariant);
  }
  std::fflush(stdout);
}

// One after the other; the summary is of all together.
int run_sets(const std::vector<Flags>& sets) {
  const auto began = std::chrono::steady_clock::now();
  Campaign all;
  std::vector<std::pair<const Flags*, Failure>> failures;
  for (const Flags& set : sets) {
    const Campaign campaign = run_set(set);
    all.tally.add(campaign.tally);
    all.failures.insert(all.failures.end(), campaign.failures.begin(), campaign.failures.end());
    for (const Failure& failure : campaign.failures) failures.emplace_back(&set, failure);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const Flags& flags = sets.front();
  flags.json ? print_json(all, took.count()) : print_summary(all, took.count());
  for (const auto& [set, failure] : failures) {
    if (!flags.json) print_failure(*set, failure);
  }
  if (!all.failures.empty()) return kFailed;
  if (!flags.nightly || probes_missed(all.tally).empty()) return 0;
  fmt::print(stderr, "FAILED: every probe must be reached in this set of runs\n");
  return kFailed;
}

// What must reach every probe: short runs, runs with a 3.0.6, and days.
std::vector<Flags> nightly(const Flags& given) {
  std::vector<Flags> sets(3, given);
  sets[0].seeds = 4000;
  sets[1].seeds = 1000;
  sets[1].old = true;
  sets[2].seeds = 6;
  sets[2].hours = 24;
  return sets;
}

std::string text_or_file(const std::string& argument) {
  std::error_code too_long_for_a_name;
  if (!std::filesystem::exists(argument, too_long_for_a_name)) return argument;
  std::ifstream file(argument);
  return {std::istreambuf_iterator<char>(file), {}};
}

int run_plan(const Flags& flags) {
  const auto plan = parse_plan(text_or_file(flags.plan));
  if (!plan) {
    fmt::print(stderr, "hb_sim: the plan cannot be read at \"{}\"\n", plan.error());
    return kUsage;
  }
  const RunResult result = run(*plan, flags.packets ? Trace::kPackets
                                      : flags.trace ? Trace::kNotes
                                                    : Trace::kNone);
  fmt::print("{}", result.trace);
  fmt::print("{} s simulated, digest {:016x}\n", result.simulated / std::chrono::seconds(1),
             result.digest);
  if (!result.violation) return 0;
  fmt::print("FAILED {}: {}ms: {}\n", result.violation->invariant,
             to_ms(result.violation->at.time_since_epoch()), result.violation->text);
  return kFailed;
}

int main_of(int argc, char** argv) {
  Flags flags;
  CLI::App app("Simulates whole clusters from seeds and watches what must hold in each.");
  app.add_option("--seeds", flags.seeds, "how many runs")->capture_default_str();
  app.add_option("--from", flags.from, "the first seed")->capture_default_str();
  app.add_option("--hours", flags.hours,
                 "of trouble in each run, a fault a minute (default: short)");
  app.add_option("--jobs", flags.jobs, "processes at the same time")->capture_default_str();
  app.add_option("--plan", flags.plan, "run this plan, text or file, instead of seeds");
  app.add_option("--failures", flags.failures, "end after so many")->capture_default_str();
  app.add_flag("--old", flags.old, "one of two hosts is a model of 3.0.6");
  app.add_flag("--nightly", flags.nightly,
               "4000 short runs, 1000 with 3.0.6, 6 days: every probe must be reached");
  app.add_flag("--no-shrink", flags.no_shrink, "print failing plans as they were drawn");
  app.add_flag("--shrink{false}", flags.no_shrink, "make failing plans smaller (the default)");
  app.add_flag("--trace", flags.trace, "with --plan: tell what happens");
  app.add_flag("--packets", flags.packets, "with --plan: tell what happens and what is sent");
  app.add_flag("--json", flags.json, "the summary as JSON");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  if (!flags.plan.empty()) return run_plan(flags);
  return run_sets(flags.nightly ? nightly(flags) : std::vector{flags});
}

}  // namespace
}  // namespace hb::sim

int main(int argc, char** argv) { return hb::sim::main_of(argc, argv); }
