#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "base/uuid.h"
#include "wire/message.h"

// Messages as types: what the protocol reads and writes once bytes are authenticated and parsed
// (spec: wire-protocol 8 and 9). Number bases, field names and their order are wire/'s business.
namespace hb::wire {

enum class NodeState : std::uint8_t { kInit, kUp, kActive, kDead, kPing };
[[nodiscard]] std::string_view word(NodeState state);
[[nodiscard]] std::optional<NodeState> parse_node_state(std::string_view word);  // ignores case

// What a node holds, from its own point of view: its own (local) groups, the others' (foreign).
struct Hold {
  bool local = false;
  bool foreign = false;

  [[nodiscard]] constexpr bool none() const { return !local && !foreign; }
  [[nodiscard]] constexpr bool all() const { return local && foreign; }
  // The same set named by the other node of a pair.
  [[nodiscard]] constexpr Hold mirrored() const { return {.local = foreign, .foreign = local}; }

  friend constexpr Hold operator|(Hold a, Hold b) {
    return {.local = a.local || b.local, .foreign = a.foreign || b.foreign};
  }
  friend constexpr Hold operator&(Hold a, Hold b) {
    return {.local = a.local && b.local, .foreign = a.foreign && b.foreign};
  }
  friend constexpr Hold operator-(Hold a, Hold b) {
    return {.local = a.local && !b.local, .foreign = a.foreign && !b.foreign};
  }
  friend constexpr bool operator==(Hold, Hold) = default;
};
inline constexpr Hold kHoldNone{};
inline constexpr Hold kHoldLocal{.local = true, .foreign = false};
inline constexpr Hold kHoldForeign{.local = false, .foreign = true};
inline constexpr Hold kHoldAll{.local = true, .foreign = true};
[[nodiscard]] std::string_view word(Hold hold);  // none, local, foreign, all
[[nodiscard]] std::optional<Hold> parse_hold(std::string_view word);

struct Header {
  NodeName src;
  std::optional<Uuid> src_uuid;
  std::optional<NodeName> dest;  // absent: everybody
  std::optional<Uuid> dest_uuid;
  std::optional<SeqNo> seq;         // absent in the NS_ types
  Generation generation;            // 0 when absent
  std::uint64_t timestamp = 0;      // sender's wall clock, seconds since 1970
  std::optional<std::string> load;  // first line of /proc/loadavg
  std::optional<unsigned> ttl;

