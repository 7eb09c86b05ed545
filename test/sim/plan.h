#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.h"
#include "base/random.h"
#include "core/settings.h"
#include "sim/fault.h"

namespace hb::sim {

// A whole run as data: the shape of the cluster, its settings, what happens to it and when. The
// same plan gives the same run.
struct Plan {
  std::uint64_t seed = 1;  // of what the network draws
  unsigned hosts = 2;      // 2 … kMostHosts; above 2 there are no resources
  unsigned links = 1;
  unsigned pings = 0;  // ping nodes, 0 … kMostPingNodes
  Duration keepalive{};
  Duration deadtime{};
  Duration initdead{};
  Duration deadping{};  // 0: deadtime
  core::Failback failback = core::Failback::kOff;
  Duration agent_time{};
  double loss = 0;                            // all the time, everywhere
  bool bytes = false;                         // every packet goes through the codec
  bool fresh = false;                         // no state files at the first start
  unsigned old = 0;                           // the last so many hosts run a model of 3.0.6
  bool one_sided = false;                     // of two hosts the second has no group of its own
  bool ring = false;                          // of serial lines: each hears its neighbours alone
  bool joins = false;                         // no file lists the nodes: autojoin and hostcache
  bool ancient = false;                       // or of a release that knows no flow control yet
  std::optional<HostId> more = std::nullopt;  // its ha.cf names one node more than the others'
  bool fence = false;                         // fencing is configured
  Duration boot{};                            // from a shot to the next start; 0: none
  std::optional<HostId> away = std::nullopt;  // stays down in the end
  Duration trouble{};                         // faults begin before this
  std::vector<Fault> faults = {};             // by time

  friend bool operator==(const Plan&, const Plan&) = default;
};

inline constexpr unsigned kMostPingNodes = 3;

[[nodiscard]] const std::string& host_name(HostId host);
// A node that is none of a cluster's.
inline constexpr const char* kStranger = "zoe";

struct DrawOptions {
  std::optional<Duration> trouble;  // default: drawn, short
  bool old_peers = false;
};
// Swarm style: which kinds of fault happen in a run, how often and how strong is drawn first, and
// only then the faults.
[[nodiscard]] Plan draw_plan(std::uint64_t seed, const DrawOptions& options = {});

// One line: settings, then the faults, separated by "; ".
[[nodiscard]] std::string print(const Plan& plan);
[[nodiscard]] std::string print(const Fault& fault);
// What print() writes; lines may be used for "; ", and '#' begins a comment. The error names the
// word that is wrong.
[[nodiscard]] Expected<Plan, std::string> parse_plan(std::string_view text);

// Whether nobody can be cut off, held up or deceived in it, nor leave anything running: hosts crash
// and come back, operators command, and that is all. Then nothing may ever run twice.
[[nodiscard]] bool is_calm(const Plan& plan);

// How long the run lasts after the last fault: until everything must be well again.
[[nodiscard]] Duration quiet_time(const Plan& plan);

}  // namespace hb::sim
