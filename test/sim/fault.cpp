#include "sim/fault.h"

#include <algorithm>
#include <array>

namespace hb::sim {
namespace {

using enum FaultKind;
using enum FaultClass;

constexpr std::array kRows = std::to_array<FaultRow>({
    {kLoss, kNetwork, "loss", "probability"},
    {kDuplicate, kNetwork, "duplicate", "probability"},
    {kDelay, kNetwork, "delay", "seconds more, at most"},
    {kReorder, kNetwork, "reorder", "probability of coming 50 ms late"},
    {kCorrupt, kNetwork, "corrupt", "probability"},
    {kReplay, kNetwork, "replay", "probability"},
    {kCut, kNetwork, "cut", "1 or more: both ways"},
    {kFlap, kNetwork, "flap", "seconds of each half of the period"},
    {kIsolate, kNetwork, "isolate", "-"},
    {kStray, kNetwork, "stray", "0 of a node in no file, 1 a ping node's status in a node's name"},
    {kPingLoss, kPing, "ping-loss", "probability"},
    {kPingCut, kPing, "ping-cut", "which ping node, from 0"},
    {kPingDown, kPing, "ping-down", "which ping node, from 0; the host is of no matter"},
    {kCrash, kHost, "crash", "-; lasts: until it is started again, 0 for not"},
    {kCrashInStart, kHost, "crash-in-start", "-; lasts: from start to crash"},
    {kKill, kHost, "kill", "-; lasts: until it is started again"},
    {kPause, kHost, "pause", "-"},
    {kSlow, kHost, "slow", "seconds each step takes"},
    {kDrift, kHost, "drift", "parts in a million"},
    {kWallJump, kHost, "wall-jump", "seconds"},
    {kLoseDisk, kHost, "lose-disk", "-"},
    {kTearDisk, kHost, "tear-disk", "-"},
    {kRestoreDisk, kHost, "restore-disk", "-"},
    {kAgentFails, kAgent, "agent-fails", "0 start, 1 stop"},
    {kAgentHangs, kAgent, "agent-hangs", "seconds until it is ended"},
    {kAgentSlow, kAgent, "agent-slow", "seconds"},
    {kAgentLies, kAgent, "agent-lies", "status says: 0 stopped, 1 running"},
    {kStandby, kOperator, "standby", "0 all, 1 local, 2 foreign"},
    {kTakeover, kOperator, "takeover", "0 all, 1 local, 2 foreign, 3 failback"},
    {kStop, kOperator, "stop", "-; lasts: until it is started again, 0 for not"},
    {kStart, kOperator, "start", "-"},
    {kReload, kOperator, "reload", "1 with the extra group, +2 to apply at once"},
    {kInject, kOperator, "inject", "messages"},
    {kDeleteNode, kOperator, "delete-node", "-"},
    {kAddNode, kOperator, "add-node", "-"},
    {kFenceFails, kFence, "fence-fails", "0 nothing happens, 1 the victim goes down all the same"},
    {kFenceHangs, kFence, "fence-hangs", "seconds until it is ended"},
    {kFenceSlow, kFence, "fence-slow", "seconds; then it succeeds, even if cancelled"},
    {kFenceByHand, kFence, "fence-by-hand",
     "0 the right node is confirmed, 1 another one first; lasts: the operator's watch"},
});
static_assert(kRows.size() == kFaultKinds);

}  // namespace

const FaultRow& row(FaultKind kind) { return kRows[static_cast<std::size_t>(kind)]; }

std::optional<FaultKind> parse_fault_kind(std::string_view word) {
  const auto found = std::find_if(kRows.begin(), kRows.end(),
                                  [&](const FaultRow& each) { return each.word == word; });
  return found == kRows.end() ? std::nullopt : std::optional(found->kind);
}

}  // namespace hb::sim
