#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_check.h"
#include "fuzz_codec.h"
#include "wire/field_rules.h"
#include "wire/netstring.h"
#include "wire/packet_message.h"
#include "wire/steady_status.h"

// Whatever comes from the network. The first byte of an input says how the rest becomes a packet,
// since no mutation would ever find a digest:
//   '0' it is the packet            '1' it is a netstring body, to be signed
//   '2' classic lines, to be signed '3' an encoded message, to be packed and signed
//   '4' a zlib stream  '5' a bz2 stream, to be put into an envelope and signed
namespace hb::fuzz {
namespace {

using wire::Compression;
using wire::Message;

wire::KeyRing signing_keys() {
  return wire::KeyRing::make(
             {{.number = 1, .method = wire::DigestMethod::kSha1, .secret = "secret"}}, 1)
      .value();
}

std::string signed_body(std::string body) {
  static const wire::KeyRing kKeys = signing_keys();
  wire::append_netstring(kKeys.sign(body), body);
  return body;
}

std::string signed_lines(std::string_view lines) {
  static const wire::KeyRing kKeys = signing_keys();
  return ">>>\n" + std::string(lines) + "auth=" + kKeys.sign(lines) + "\n<<<\n";
}

std::string signed_envelope(std::string payload, Compression algorithm) {
  Message envelope;
  envelope.add_binary(std::string(wire::kPayloadField), std::move(payload));
  envelope.add_string(std::string(wire::kAlgorithmField), std::string(wire::word(algorithm)));
  std::string body;
  HB_FUZZ_CHECK(wire::encode_netstring(envelope, body).has_value());
  return signed_body(std::move(body));
}

std::string packet_from(char mode, std::string_view input) {
  switch (mode) {
    case '1':
      return signed_body(std::string(input));
    case '2':
      return signed_lines(input);
    case '3':
      return signed_envelope(wire::compress(Compression::kZlib, input).value_or(""),
                             Compression::kZlib);
    case '4':
      return signed_envelope(std::string(input), Compression::kZlib);
    case '5':
      return signed_envelope(std::string(input), Compression::kBz2);
    default:
      return std::string(input);
  }
}

// What was read once is written and read again without a change.
void check_stability(const wire::Packet& packet) {
  const auto again = wire::parse_packet(wire::to_message(packet));
  HB_FUZZ_CHECK(again.has_value());
  HB_FUZZ_CHECK(again->body.index() == packet.body.index());
  HB_FUZZ_CHECK(wire::parse_packet(wire::to_message(*again)) == *again);
}

// What is sent is understood: no packet leaves that a peer could not open. An envelope that came
// out of an envelope would be opened once more by the peer, and hold anything.
void check_sealing(const Message& message) {
  if (wire::is_envelope(message)) return;
  for (const auto carrier : {wire::Carrier::kDatagram, wire::Carrier::kSerial}) {
    const auto packet = codec().seal(message, carrier);
    if (!packet) continue;
    HB_FUZZ_CHECK(codec().open(*packet).has_value());
  }
}

// What is remembered of a status is what was read, and what is repeated is what was written.
void check_memory(std::string_view datagram, const wire::Packet& packet) {
  wire::HeardStatuses heard;
  heard.remember(datagram, packet);
  const wire::Packet* recalled = heard.recall(datagram, codec().keys());
  HB_FUZZ_CHECK(recalled == nullptr || *recalled == packet);

  const Message written = wire::to_message(packet);
  const auto sealed = codec().seal(written);
  if (!sealed) return;
  wire::SaidStatus said;
  said.remember(packet, written, *sealed, codec().keys());
  const std::string* repeated = said.repeat(packet, codec().keys());
  HB_FUZZ_CHECK(repeated == nullptr || *repeated == *sealed);
}

void run(std::string_view input) {
  if (input.empty()) return;
  const std::string datagram = packet_from(input.front(), input.substr(1));
  const auto message = codec().open(datagram);
  if (!message) return;
  check_sealing(*message);
  const auto packet = wire::parse_packet(*message);
  if (!packet) return;
  check_stability(*packet);
  check_memory(datagram, *packet);
}

}  // namespace
}  // namespace hb::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hb::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
