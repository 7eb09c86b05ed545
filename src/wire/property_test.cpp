#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "wire/classic.h"
#include "wire/compression.h"
#include "wire/netstring.h"
#include "wire/packet_codec.h"
#include "wire/packet_message.h"

// Messages of any shape survive both forms; any bytes at all are answered, not obeyed.
namespace hb::wire {
namespace {

constexpr int kDeepest = 3;

rc::Gen<std::string> any_bytes() {
  return rc::gen::container<std::string>(rc::gen::arbitrary<char>());
}

// Bytes that both forms carry: no NUL, no 0x13 (it is newline), none of the special bytes.
rc::Gen<std::string> any_text() {
  return rc::gen::container<std::string>(rc::gen::suchThat(
      rc::gen::arbitrary<char>(), [](char c) { return c == '\n' || c < 0 || c > 31; }));
}

rc::Gen<std::string> any_item() {
  return rc::gen::nonEmpty(rc::gen::container<std::string>(
      rc::gen::suchThat(rc::gen::arbitrary<char>(), [](char c) { return c < 0 || c > 31; })));
}

rc::Gen<std::string> any_name() {
  return rc::gen::nonEmpty(rc::gen::container<std::string>(
      rc::gen::oneOf(rc::gen::inRange('a', 'z'), rc::gen::just('_'), rc::gen::inRange('0', '9'))));
}

Message any_message(int depth);

Field any_field(int depth) {
  Field field;
  field.name = *any_name();
  field.type = static_cast<FieldType>(*rc::gen::inRange(0, depth < kDeepest ? 5 : 2));
  switch (field.type) {
    case FieldType::kString:
      field.bytes = *any_text();
      break;
    case FieldType::kBinary:
    case FieldType::kCompressed:
      field.bytes = *any_bytes();
      break;
    case FieldType::kList:
      field.items = *rc::gen::resize(
          8, rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(any_item())));
      break;
    case FieldType::kStruct:
    case FieldType::kUncompressed:
      field.child = any_message(depth + 1);
      break;
  }
  return field;
}

Message any_message(int depth) {
  Message message;
  const int count = *rc::gen::inRange(0, 6);
  for (int i = 0; i < count; ++i) message.add(any_field(depth));
  return message;
}

KeyRing keys() {
  return KeyRing::make({{.number = 1, .method = DigestMethod::kSha1, .secret = "secret"}}, 1)
      .value();
}

// Any of a ring's methods signs; the others only lie beside it.
KeyRing any_keys() {
  const auto secret = [] {
    return *rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('!', '~')));
  };
  return KeyRing::make({{.number = 0, .method = DigestMethod::kCrc, .secret = ""},
                        {.number = 7, .method = DigestMethod::kMd5, .secret = secret()},
                        {.number = 15, .method = DigestMethod::kSha1, .secret = secret()}},
                       *rc::gen::element(0, 7, 15))
      .value();
}

RC_GTEST_PROP(Property, NetstringFormRoundTrips, ()) {
  const Message message = any_message(0);
  std::string bytes;
  RC_ASSERT(encode_netstring(message, bytes).has_value());
  RC_ASSERT(decode_netstring(bytes).value() == message);
  RC_ASSERT(frame_netstring(bytes)->body == bytes);
}

RC_GTEST_PROP(Property, ClassicFormRoundTrips, ()) {
  const Message message = any_message(0);
  std::string bytes;
  RC_ASSERT(encode_classic(message, bytes).has_value());
  RC_ASSERT(decode_classic(bytes).value() == message);
}

RC_GTEST_PROP(Property, SealedMessagesOpen, ()) {
  Message message = any_message(0);
  message.remove("auth");
  const CodecOptions options{.form = static_cast<Form>(*rc::gen::inRange(0, 2)),
                             .traditional_compression = *rc::gen::arbitrary<bool>(),
                             .compression = static_cast<Compression>(*rc::gen::inRange(0, 2)),
                             .compression_threshold = 200};
  const auto carrier = static_cast<Carrier>(*rc::gen::inRange(0, 3));
  const PacketCodec codec(options, any_keys());
  const auto packet = codec.seal(message, carrier);
  RC_ASSERT(packet.has_value());
  Message opened = codec.open(*packet).value();
  opened.remove("auth");
  RC_ASSERT(opened == message);
}

