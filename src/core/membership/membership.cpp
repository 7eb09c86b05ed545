#include "core/membership/membership.h"

#include <algorithm>
#include <utility>

namespace hb::core {
namespace {

bool contains(const std::vector<NodeName>& names, const NodeName& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Membership::Membership(const Settings& settings)
    : settings_(settings),
      roster_(settings.self, settings.uuid, settings.nodes, settings.known_hosts,
              settings.deleted_hosts),
      identities_(settings.self, settings.uuid, settings.generation) {}

void Membership::begin(Instant now, Random& random, Outbox& out) {
  for (const HostEntry& host : roster_.hosts()) {
    if (host.name != settings_.self) add_peer(host.name, now, random);
    if (!host.uuid.is_null()) out.learn_uuid(host.name, host.uuid);
  }
  changed(out);
}

Membership::Names Membership::configure(const Settings& settings, Instant now, Random& random,
                                        Outbox& out) {
  const Names before = std::exchange(settings_, settings).nodes;
  for (const NodeName& name : settings_.nodes) add(name, now, random);
  Names gone;
  for (const NodeName& name : before) {
    if (contains(settings_.nodes, name) || !may_remove(name)) continue;
    roster_.remove(name);
    peers_.erase(name);
    gone.push_back(name);
  }
  for (auto& [name, peer] : peers_) {
    if (!peer.announced_deadtime) peer.deadtime = settings_.deadtime;
    peer.schedule.set_longest_delay(settings_.max_rexmit_delay);
    peer.config_told.reset();
  }
  changed(out);
  return gone;
}

// --- who comes and goes ---

Peer& Membership::add_peer(const NodeName& name, Instant now, Random& random) {
  return peers_.try_emplace(name, name, settings_, random.below(kAckEvery), now).first->second;
}

void Membership::add(const NodeName& name, Instant now, Random& random) {
  if (name == settings_.self || !roster_.add(name)) return;
  add_peer(name, now, random).expected = false;
}

bool Membership::may_remove(const NodeName& name) const {
  const auto found = peers_.find(name);
  return found != peers_.end() && !kept_.contains(name) &&
         (found->second.dead() || found->second.never_heard());
}

void Membership::changed(Outbox& out) {
  out.count_nodes(roster_.hosts().size());
  if (recorded_hosts_ == roster_.hosts() && recorded_deleted_ == roster_.deleted()) return;
  recorded_hosts_ = roster_.hosts();
  recorded_deleted_ = roster_.deleted();
  out.add(RecordHosts{recorded_hosts_, recorded_deleted_});
}

// --- packets ---

void Membership::heard_own_name(const wire::Header& header, Outbox& out) {
  if (header.seq) accuse(identities_.own_name(header), header, out);
}

// Its first packet only makes the entry (spec: wire-protocol 12.6).
bool Membership::heard_stranger(const wire::Header& header, const LinkName& link, Instant now,
                                Random& random, Outbox& out) {
  const bool may_join = settings_.autojoin != Autojoin::kNone && header.seq &&
                        header.src_uuid.value_or(Uuid()) != settings_.uuid;
  if (!may_join || !roster_.add(header.src, header.src_uuid.value_or(Uuid()))) {
    out.note(NoteId::kStrangerIgnored, header.src.value(), link.value());
    return false;
  }
  add_peer(header.src, now, random);
  out.note(NoteId::kNodeJoined, header.src.value(), link.value());
  changed(out);
  return true;
}

void Membership::heard_stale(const wire::Header& header, Outbox& out) {
  accuse(identities_.stale(header), header, out);
}

void Membership::learn_uuid(Peer& peer, const wire::Header& header, bool new_life, Outbox& out) {
  if (!header.src_uuid || header.src_uuid->is_null()) return;
  if (std::exchange(peer.uuid, *header.src_uuid) == *header.src_uuid) return;
  out.learn_uuid(peer.name, *header.src_uuid);
  const HostEntry* const host = roster_.find(peer.name);
  if (host == nullptr || host->uuid == *header.src_uuid) return;
  accuse(identities_.uuid(header, roster_), header, out);
  if (!host->uuid.is_null()) {
    out.note(NoteId::kUuidChanged, peer.name.value(), host->uuid.text(), header.src_uuid->text());
    if (!new_life) accuse(identities_.other_uuid_in_one_life(header), header, out);
  }
  roster_.set_uuid(peer.name, *header.src_uuid);
  changed(out);
}

// A node whose disk is a copy of ours has our uuid: what is addressed to it by name is not for us.
bool Membership::is_for_us(const wire::Header& header) const {
  if (header.dest_uuid && !header.dest_uuid->is_null()) {
    return *header.dest_uuid == settings_.uuid && !(header.dest && peers_.contains(*header.dest));
  }
  return !header.dest || *header.dest == settings_.self;
}

void Membership::compare_config(Peer& peer, const std::optional<wire::ConfigDigests>& theirs,
                                Outbox& out) {
  if (!theirs || !settings_.config || theirs == peer.config_told) return;
  peer.config_told = theirs;
  const bool ha_cf = theirs->ha_cf != settings_.config->ha_cf;
  const bool haresources = theirs->haresources != settings_.config->haresources;
  if (!ha_cf && !haresources) return;
  const char* const files = !haresources ? "ha.cf"
                            : !ha_cf     ? "haresources"
                                         : "ha.cf and haresources";
  out.note(NoteId::kConfigDiffers, peer.name.value(), settings_.self.value(), files);
}

void Membership::accuse(IdentityWatch::Conflict conflict, const wire::Header& header, Outbox& out) {
  const std::string uuid = header.src_uuid.value_or(Uuid()).text();
  switch (conflict) {
    case IdentityWatch::Conflict::kNone:
      return;
    case IdentityWatch::Conflict::kOurName:
      return out.note(NoteId::kOurNameTaken, settings_.self.value(), uuid);
    case IdentityWatch::Conflict::kOurUuid:
      return out.note(NoteId::kSameUuid, settings_.self.value(), header.src.value(), uuid);
    case IdentityWatch::Conflict::kSameName:
      return out.note(NoteId::kSameName, header.src.value(), uuid);
    case IdentityWatch::Conflict::kSameUuid:
      return out.note(NoteId::kSameUuid, roster_.find(*header.src_uuid)->name.value(),
                      header.src.value(), uuid);
  }
}

// --- lists of nodes ---

wire::NodesReply Membership::nodes_reply() const {
  wire::NodesReply reply{.nodes = roster_.names(), .deleted = {}};
  for (const HostEntry& host : roster_.deleted()) reply.deleted.push_back(host.name);
  return reply;
}

Membership::Names Membership::on(const NodeName& from, const wire::NodesReply& reply, Instant now,
                                 Random& random, Outbox& out) {
  if (settings_.autojoin == Autojoin::kNone) {
    Names ours = roster_.names();
    Names theirs = reply.nodes;
    std::sort(ours.begin(), ours.end());
    std::sort(theirs.begin(), theirs.end());
    if (ours != theirs) out.note(NoteId::kNodeListDiffers, from.value());
    return {};
  }
  // The list of a member replaces that of one who joins (spec: wire-protocol 12.5).
  for (const NodeName& name : reply.nodes) add(name, now, random);
  Names gone;
  for (const NodeName& name : roster_.names()) {
    if (contains(reply.nodes, name) || !may_remove(name)) continue;
    roster_.forget(name);
    peers_.erase(name);
    gone.push_back(name);
  }
  roster_.set_deleted(reply.deleted);
  changed(out);
  return gone;
}

Membership::Names Membership::on(const wire::AddNodes& command, Instant now, Random& random,
                                 Outbox& out) {
  for (const NodeName& name : command.nodes) {
    if (roster_.contains(name)) continue;
    add(name, now, random);
    out.note(roster_.contains(name) ? NoteId::kNodeAdded : NoteId::kNodeNotAdded, name.value());
  }
  changed(out);
  return {};
}

bool Membership::may_delete(const wire::DeleteNodes& command, Outbox& out) const {
  for (const auto& [name, peer] : peers_) {
    const bool named = contains(command.nodes, name);
    if (named ? may_remove(name) : peer.member()) continue;
    out.note(NoteId::kDeleteRefused, name.value(), named ? "it may be alive" : "it is not up");
    return false;
  }
  return true;
}

Membership::Names Membership::on(const wire::DeleteNodes& command, Instant, Random&, Outbox& out) {
  if (!may_delete(command, out)) return {};
  Names gone;
  for (const NodeName& name : command.nodes) {
    if (peers_.erase(name) == 0) continue;
    roster_.remove(name);
    out.note(NoteId::kNodeDeleted, name.value());
    gone.push_back(name);
  }
  changed(out);
  return gone;
}

Membership::Names Membership::on(const wire::SetWeight& command, Instant, Random&, Outbox& out) {
  if (roster_.set_weight(command.node, command.weight))
    out.note(NoteId::kWeightSet, command.node.value(), std::to_string(command.weight));
  changed(out);
  return {};
}

Membership::Names Membership::on(const wire::SetSite& command, Instant, Random&, Outbox& out) {
  if (roster_.set_site(command.node, command.site))
    out.note(NoteId::kSiteSet, command.node.value(), command.site);
  changed(out);
  return {};
}

}  // namespace hb::core
