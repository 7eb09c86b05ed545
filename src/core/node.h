#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/effects.h"
#include "core/inputs.h"
#include "core/liveness/link_statistics.h"
#include "core/settings.h"

namespace hb::core {

struct LinkView {
  bool up = false;  // or dead
  LinkStatistics statistics;
};

// What a status page or tool may ask of a peer.
struct PeerView {
  NodeName name;
  wire::NodeState state;
  std::optional<Instant> last_heard;
  std::map<LinkName, LinkView> links;
  std::uint64_t lost = 0;  // packets of it that were missing and never came
};

// The same of a ping node: init until it answers, then ping or dead.
struct PingNodeView {
  NodeName name;
  wire::NodeState state;
  std::optional<Instant> last_answer;
};

// How full the tables are, against the bounds named beside them.
struct TableSizes {
  std::size_t history = 0;    // kHistoryLength
  std::size_t missing = 0;    // of the peer with most; kMostMissing
  std::size_t asked_for = 0;  // of the peer with most; kMostMissing
  std::size_t links = 0;      // of the peer with most; the media of ha.cf
  std::size_t awaited = 0;    // RingRelay::kMostAwaited
};

// One node of the cluster: composes liveness, sequence, membership and resources. It reads no
// clock, draws no chance of its own, logs nothing and blocks on nothing: the same inputs at the
// same instants give the same effects. Driven by one caller (runtime::Executor, or a simulator).
class Node {
 public:
  explicit Node(Settings settings);
  ~Node();
  Node(Node&&) noexcept;
  Node& operator=(Node&&) noexcept;

  // Takes one input and returns what the caller must do, in that order; good until the next call.
  // `now` never runs backwards from one call to the next.
  [[nodiscard]] const Effects& step(Instant now, const Input& input);

  // When to call step(DeadlineReached) next; none while nothing is due. Early is harmless; late
  // delays detection.
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  [[nodiscard]] wire::NodeState state() const;
  [[nodiscard]] std::vector<PeerView> peers() const;
  [[nodiscard]] std::vector<PingNodeView> ping_nodes() const;  // in the order of ha.cf
  // `none`, `local`, `foreign`, `all`, or `transition` while that is not settled.
  [[nodiscard]] std::string resource_status() const;
  // Dead or absent, and to be fenced before what they may hold is taken.
  [[nodiscard]] std::vector<NodeName> to_be_fenced() const;
  // Whether API clients must wait because too much is unacknowledged (spec: wire-protocol 11.7).
  [[nodiscard]] bool clients_paused() const;
  // All peers are active and nothing of theirs is missing: a status that says no more than that its
  // sender is active need not wake the caller. It may hand it in with a later input, as long as it
  // does so before any later packet, and before DeadlineReached when they are wanted, and says how
  // long it has waited. Then a node wakes up once in a keepalive, however many peers it has, and
  // reads what they say in several keepalives at once.
  [[nodiscard]] bool heartbeats_may_wait() const;
  // Whether what waits must be handed in before the deadline that is reached now.
  [[nodiscard]] bool wants_heartbeats(Instant now) const;
  [[nodiscard]] TableSizes table_sizes() const;
  // Whether this node can be taken out of the cluster: it is certain that it serves nothing.
  [[nodiscard]] bool may_remove(const NodeName& node) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hb::core