// Another bit anywhere in what is signed, and it is another packet. What follows the end marker of
// the classic form, and framing around the signature, is covered by nothing and means nothing.
RC_GTEST_PROP(Property, ASpoiltPacketNeverMeansAnythingElse, ()) {
  Message message = any_message(0);
  message.remove("auth");
  const PacketCodec codec({}, any_keys());
  const auto carrier = static_cast<Carrier>(*rc::gen::inRange(0, 3));
  std::string packet = codec.seal(message, carrier).value();
  const auto meant = codec.open(packet).value();
  const auto at = static_cast<std::size_t>(*rc::gen::inRange(0, static_cast<int>(packet.size())));
  packet[at] = static_cast<char>(packet[at] ^ (1 << *rc::gen::inRange(0, 8)));
  auto opened = codec.open(packet);
  if (!opened) return;
  opened->remove("auth");
  Message want = meant;
  want.remove("auth");
  RC_ASSERT(*opened == want);
}

// --- typed packets ---

NodeName any_node() { return NodeName(*any_name()); }

std::vector<NodeName> any_nodes() {
  std::vector<NodeName> nodes;
  const int count = *rc::gen::inRange(0, 5);
  for (int i = 0; i < count; ++i) nodes.push_back(any_node());
  return nodes;
}

Hold any_hold() {
  return {.local = *rc::gen::arbitrary<bool>(), .foreign = *rc::gen::arbitrary<bool>()};
}
Hold any_side() { return *rc::gen::element(kHoldLocal, kHoldForeign, kHoldAll); }

SeqNo any_seq() { return SeqNo(*rc::gen::inRange<std::uint64_t>(1, UINT64_MAX)); }

template <class T, class Make>
std::optional<T> maybe(Make make) {
  if (*rc::gen::arbitrary<bool>()) return std::nullopt;
  return make();
}

Body any_body() {
  switch (*rc::gen::inRange(0, 21)) {
    case 0:
      return Status{
          .state = *rc::gen::element(NodeState::kInit, NodeState::kUp, NodeState::kActive),
          .deadtime_ms = maybe<std::int64_t>(
              [] { return *rc::gen::inRange<std::int64_t>(1, kDeadtimeLongestMs); }),
          .protocol = maybe<int>([] { return *rc::gen::inRange(0, 9); }),
          .extended = maybe<int>([] { return *rc::gen::inRange(0, 9); })};
    case 1:
      return PingStatus{.state = NodeState::kPing,
                        .info = *rc::gen::element<std::string>("ping", "ping_group", "ping6")};
    case 2: {
      const auto first = *rc::gen::inRange<std::uint64_t>(1, INT64_MAX);
      return RetransmitRequest{SeqNo(first), SeqNo(first + *rc::gen::inRange(0U, 600U))};
    }
    case 3:
      return RetransmitNak{any_seq(), *any_name()};
    case 4:
      return Ack{any_seq()};
    case 5:
      return NodesRequest{};
    case 6:
      return NodesReply{any_nodes(), any_nodes()};
    case 7: {
      std::vector<NodeName> nodes = any_nodes();
      nodes.push_back(any_node());
      return AddNodes{nodes};
    }
    case 8:
      return DeleteNodes{{any_node()}};
    case 9:
      return SetWeight{any_node(), *rc::gen::inRange<std::uint32_t>(0, 1000)};
    case 10:
      return SetSite{any_node(), *any_name()};
    case 11:
      return ClientStatusQuery{*any_name(), *any_name()};
    case 12:
      return ClientStatusReply{*any_name(), *any_name(), *rc::gen::arbitrary<bool>()};
    case 13:
      return Starting{};
    case 14:
      return ResourceReport{.hold = any_hold(),
                            .full = *rc::gen::arbitrary<bool>(),
                            .stable = maybe<bool>([] { return *rc::gen::arbitrary<bool>(); }),
                            .info = *rc::gen::element<std::string>("", "standby", "mach_down")};
    case 15:
      return StandbyMessage{any_side(),
                            static_cast<StandbyMessage::Phase>(*rc::gen::inRange(0, 3))};
    case 16:  // `failback` goes out as what it means
      return TakeoverRequest{.set = any_side(), .failback = false};
    case 17:
      return GroupRequest{GroupKey(*any_name())};
    case 18:
      return GroupReply{.key = GroupKey(*any_name()),
                        .owned = *rc::gen::arbitrary<bool>(),
                        .ok = *rc::gen::arbitrary<bool>()};
    case 19:
      return ShutdownDone{};
    default:
      return FenceResult{any_node(), *rc::gen::element<std::string>("OK", "bad", "n_stnth")};
  }
}

