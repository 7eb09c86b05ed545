#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "sim/event_queue.h"

namespace hb::sim {

// What can go wrong, or be done, in a simulated cluster. Each has one row in fault.cpp: its word
// and what its strength means.
enum class FaultKind : std::uint8_t {
  // directed links: host > peer / link
  kLoss,
  kDuplicate,
  kDelay,
  kReorder,
  kCorrupt,
  kReplay,
  kCut,
  kFlap,
  kIsolate,  // one host from all others, both ways
  kStray,    // what no node of the cluster has sent comes with its key
  // ping nodes
  kPingLoss,
  kPingCut,   // one host from one ping node
  kPingDown,  // one ping node, for all hosts
  // hosts
  kCrash,
  kCrashInStart,
  kKill,
  kPause,
  kSlow,
  kDrift,
  kWallJump,
  kLoseDisk,
  kTearDisk,
  kRestoreDisk,
  // agents
  kAgentFails,
  kAgentHangs,
  kAgentSlow,
  kAgentLies,
  // operators
  kStandby,
  kTakeover,
  kStop,
  kStart,
  kReload,
  kInject,
  kDeleteNode,  // hb_delnode and hb_addnode of the peer, on the host
  kAddNode,
  // fencing devices, as one host works them
  kFenceFails,
  kFenceHangs,
  kFenceSlow,
  kFenceByHand,
};
inline constexpr std::size_t kFaultKinds = static_cast<std::size_t>(FaultKind::kFenceByHand) + 1;

enum class FaultClass : std::uint8_t { kNetwork, kPing, kHost, kAgent, kOperator, kFence };

struct FaultRow {
  FaultKind kind;
  FaultClass of;
  std::string_view word;
  std::string_view strength;  // what it means
};
[[nodiscard]] const FaultRow& row(FaultKind kind);
[[nodiscard]] std::optional<FaultKind> parse_fault_kind(std::string_view word);

// One fault: when, where, how strong, how long. Data, so that a run can be printed, replayed, and
// made smaller.
struct Fault {
  FaultKind kind = FaultKind::kLoss;
  Duration at{};                              // since the begin of the run
  HostId host = 0;                            // where; of a link, the sender
  std::optional<HostId> peer = std::nullopt;  // of a link, the receiver; none: all
  std::optional<LinkId> link = std::nullopt;  // none: all
  double strength = 0;
  Duration lasts{};

  friend bool operator==(const Fault&, const Fault&) = default;
};

}  // namespace hb::sim
