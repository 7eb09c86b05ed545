#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "base/ids.h"
#include "base/uuid.h"
#include "core/membership/roster.h"
#include "wire/packet.h"

namespace hb::core {

// Recognises two machines that pass for one, as the copy of a disk makes them: the same name, or
// the same uuid under two names. It accuses once for each pair; what is done with the packet is not
// its business.
class IdentityWatch {
 public:
  enum class Conflict : std::uint8_t {
    kNone,
    kOurName,   // another machine sends as this node
    kOurUuid,   // another node has our uuid
    kSameName,  // two machines send as one node
    kSameUuid,  // two nodes have one uuid
  };

  IdentityWatch(NodeName self, Uuid uuid, Generation generation)
      : self_(std::move(self)), uuid_(uuid), generation_(generation) {}

  // Seconds since 1970; the first one is the start of this life. A packet of an earlier life of
  // ours that comes back is older.
  void wall_clock(std::uint64_t seconds) {
    if (started_ == 0) started_ = seconds;
  }

  // A sequenced packet that carries our own name, and was not sent by this life of ours.
  [[nodiscard]] Conflict own_name(const wire::Header& header) {
    const bool same_uuid = !header.src_uuid || *header.src_uuid == uuid_;
    if (same_uuid && header.generation == generation_) return Conflict::kNone;
    // An earlier life's last packets may still be under way, or are replayed.
    if (same_uuid && header.timestamp <= started_ + kClockSlack) return Conflict::kNone;
    return once(Conflict::kOurName, self_.value(), header);
  }

  // The node's uuid as its packet has it.
  [[nodiscard]] Conflict uuid(const wire::Header& header, const Roster& roster) {
    if (!header.src_uuid || header.src_uuid->is_null()) return Conflict::kNone;
    if (*header.src_uuid == uuid_) return once(Conflict::kOurUuid, header.src.value(), header);
    const HostEntry* const owner = roster.find(*header.src_uuid);
    if (owner == nullptr || owner->name == header.src) return Conflict::kNone;
    return once(Conflict::kSameUuid, header.src.value(), header);
  }

  // The node comes with another uuid than before, in the life that we know of it.
  [[nodiscard]] Conflict other_uuid_in_one_life(const wire::Header& header) {
    return once(Conflict::kSameName, header.src.value(), header);
  }

  // The peer begins a life. Its later packets are younger than this.
  void peer_restarted(const wire::Header& header) { begun_[header.src] = header.timestamp; }

  // A packet of a generation below the present one. One that was sent after the present life began
  // is no replay: two machines take turns.
  [[nodiscard]] Conflict stale(const wire::Header& header) {
    const auto begun = begun_.find(header.src);
    if (begun == begun_.end() || header.timestamp <= begun->second + kClockSlack)
      return Conflict::kNone;
    return once(Conflict::kSameName, header.src.value(), header);
  }

 private:
  static constexpr std::uint64_t kClockSlack = 5;  // seconds
  // An accusation more than these is not made: whoever has the key can invent uuids.
  static constexpr std::size_t kMostAccusations = 64;

  Conflict once(Conflict conflict, const std::string& name, const wire::Header& header) {
    if (told_.size() >= kMostAccusations) return Conflict::kNone;
    const Uuid other = header.src_uuid.value_or(Uuid());
    return told_.emplace(conflict, name, other).second ? conflict : Conflict::kNone;
  }

  NodeName self_;
  Uuid uuid_;
  Generation generation_;
  std::uint64_t started_ = 0;
  std::map<NodeName, std::uint64_t> begun_;  // of the nodes of the roster
  std::set<std::tuple<Conflict, std::string, Uuid>> told_;
};

}  // namespace hb::core
