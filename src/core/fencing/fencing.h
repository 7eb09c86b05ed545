#pragma once

#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "core/fencing/fence.h"
#include "core/inputs.h"
#include "core/outbox.h"
#include "core/settings.h"

namespace hb::core {

// Shoots the nodes that it is told to, again and again, until each is confirmed or no target any
// more. Whom to shoot is not its decision: the node says before each look at the clock who must be
// fenced, and passes on what is confirmed (spec: stonith 6; docs/protocol/fencing.md).
//
// Two rules: an outcome counts for the attempt that it belongs to and for no other, and nobody is
// shot, nor counted as shot, while it is heard.
class Fencing {
 public:
  struct Target {
    NodeName peer;
    bool heard = false;       // alive again, though what it holds is not known yet
    bool after_delay = true;  // it may be shooting at us just now: it, or we, should be first
  };

  explicit Fencing(const Settings& settings);
  // Other times, from the next attempt or the next victim on.
  void configure(const FencingSettings& settings);

  [[nodiscard]] bool idle() const { return victims_.empty(); }

  // These are to be fenced now, and no others. Begins what is due, cancels what is needed no more.
  void aim(const std::vector<Target>& targets, Instant now, Outbox& out);

  // What an attempt came to. Returns the node that is now certain to be down, if that follows.
  std::optional<NodeName> finished(const FenceFinished& outcome, Instant now, Outbox& out);
  // An operator has seen to it that the node is down. Returns it if that was asked for.
  std::optional<NodeName> confirmed_by_operator(const NodeName& peer, Outbox& out);

  // The peer is heard in the same life as before its death, or in a later one.
  void peer_returned(const NodeName& peer, Outbox& out);
  void peer_restarted(const NodeName& peer) { confirmed_.erase(peer); }

  // When to aim() next; none while nothing is due.
  [[nodiscard]] std::optional<Instant> next_deadline() const;

 private:
  struct Victim {
    Instant due{};                                      // of the next attempt
    std::optional<FenceAttempt> running{std::nullopt};  // the one that is under way
    int attempts = 0;
    bool heard = false;
  };

  void begin(const NodeName& peer, Victim& victim, Outbox& out);
  static void cancel(const NodeName& peer, const Victim& victim, Outbox& out);
  NodeName confirm(std::map<NodeName, Victim>::iterator victim, Outbox& out);

  Duration retry_interval_;
  Duration start_delay_;
  std::map<NodeName, Victim> victims_;
  std::set<NodeName> confirmed_;  // in the life that was the last known when they were shot
  FenceAttempt last_attempt_;
};

// Tells everybody, and the script rc.d/stonith here, what became of the fencing of a peer.
void tell_fence_result(const NodeName& peer, std::string_view result, Outbox& out);

}  // namespace hb::core
