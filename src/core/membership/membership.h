#pragma once

#include <set>
#include <vector>

#include "base/ids.h"
#include "base/random.h"
#include "base/time.h"
#include "core/membership/identity_watch.h"
#include "core/membership/peer.h"
#include "core/membership/roster.h"
#include "core/outbox.h"
#include "core/settings.h"
#include "wire/packet.h"

namespace hb::core {

// Who belongs to the cluster: the roster, an entry for each other node, and who may come and go. It
// tells what an operator should know of that and has it recorded; whether a node lives, and what
// its going means for resources, is not its business: the names that went are returned
// (docs/protocol/membership.md).
class Membership {
 public:
  using Names = std::vector<NodeName>;

  explicit Membership(const Settings& settings);

  [[nodiscard]] Peers& peers() { return peers_; }
  [[nodiscard]] const Roster& roster() const { return roster_; }
  // Whoever lives cannot be removed: it goes on serving, and nobody would know.
  [[nodiscard]] bool may_remove(const NodeName& name) const;

  void begin(Instant now, Random& random, Outbox& out);
  void wall_clock(std::uint64_t seconds) { identities_.wall_clock(seconds); }

  // ha.cf has changed. Nodes that it lists no more go if they may.
  [[nodiscard]] Names configure(const Settings& settings, Instant now, Random& random, Outbox& out);
  // These are not to be removed: it is not certain yet that they are down.
  void keep(const std::set<NodeName>& names) { kept_ = names; }

  // --- packets ---

  // Carries our own name: ours, back from a broadcast medium, or another machine's.
  void heard_own_name(const wire::Header& header, Outbox& out);
  // Whether it joins the cluster by it.
  bool heard_stranger(const wire::Header& header, const LinkName& link, Instant now, Random& random,
                      Outbox& out);
  void heard_stale(const wire::Header& header, Outbox& out);
  void restarted(const wire::Header& header) { identities_.peer_restarted(header); }
  // `new_life`: the packet is the first of the peer's generation.
  void learn_uuid(Peer& peer, const wire::Header& header, bool new_life, Outbox& out);
  // Who it is addressed to. By uuid where it is known, else by name (spec: wire-protocol 10.1).
  [[nodiscard]] bool is_for_us(const wire::Header& header) const;
  // The nodes' files, once for each pair of digests.
  void compare_config(Peer& peer, const std::optional<wire::ConfigDigests>& theirs, Outbox& out);

  [[nodiscard]] wire::NodesReply nodes_reply() const;
  // What a member says while we start. The names that went.
  [[nodiscard]] Names on(const NodeName& from, const wire::NodesReply& reply, Instant now,
                         Random& random, Outbox& out);

  // --- the word of an administrator, here or on a peer; the names that went ---

  Names on(const wire::AddNodes& command, Instant now, Random& random, Outbox& out);
  // Whether these can be deleted; tells why not. All or nothing: a node that nobody told would keep
  // the deleted ones (spec: wire-protocol 9.1).
  [[nodiscard]] bool may_delete(const wire::DeleteNodes& command, Outbox& out) const;
  // Not of this node itself.
  Names on(const wire::DeleteNodes& command, Instant now, Random& random, Outbox& out);
  Names on(const wire::SetWeight& command, Instant now, Random& random, Outbox& out);
  Names on(const wire::SetSite& command, Instant now, Random& random, Outbox& out);

 private:
  Peer& add_peer(const NodeName& name, Instant now, Random& random);
  void add(const NodeName& name, Instant now, Random& random);
  void accuse(IdentityWatch::Conflict conflict, const wire::Header& header, Outbox& out);
  void changed(Outbox& out);

  Settings settings_;
  Roster roster_;
  std::vector<HostEntry> recorded_hosts_, recorded_deleted_;  // as last given to the shell
  IdentityWatch identities_;
  Peers peers_;
  std::set<NodeName> kept_;
};

}  // namespace hb::core
