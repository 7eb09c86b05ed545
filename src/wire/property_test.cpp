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
  const PacketCodec codec(options, keys());
  const auto packet = codec.seal(message, carrier);
  RC_ASSERT(packet.has_value());
  Message opened = codec.open(*packet).value();
  opened.remove("auth");
  RC_ASSERT(opened == message);
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
