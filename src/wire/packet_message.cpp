#include "wire/packet_message.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/encoding.h"
#include "base/overloaded.h"
#include "base/text.h"

namespace hb::wire {
namespace {

constexpr std::size_t kNodeNameLongest = 99;  // bytes (spec: wire-protocol 2.3)
constexpr std::string_view kUnsequencedPrefix = "NS_";

// --- reading ---

std::string text_of(const Message& message, std::string_view name) {
  return std::string(message.string(name).value_or(std::string_view{}));
}

std::optional<std::uint64_t> number_of(const Message& message, std::string_view name, int base) {
  const auto text = message.string(name);
  return text ? parse_unsigned(*text, base) : std::nullopt;
}

std::optional<int> integer_of(const Message& message, std::string_view name) {
  const auto text = message.string(name);
  if (!text) return std::nullopt;
  int value = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<Uuid> uuid_of(const Message& message, std::string_view name) {
  const Field* field = message.find(name);
  if (field == nullptr || field->type != FieldType::kBinary) return std::nullopt;
  return Uuid::from_bytes(field->bytes);
}

std::optional<Hold> hold_of(const Message& message) {
  const auto text = message.string("rsc_hold");
  return text ? parse_hold(*text) : std::nullopt;
}

std::optional<NodeName> lower_name_of(const Message& message, std::string_view name) {
  const auto text = message.string(name);
  if (!text || text->empty() || text->size() > kNodeNameLongest) return std::nullopt;
  return NodeName(to_lower(*text));
}

// Lower-cased, as 3.0.6 does with the names of an administrator.
std::optional<std::vector<NodeName>> names_of(const Message& message, std::string_view name) {
  const auto text = message.string(name);
  if (!text) return std::nullopt;
  std::vector<NodeName> names;
  for (const std::string& word : split_words(*text)) {
    if (word.size() > kNodeNameLongest) return std::nullopt;
    names.emplace_back(to_lower(word));
  }
  return names;
}

std::optional<ConfigDigests> digests_of(const Message& message) {
  const auto text = message.string("hbcf");
  const std::size_t hyphen = text ? text->find('-') : std::string_view::npos;
  if (hyphen == std::string_view::npos) return std::nullopt;
  const auto ha_cf = parse_unsigned(text->substr(0, hyphen), 16);
  const auto haresources = parse_unsigned(text->substr(hyphen + 1), 16);
  if (!ha_cf || !haresources || *ha_cf > UINT32_MAX || *haresources > UINT32_MAX)
    return std::nullopt;
  return ConfigDigests{.ha_cf = static_cast<std::uint32_t>(*ha_cf),
                       .haresources = static_cast<std::uint32_t>(*haresources)};
}

// None: the fields make no sense for the type.
using Read = std::optional<Body>;

bool stands_before(const Message& message, std::string_view first, std::string_view second) {
  const Field* one = message.find(first);
  const Field* other = message.find(second);
  return one != nullptr && other != nullptr && one < other;  // they lie in one vector
}

Read read_status(const Message& message) {
  Status status;
  if (const auto text = message.string("st")) status.state = parse_node_state(*text);
  const auto deadtime = number_of(message, "dt", 16);
  if (deadtime && *deadtime > 0) {
    status.deadtime_ms = static_cast<std::int64_t>(
        std::min<std::uint64_t>(*deadtime, static_cast<std::uint64_t>(kDeadtimeLongestMs)));
  }
  status.protocol = integer_of(message, "protocol");
  status.extended = integer_of(message, "hbng");
  status.config = digests_of(message);
  status.follows_news = stands_before(message, "dt", "st");
  return status;
}

Read read_ping_status(const Message& message) {
  const auto text = message.string("st");
  const auto state = text ? parse_node_state(*text) : std::nullopt;
  if (!state) return std::nullopt;
  return PingStatus{.state = *state, .info = text_of(message, "info")};
}

// Decimal here, hexadecimal in the answer (spec: wire-protocol 17.4).
Read read_retransmit_request(const Message& message) {
  const auto first = number_of(message, "firstseq", 10);
  const auto last = number_of(message, "lastseq", 10);
  if (!first || !last || *first == 0 || *first > *last) return std::nullopt;
  return RetransmitRequest{.first = SeqNo(*first), .last = SeqNo(*last)};
}

Read read_retransmit_nak(const Message& message) {
  const auto seq = number_of(message, "firstseq", 16);
  if (!seq || *seq == 0) return std::nullopt;
  return RetransmitNak{.seq = SeqNo(*seq), .info = text_of(message, "info")};
}

Read read_ack(const Message& message) {
  const auto seq = number_of(message, "ackseq", 16);
  if (!seq || *seq == 0) return std::nullopt;
  return Ack{.acknowledged = SeqNo(*seq)};
}

Read read_nodes_request(const Message&) { return NodesRequest{}; }

Read read_nodes_reply(const Message& message) {
  auto nodes = names_of(message, "nodelist");
  auto deleted = names_of(message, "delnodelist");
  if (!nodes || !deleted) return std::nullopt;
  return NodesReply{.nodes = std::move(*nodes), .deleted = std::move(*deleted)};
}

Read read_add_nodes(const Message& message) {
  auto nodes = names_of(message, "nodelist");
  if (!nodes || nodes->empty()) return std::nullopt;
  return AddNodes{std::move(*nodes)};
}

Read read_delete_nodes(const Message& message) {
  auto nodes = names_of(message, "nodelist");
  if (!nodes || nodes->empty()) return std::nullopt;
  return DeleteNodes{std::move(*nodes)};
}

// A weight that is no number counts as 0, as in 3.0.6.
Read read_set_weight(const Message& message) {
  auto node = lower_name_of(message, "node");
  if (!node || !message.string("weight")) return std::nullopt;
  const std::uint64_t weight = number_of(message, "weight", 10).value_or(0);
  return SetWeight{
      .node = std::move(*node),
      .weight = static_cast<std::uint32_t>(std::min<std::uint64_t>(weight, UINT32_MAX))};
}

Read read_set_site(const Message& message) {
  auto node = lower_name_of(message, "node");
  const auto site = message.string("site");
  if (!node || !site) return std::nullopt;
  return SetSite{.node = std::move(*node), .site = std::string(*site)};
}

Read read_client_status_query(const Message& message) {
  if (!message.string("cn") || !message.string("from_id")) return std::nullopt;
  return ClientStatusQuery{.client = text_of(message, "cn"), .from = text_of(message, "from_id")};
}

Read read_client_status_reply(const Message& message) {
  if (!message.string("cn") || !message.string("to_id")) return std::nullopt;
  return ClientStatusReply{.client = text_of(message, "cn"),
                           .to = text_of(message, "to_id"),
                           .online = message.string("cs") == "online"};
}

Read read_starting(const Message&) { return Starting{}; }

Read read_resource_report(const Message& message) {
  const auto hold = hold_of(message);
  if (!hold) return std::nullopt;
  ResourceReport report{.hold = *hold,
                        .full = message.string("rtype") == "full",
                        .stable = std::nullopt,
                        .info = text_of(message, "info")};
  if (const auto stable = integer_of(message, "isstable")) report.stable = *stable != 0;
  return report;
}

constexpr std::array<std::pair<StandbyMessage::Phase, std::string_view>, 3> kPhases = {{
    {StandbyMessage::Phase::kMe, "me"},
    {StandbyMessage::Phase::kOther, "other"},
    {StandbyMessage::Phase::kDone, "done"},
}};

Read read_standby(const Message& message) {
  const auto set = hold_of(message);
  if (!set || set->none()) return std::nullopt;
  const auto info = message.string("info");
  for (const auto& [phase, name] : kPhases) {
    if (info == name) return StandbyMessage{.set = *set, .phase = phase};
  }
  return std::nullopt;
}

Read read_takeover(const Message& message) {
  if (message.string("rsc_hold") == "failback") {
    return TakeoverRequest{.set = kHoldLocal, .failback = true};
  }
  const auto set = hold_of(message);
  if (!set || set->none()) return std::nullopt;
  return TakeoverRequest{.set = *set, .failback = false};
}

Read read_group_request(const Message& message) {
  const auto key = message.string("ipaddr");
  if (!key || key->empty()) return std::nullopt;
  return GroupRequest{.key = GroupKey(std::string(*key))};
}

Read read_group_reply(const Message& message) {
  const auto key = message.string("ipaddr");
  if (!key || key->empty()) return std::nullopt;
  return GroupReply{.key = GroupKey(std::string(*key)),
                    .owned = message.string("weown") == "yes",
                    .ok = message.string("ok") == "OK"};
}

Read read_shutdown_done(const Message&) { return ShutdownDone{}; }

Read read_fence_result(const Message& message) {
  auto node = lower_name_of(message, "node");
  const auto result = message.string("result");
  if (!node || !result) return std::nullopt;
  return FenceResult{.node = std::move(*node), .result = std::string(*result)};
}

// Ordered by how often they come.
constexpr std::array<std::pair<std::string_view, Read (*)(const Message&)>, 21> kReaders = {{
    {"status", read_status},
    {"NS_ackmsg", read_ack},
    {"NS_st", read_ping_status},
    {"NS_rexmit", read_retransmit_request},
    {"NS_nak_rexmit", read_retransmit_nak},
    {"resource", read_resource_report},
    {"ask_resources", read_standby},
    {"reqnodes", read_nodes_request},
    {"repnodes", read_nodes_reply},
    {"starting", read_starting},
    {"shutdone", read_shutdown_done},
    {"stonith", read_fence_result},
    {"hb_takeover", read_takeover},
    {"ip-request", read_group_request},
    {"ip-request-resp", read_group_reply},
    {"query-cstatus", read_client_status_query},
    {"respond-cstatus", read_client_status_reply},
    {"addnode", read_add_nodes},
    {"delnode", read_delete_nodes},
    {"setweight", read_set_weight},
    {"setsite", read_set_site},
}};

// What the sending daemon adds to a message, `src` apart (spec: wire-protocol 8).
bool is_added_by_daemon(std::string_view name) {
  constexpr std::array<std::string_view, 8> kAdded = {"destuuid", "srcuuid", "seq", "hg",
                                                      "ts",       "ld",      "ttl", "auth"};
  return std::find(kAdded.begin(), kAdded.end(), name) != kAdded.end();
}

// A `src` that the creator set stands before his last field; one of the daemon follows it.
Message as_created(const Message& message) {
  const auto& fields = message.fields();
  std::size_t end = fields.size();
  while (end > 0 && (is_added_by_daemon(fields[end - 1].name) || fields[end - 1].name == "src")) {
    --end;
  }
  Message created;
  for (std::size_t i = 0; i < end; ++i) {
    if (!is_added_by_daemon(fields[i].name)) created.add(fields[i]);
  }
  return created;
}

Body read_body(const Message& message, std::string_view type) {
  const auto reader = std::find_if(kReaders.begin(), kReaders.end(),
                                   [&](const auto& entry) { return entry.first == type; });
  if (reader != kReaders.end()) {
    if (Read body = reader->second(message)) return std::move(*body);
  }
  return Other{.type = std::string(type),
               .message = as_created(message),
               .malformed = reader != kReaders.end()};
}

bool is_malformed(const Body& body) {
  const auto* other = std::get_if<Other>(&body);
  return other != nullptr && other->malformed;
}

// Without a type, source or time a packet is nothing; without a number only NS_ types are.
Expected<Header, Rejection> read_header(const Message& message, std::string_view type) {
  const auto src = message.string("src");
  const auto ts = message.string("ts");
  if (!src || !ts) return unexpected(Rejection::kMissingHeader);
  const auto timestamp = parse_unsigned(*ts, 16);
  if (type.empty() || src->empty() || src->size() > kNodeNameLongest ||
      timestamp.value_or(0) == 0) {
    return unexpected(Rejection::kBadHeader);
  }
  Header header;
  header.src = NodeName(std::string(*src));
  header.timestamp = *timestamp;
  header.src_uuid = uuid_of(message, "srcuuid");
  header.dest_uuid = uuid_of(message, "destuuid");
  if (const auto dest = message.string("dest")) header.dest = NodeName(std::string(*dest));
  if (const auto load = message.string("ld")) header.load = std::string(*load);
  if (const auto ttl = number_of(message, "ttl", 10); ttl && *ttl <= UINT32_MAX) {
    header.ttl = static_cast<unsigned>(*ttl);
  }
  if (const auto generation = message.string("hg")) {
    const auto number = parse_unsigned(*generation, 16);
    if (!number) return unexpected(Rejection::kBadHeader);
    header.generation = Generation(*number);
  }
  if (type.starts_with(kUnsequencedPrefix)) return header;

  const auto seq = message.string("seq");
  if (!seq) return unexpected(Rejection::kMissingHeader);
  const auto number = parse_unsigned(*seq, 16);
  if (number.value_or(0) == 0) return unexpected(Rejection::kBadHeader);
  header.seq = SeqNo(*number);
  return header;
}

// --- writing ---

// A message in the making: fields in the order of the calls, `dest` where the type has it.
class Writer {
 public:
  explicit Writer(const Header& header) : dest_(header.dest) {}

  Writer& text(const char* name, std::string_view value) {
    message_.add_string(name, std::string(value));
    return *this;
  }
  Writer& decimal(const char* name, std::uint64_t value) {
    return text(name, std::to_string(value));
  }
  Writer& hex(const char* name, std::uint64_t value) { return text(name, to_hex(value)); }
  Writer& dest() {
    if (dest_) text("dest", dest_->value());
    dest_.reset();
    return *this;
  }
  Writer& names(const char* name, const std::vector<NodeName>& nodes, std::string_view separator) {
    std::string list;
    for (const NodeName& node : nodes) {
      if (!list.empty()) list += separator;
      list += node.value();
    }
    return text(name, list);
  }
  // Each name followed by a blank, and at least one blank (spec: wire-protocol 12.5).
  Writer& terminated_names(const char* name, const std::vector<NodeName>& nodes) {
    std::string list;
    for (const NodeName& node : nodes) list += node.value() + ' ';
    return text(name, list.empty() ? " " : list);
  }

  // The message; `dest` last if its place has not come.
  Message finish() {
    dest();
    return std::move(message_);
  }

 private:
  std::optional<NodeName> dest_;
  Message message_;
};

Message write_status(Writer& out, const Status& status) {
  out.text("t", "status");
  if (status.state && !status.follows_news) out.text("st", word(*status.state));
  if (status.deadtime_ms) out.hex("dt", static_cast<std::uint64_t>(*status.deadtime_ms));
  if (status.state && status.follows_news) out.text("st", word(*status.state));
  if (status.protocol) out.text("protocol", std::to_string(*status.protocol));
  if (status.extended) out.text("hbng", std::to_string(*status.extended));
  if (status.config)
    out.text("hbcf", to_hex(status.config->ha_cf) + "-" + to_hex(status.config->haresources));
  return out.finish();
}

Message write_resource_report(Writer& out, const ResourceReport& report) {
  out.text("t", "resource").text("rsc_hold", word(report.hold));
  if (report.full) out.text("rtype", "full");
  if (report.stable) out.text("isstable", *report.stable ? "1" : "0");
  if (!report.info.empty()) out.text("info", report.info);
  return out.finish();
}

Message write_ping_status(Writer& out, const PingStatus& status) {
  out.text("t", "NS_st").text("st", word(status.state));
  if (!status.info.empty()) out.text("info", status.info);
  return out.finish();
}

Message write_other(const Header& header, const Other& other) {
  Message message = other.message;
  if (!message.string("t")) message.set_string("t", other.type);
  if (header.dest) message.set_string("dest", header.dest->value());
  return message;
}

Message write_body(const Header& header, const Body& body) {
  Writer out(header);
  return std::visit(
      Overloaded{
          [&](const Status& b) { return write_status(out, b); },
          [&](const PingStatus& b) { return write_ping_status(out, b); },
          [&](const RetransmitRequest& b) {
            return out.text("t", "NS_rexmit")
                .dest()
                .decimal("firstseq", b.first.value())
                .decimal("lastseq", b.last.value())
                .finish();
          },
          [&](const RetransmitNak& b) {
            return out.text("t", "NS_nak_rexmit")
                .hex("firstseq", b.seq.value())
                .dest()
                .text("info", b.info)
                .finish();
          },
          [&](const Ack& b) {
            return out.text("t", "NS_ackmsg").dest().hex("ackseq", b.acknowledged.value()).finish();
          },
          [&](const NodesRequest&) { return out.text("t", "reqnodes").dest().finish(); },
          [&](const NodesReply& b) {
            return out.dest()
                .text("t", "repnodes")
                .terminated_names("nodelist", b.nodes)
                .terminated_names("delnodelist", b.deleted)
                .finish();
          },
          [&](const AddNodes& b) {
            return out.text("t", "addnode").names("nodelist", b.nodes, " ").finish();
          },
          [&](const DeleteNodes& b) {
            return out.text("t", "delnode").names("nodelist", b.nodes, " ").finish();
          },
          [&](const SetWeight& b) {
            return out.text("t", "setweight")
                .text("node", b.node.value())
                .decimal("weight", b.weight)
                .finish();
          },
          [&](const SetSite& b) {
            return out.text("t", "setsite")
                .text("node", b.node.value())
                .text("site", b.site)
                .finish();
          },
          [&](const ClientStatusQuery& b) {
            return out.text("t", "query-cstatus")
                .dest()
                .text("cn", b.client)
                .text("from_id", b.from)
                .finish();
          },
          [&](const ClientStatusReply& b) {
            return out.text("t", "respond-cstatus")
                .dest()
                .text("result", "OK")
                .text("cn", b.client)
                .text("to_id", b.to)
                .text("cs", b.online ? "online" : "offline")
                .finish();
          },
          [&](const Starting&) { return out.text("t", "starting").finish(); },
          [&](const ResourceReport& b) { return write_resource_report(out, b); },
          [&](const StandbyMessage& b) {
            return out.text("t", "ask_resources")
                .text("rsc_hold", word(b.set))
                .text("info", kPhases[static_cast<std::size_t>(b.phase)].second)
                .finish();
          },
          [&](const TakeoverRequest& b) {
            return out.text("t", "hb_takeover").text("rsc_hold", word(b.set)).finish();
          },
          [&](const GroupRequest& b) {
            return out.text("t", "ip-request").text("ipaddr", b.key.value()).finish();
          },
          [&](const GroupReply& b) {
            return out.text("t", "ip-request-resp")
                .dest()
                .text("ipaddr", b.key.value())
                .text("weown", b.owned ? "yes" : "no")
                .text("ok", b.ok ? "OK" : "no")
                .finish();
          },
          [&](const ShutdownDone&) {
            return out.text("t", "shutdone").text("st", word(NodeState::kDead)).finish();
          },
          [&](const FenceResult& b) {
            return out.text("t", "stonith")
                .text("node", b.node.value())
                .text("result", b.result)
                .finish();
          },
          [&](const Other& b) { return write_other(header, b); },
      },
      body);
}

}  // namespace

Expected<Packet, Rejection> parse_packet(const Message& message) {
  const auto type = message.string("t");
  if (!type) return unexpected(Rejection::kMissingHeader);
  auto header = read_header(message, *type);
  if (!header) return unexpected(header.error());
  Body body = read_body(message, *type);
  if (is_malformed(body) && !header->seq) return unexpected(Rejection::kBadField);
  return Packet{.header = std::move(*header), .body = std::move(body)};
}

Message to_message(const Packet& packet) {
  const Header& header = packet.header;
  Message message = write_body(header, packet.body);
  if (header.dest_uuid) message.set_binary("destuuid", header.dest_uuid->raw());
  message.set_string("src", header.src.value());
  if (header.src_uuid) message.set_binary("srcuuid", header.src_uuid->raw());
  if (header.seq) message.set_string("seq", to_hex(header.seq->value()));
  // A ping node has no generation: its message is made here and only comes back (14.5).
  if (!std::holds_alternative<PingStatus>(packet.body)) {
    message.set_string("hg", to_hex(header.generation.value()));
  }
  message.set_string("ts", to_hex(header.timestamp));
  if (header.load) message.set_string("ld", *header.load);
  if (header.ttl) message.set_string("ttl", std::to_string(*header.ttl));
  return message;
}

Expected<Injected, Rejection> parse_body(const Message& message) {
  const auto type = message.string("t");
  if (!type || type->empty()) return unexpected(Rejection::kMissingHeader);
  Injected injected{.body = read_body(message, *type), .dest = std::nullopt};
  if (is_malformed(injected.body)) return unexpected(Rejection::kBadField);
  if (const auto dest = message.string("dest")) injected.dest = NodeName(to_lower(*dest));
  return injected;
}

}  // namespace hb::wire
