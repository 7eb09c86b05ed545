#include "wire/packet_codec.h"

#include <algorithm>
#include <utility>

#include "wire/classic.h"
#include "wire/field_rules.h"
#include "wire/netstring.h"

namespace hb::wire {
namespace {

constexpr std::string_view kAuthField = "auth";

// Head, digest and framing of `auth` and trailer together stay below this.
constexpr std::size_t kAuthenticationRoom = 128;

constexpr std::size_t largest(Carrier carrier) {
  switch (carrier) {
    case Carrier::kDatagram:
      return kDatagramLimit;
    case Carrier::kEcho:
      return kEchoLimit;
    case Carrier::kSerial:
      return kMessageLimit - 1;
  }
  return 0;
}

// Receivers strip the highest bit of what a serial line brings, and ignore CR (spec: wire-protocol
// 14.4): the digest of such a packet would not fit any more.
bool arrives_whole(std::string_view packet, Carrier carrier) {
  if (carrier != Carrier::kSerial) return true;
  return std::none_of(packet.begin(), packet.end(),
                      [](char c) { return static_cast<unsigned char>(c) >= 0x80 || c == '\r'; });
}

bool has_uncompressed_field(const Message& message) {
  for (const Field& field : message.fields()) {
    if (field.type == FieldType::kUncompressed) return true;
  }
  return false;
}

// What the fields take in the netstring form, or a little more; spares the growth of the string.
std::size_t estimated_size(const Message& message) {
  constexpr std::size_t kFraming = 16;
  std::size_t size = kAuthenticationRoom;
  for (const Field& field : message.fields()) {
    size += kFraming + field.name.size() + field.bytes.size();
  }
  return size;
}

Expected<Message, Rejection> open_if_envelope(Expected<Message, Rejection> message) {
  if (!message || !is_envelope(*message)) return message;
  return open_envelope(*message);
}

}  // namespace

PacketCodec::PacketCodec(CodecOptions options, KeyRing keys)
    : options_(options), keys_(std::move(keys)) {}

Expected<std::string, SealError> PacketCodec::seal(const Message& message, Carrier carrier) const {
  if (has_uncompressed_field(message)) {
    const auto packed = compress_fields(message, options_.compression, options_.form);
    if (!packed) return unexpected(packed.error());
    return seal(*packed, carrier);
  }
  const bool may_pack = carrier != Carrier::kEcho;  // a ping node's echo is read unopened
  if (may_pack && options_.traditional_compression) {
    const auto inner = encode_for_envelope(message);
    if (!inner) return unexpected(inner.error());
    if (inner->size() > options_.compression_threshold) return seal_packed(*inner, carrier);
  }
  auto packet = seal_plain(message, carrier);
  if (!packet || (packet->size() <= largest(carrier) && arrives_whole(*packet, carrier))) {
    return packet;
  }
  if (!may_pack) return unexpected(SealError::kTooLarge);
  const auto inner = encode_for_envelope(message);
  if (!inner) return unexpected(inner.error());
  return seal_packed(*inner, carrier);
}

Expected<std::string, SealError> PacketCodec::seal_plain(const Message& message,
                                                         Carrier carrier) const {
  switch (carrier) {
    case Carrier::kDatagram:
      return seal_netstring(message, options_.form == Form::kClassic && !is_envelope(message) &&
                                         !has_structured_field(message));
    case Carrier::kEcho:
      return seal_netstring(message, true);
    case Carrier::kSerial:
      return seal_classic(message);
  }
  return unexpected(SealError::kTooLarge);
}

Expected<std::string, SealError> PacketCodec::seal_netstring(const Message& message,
                                                             bool with_auth) const {
  std::string packet;
  packet.reserve(estimated_size(message));
  if (auto done = encode_netstring(message, packet, kAuthField); !done) {
    return unexpected(done.error());
  }
  if (with_auth) {
    const auto value = auth_value(message);
    if (!value) return unexpected(value.error());
    packet.resize(packet.size() - kNetstringEnd.size());
    append_netstring("(0)auth=" + *value, packet);
    packet += kNetstringEnd;
  }
  append_netstring(keys_.sign(packet), packet);
  return packet;
}

Expected<std::string, SealError> PacketCodec::seal_classic(const Message& message) const {
  std::string packet;
  packet.reserve(estimated_size(message));
  packet += kClassicStart;
  if (auto done = encode_classic_lines(message, packet, kAuthField); !done) {
    return unexpected(done.error());
  }
  const std::string value = keys_.sign(std::string_view(packet).substr(kClassicStart.size()));
  packet += "auth=";
  packet += value;
  packet += '\n';
  packet += kClassicEnd;
  return packet;
}

// In the envelope the message still has its own `auth` with msgfmt classic; nobody checks it.
Expected<std::string, SealError> PacketCodec::encode_for_envelope(const Message& message) const {
  Message inner = message;
  inner.remove(kAuthField);
  if (options_.form == Form::kClassic && !has_structured_field(inner)) {
    auto value = auth_value(inner);
    if (!value) return unexpected(value.error());
    inner.add_string(std::string(kAuthField), std::move(*value));
  }
  return encode_inner(inner, options_.form);
}

Expected<std::string, SealError> PacketCodec::seal_packed(std::string_view inner,
                                                          Carrier carrier) const {
  const auto envelope = make_envelope(inner, options_.compression);
  if (!envelope) return unexpected(envelope.error());
  auto packet = seal_plain(*envelope, carrier);
  if (packet && packet->size() > largest(carrier)) return unexpected(SealError::kTooLarge);
  return packet;
}

Expected<std::string, SealError> PacketCodec::auth_value(const Message& message) const {
  std::string lines;
  lines.reserve(estimated_size(message));
  if (auto done = encode_classic_lines(message, lines, kAuthField); !done) {
    return unexpected(done.error());
  }
  return keys_.sign(lines);
}

// The order matters: find the signature by structure alone, verify it, and only then decode.
Expected<Message, Rejection> PacketCodec::open(std::string_view packet) const {
  if (packet.size() > kMessageLimit) return unexpected(Rejection::kTooLarge);
  if (packet.starts_with(kNetstringStart)) {
    const auto frame = frame_netstring(packet);
    if (!frame) return unexpected(frame.error());
    const auto verified = keys_.verify(frame->body, frame->trailer, AuthPlace::kTrailer);
    if (!verified) return unexpected(verified.error());
    return open_if_envelope(decode_netstring(frame->body));
  }
  const auto frame = frame_classic(packet);
  if (!frame) return unexpected(frame.error());
  const auto verified = keys_.verify(frame->signed_lines, frame->authentication, AuthPlace::kField);
  if (!verified) return unexpected(verified.error());
  return open_if_envelope(decode_classic(packet));
}

}  // namespace hb::wire