  friend bool operator==(const Header&, const Header&) = default;
};

// --- daemon protocol (9.1) ---

inline constexpr std::int64_t kDeadtimeLongestMs = INT32_MAX;  // 24 days

// Digests of what the nodes of a cluster should have in common, so that a difference can be told.
struct ConfigDigests {
  std::uint32_t ha_cf = 0;  // its cluster-wide part
  std::uint32_t haresources = 0;
  friend bool operator==(const ConfigDigests&, const ConfigDigests&) = default;
};

// "status"
struct Status {
  std::optional<NodeState> state;  // none: a word that we do not know
  // "dt": silence after which the sender is dead; 1 … kDeadtimeLongestMs, longer ones are cut.
  std::optional<std::int64_t> deadtime_ms;
  std::optional<int> protocol = 1;  // none turns flow control off (11.7)
  // Ours only, field "hbng": number of the extended protocol that the sender speaks; 3.0.6 ignores
  // it.
  std::optional<int> extended;
  // Ours only, field "hbcf": two hexadecimal numbers with a hyphen between them.
  std::optional<ConfigDigests> config = std::nullopt;
  // Since its last status the sender has said something else, which this one lets a receiver miss:
  // it should be looked at when it comes. Told by the order of the fields (active_status.h).
  bool follows_news = false;
  friend bool operator==(const Status&, const Status&) = default;
};
// "NS_st": ping node `Header::src` answered
struct PingStatus {
  NodeState state = NodeState::kPing;
  std::string info;  // ping, ping_group, ping6
  friend bool operator==(const PingStatus&, const PingStatus&) = default;
};
// "NS_rexmit"
struct RetransmitRequest {
  SeqNo first, last;
  friend bool operator==(const RetransmitRequest&, const RetransmitRequest&) = default;
};
// "NS_nak_rexmit"
struct RetransmitNak {
  SeqNo seq;
  std::string info;
  friend bool operator==(const RetransmitNak&, const RetransmitNak&) = default;
};
// "NS_ackmsg"
struct Ack {
  SeqNo acknowledged;  // everything up to here has been received
  friend bool operator==(const Ack&, const Ack&) = default;
};
// "reqnodes"
struct NodesRequest {
  friend bool operator==(const NodesRequest&, const NodesRequest&) = default;
};
// "repnodes"
struct NodesReply {
  std::vector<NodeName> nodes, deleted;
  friend bool operator==(const NodesReply&, const NodesReply&) = default;
};
// "addnode" / "delnode"
struct AddNodes {
  std::vector<NodeName> nodes;
  friend bool operator==(const AddNodes&, const AddNodes&) = default;
};
struct DeleteNodes {
  std::vector<NodeName> nodes;
  friend bool operator==(const DeleteNodes&, const DeleteNodes&) = default;
};
// "setweight" / "setsite"
struct SetWeight {
  NodeName node;
  std::uint32_t weight = 100;
  friend bool operator==(const SetWeight&, const SetWeight&) = default;
};
struct SetSite {
  NodeName node;
  std::string site;
  friend bool operator==(const SetSite&, const SetSite&) = default;
};
// "query-cstatus"
struct ClientStatusQuery {
  std::string client, from;
  friend bool operator==(const ClientStatusQuery&, const ClientStatusQuery&) = default;
};
// "respond-cstatus"
struct ClientStatusReply {
  std::string client, to;
  bool online = false;
  friend bool operator==(const ClientStatusReply&, const ClientStatusReply&) = default;
};

// --- v1 resource messages (9.2) ---

// "starting"
struct Starting {
  friend bool operator==(const Starting&, const Starting&) = default;
};
// "resource"
struct ResourceReport {
  Hold hold;
  bool full = true;            // rtype=full: replaces what was known; else is added
  std::optional<bool> stable;  // isstable
  std::string info;            // standby, shutdown, mach_down, req_our_resources() or empty
  friend bool operator==(const ResourceReport&, const ResourceReport&) = default;
};
// "ask_resources"
struct StandbyMessage {
  enum class Phase : std::uint8_t { kMe, kOther, kDone };
  Hold set;  // from the view of the node that gives up
  Phase phase = Phase::kMe;
  friend bool operator==(const StandbyMessage&, const StandbyMessage&) = default;
};
// "hb_takeover": what the sender wants, from its own view. `failback` tells how it was asked for;
// it means kHoldLocal, and is sent as such, since 3.0.6 would take the word itself for "all".
struct TakeoverRequest {
  Hold set;
  bool failback = false;
  friend bool operator==(const TakeoverRequest&, const TakeoverRequest&) = default;
};
// "ip-request"
struct GroupRequest {
  GroupKey key;
  friend bool operator==(const GroupRequest&, const GroupRequest&) = default;
};
// "ip-request-resp"
struct GroupReply {
  GroupKey key;
  bool owned = false;  // weown
  bool ok = true;
  friend bool operator==(const GroupReply&, const GroupReply&) = default;
};
// "shutdone"
struct ShutdownDone {
  friend bool operator==(const ShutdownDone&, const ShutdownDone&) = default;
};
// "stonith"
struct FenceResult {
  NodeName node;
  std::string result;  // OK, badhost, bad, n_stnth, unneeded
  friend bool operator==(const FenceResult&, const FenceResult&) = default;
};

// Any other type: traffic of API clients ("hbapi-clstat" included) and of rc.d scripts. The message
// is kept as its creator made it: with `t`, and with a `dest` or `src` that the creator set, in
// their places. What the sending daemon appends (destuuid, src, srcuuid, seq …) is in `Header`
// alone.
struct Other {
  std::string type;
  Message message;
  // One of the types above whose fields make no sense: its number counts for the sequence, and
  // nothing else is done with it.
  bool malformed = false;
  friend bool operator==(const Other&, const Other&) = default;
};

using Body =
    std::variant<Status, PingStatus, RetransmitRequest, RetransmitNak, Ack, NodesRequest,
                 NodesReply, AddNodes, DeleteNodes, SetWeight, SetSite, ClientStatusQuery,
                 ClientStatusReply, Starting, ResourceReport, StandbyMessage, TakeoverRequest,
                 GroupRequest, GroupReply, ShutdownDone, FenceResult, Other>;

struct Packet {
  Header header;
  Body body;
  friend bool operator==(const Packet&, const Packet&) = default;
};

// Whether the type stands outside the sequence: "NS_…" types carry no seq and are never
// retransmitted.
[[nodiscard]] bool is_sequenced(const Body& body);

}  // namespace hb::wire