// Some types go to one node, and only they have a field for it.
bool is_directed(const Body& body) {
  return std::holds_alternative<RetransmitRequest>(body) ||
         std::holds_alternative<RetransmitNak>(body) || std::holds_alternative<Ack>(body) ||
         std::holds_alternative<NodesRequest>(body) || std::holds_alternative<NodesReply>(body) ||
         std::holds_alternative<ClientStatusQuery>(body) ||
         std::holds_alternative<ClientStatusReply>(body) ||
         std::holds_alternative<GroupReply>(body);
}

Header any_header(const Body& body) {
  Header header;
  header.src = any_node();
  header.timestamp = *rc::gen::inRange<std::uint64_t>(1, UINT64_MAX);
  if (std::holds_alternative<PingStatus>(body)) return header;  // it has no more than these
  header.generation = Generation(*rc::gen::arbitrary<std::uint64_t>());
  header.ttl = maybe<unsigned>([] { return *rc::gen::inRange(0U, 256U); });
  header.src_uuid = maybe<Uuid>([] { return Uuid({*rc::gen::arbitrary<std::uint8_t>(), 1}); });
  if (is_directed(body)) {
    header.dest = any_node();
    header.dest_uuid = Uuid({*rc::gen::arbitrary<std::uint8_t>()});
  }
  if (is_sequenced(body)) {
    header.seq = any_seq();
    header.load = maybe<std::string>([] { return *any_name(); });
  }
  return header;
}

RC_GTEST_PROP(Property, TypedPacketsSurviveSealingAndOpening, ()) {
  const Body body = any_body();
  const Packet packet{any_header(body), body};
  const PacketCodec codec({.form = static_cast<Form>(*rc::gen::inRange(0, 2))}, any_keys());
  const auto carrier = static_cast<Carrier>(*rc::gen::inRange(0, 3));
  const auto bytes = codec.seal(to_message(packet), carrier);
  RC_ASSERT(bytes.has_value());
  const auto again = parse_packet(codec.open(*bytes).value());
  RC_ASSERT(again.has_value());
  RC_ASSERT(again->body == packet.body);
  RC_ASSERT(again->header == packet.header);
}

RC_GTEST_PROP(Property, CompressionRoundTrips, ()) {
  const std::string bytes = *any_bytes();
  for (const Compression algorithm : {Compression::kZlib, Compression::kBz2}) {
    RC_ASSERT(decompress(algorithm, compress(algorithm, bytes).value()).value() == bytes);
  }
}

RC_GTEST_PROP(Property, WhateverDecodesEncodesToTheSameMeaning, ()) {
  std::string bytes;
  RC_ASSERT(encode_netstring(any_message(0), bytes).has_value());
  const int at = *rc::gen::inRange(0, static_cast<int>(bytes.size()));
  bytes[static_cast<std::size_t>(at)] = *rc::gen::arbitrary<char>();
  const auto message = decode_netstring(bytes);
  if (!message) return;
  std::string again;
  if (!encode_netstring(*message, again)) return;  // a list that is too long to be sent on
  RC_ASSERT(decode_netstring(again).value() == *message);
}

RC_GTEST_PROP(Property, UnsignedBytesAreRejected, ()) {
  const std::string start = *rc::gen::element<std::string>("", "###\n", ">>>\n");
  RC_ASSERT(!PacketCodec({}, keys()).open(start + *any_bytes()));
}

}  // namespace
}  // namespace hb::wire
