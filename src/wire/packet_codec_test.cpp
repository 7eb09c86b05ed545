#include "wire/packet_codec.h"

#include <vector>

#include <bzlib.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "wire/active_status.h"
#include "wire/classic.h"
#include "wire/field_rules.h"
#include "wire/netstring.h"
#include "wire/packet_message.h"

namespace hb::wire {
namespace {

using std::string_literals::operator""s;

KeyRing keys(std::string secret = "secret") {
  return KeyRing::make({{.number = 1, .method = DigestMethod::kSha1, .secret = std::move(secret)}},
                       1)
      .value();
}

Message status() {
  Message message;
  message.add_string("t", "status");
  message.add_string("src", "node1");
  message.add_binary("srcuuid", std::string(16, '\x01'));
  return message;
}

Message padded(std::size_t size) {
  // Text that compression cannot shrink below a tenth: a generator's bits as letters.
  Message message = status();
  std::string pad;
  std::uint32_t state = 1;
  while (pad.size() < size) {
    state = state * 1664525U + 1013904223U;
    pad += static_cast<char>('a' + (state >> 28U));
  }
  message.add_string("pad", std::move(pad));
  return message;
}

// Any body with a right trailer: what a peer that knows the key can send.
std::string signed_body(std::string body) {
  append_netstring(keys().sign(body), body);
  return body;
}

Rejection rejection_of(const std::string& packet) {
  const auto message = PacketCodec({}, keys()).open(packet);
  EXPECT_FALSE(message);
  return message ? Rejection::kNotAMessage : message.error();
}

TEST(PacketCodec, AStatusOfAnActiveNodeBeginsAsTheFilterOfTheSocketsExpects) {
  const auto begins = [](NodeState state, Form form, std::size_t which, bool follows_news = false) {
    Packet packet;
    packet.header.src = NodeName("node1");
    packet.body = Status{.state = state,
                         .deadtime_ms = 30'000,
                         .protocol = 1,
                         .extended = 1,
                         .follows_news = follows_news};
    const std::string bytes =
        PacketCodec({.form = form}, keys())
            .seal(to_message(packet),
                  form == Form::kClassic ? Carrier::kSerial : Carrier::kDatagram)
            .value();
    return bytes.starts_with(kActiveStatusBeginnings.at(which));
  };
  EXPECT_TRUE(begins(NodeState::kActive, Form::kNetstring, 0));
  EXPECT_TRUE(begins(NodeState::kActive, Form::kClassic, 1));
  EXPECT_FALSE(begins(NodeState::kUp, Form::kNetstring, 0));
  EXPECT_FALSE(begins(NodeState::kUp, Form::kClassic, 1));
  EXPECT_FALSE(begins(NodeState::kActive, Form::kNetstring, 0, true));
  EXPECT_FALSE(begins(NodeState::kActive, Form::kClassic, 1, true));
}

TEST(PacketCodec, PutsBothAuthenticationsIntoADatagram) {
  const std::string packet = PacketCodec({}, keys()).seal(status()).value();
  EXPECT_NE(packet.find(",50:(0)auth=1 "), packet.npos);
  EXPECT_NE(packet.find("%%%\n42:1 "), packet.npos);
}

TEST(PacketCodec, LeavesOutAuthWithMsgfmtNetstring) {
  const PacketCodec codec({.form = Form::kNetstring}, keys());
  EXPECT_EQ(codec.seal(status())->find("auth="), std::string::npos);
  EXPECT_NE(codec.seal(status(), Carrier::kEcho)->find("auth="), std::string::npos);
}

TEST(PacketCodec, LeavesOutAuthBesideAStruct) {
  Message message = status();
  message.add(
      {.name = "s", .type = FieldType::kStruct, .bytes = {}, .items = {}, .child = status()});
  const PacketCodec codec({}, keys());
  EXPECT_EQ(codec.seal(message)->find("auth="), std::string::npos);
  EXPECT_NE(codec.seal(message, Carrier::kSerial)->find("auth="), std::string::npos);
  EXPECT_EQ(codec.open(codec.seal(message).value()), message);
}

TEST(PacketCodec, ReplacesAnAuthThatIsAlreadyThere) {
  Message message = status();
  message.add_string("auth", "1 somebody else's");
  const PacketCodec codec({}, keys());
  EXPECT_EQ(codec.seal(message), codec.seal(status()));
  EXPECT_EQ(codec.seal(message, Carrier::kSerial), codec.seal(status(), Carrier::kSerial));
}

TEST(PacketCodec, OpensTheClassicFormOnADatagramToo) {
  const PacketCodec codec({}, keys());
  Message message = codec.open(codec.seal(status(), Carrier::kSerial).value()).value();
  message.remove("auth");
  EXPECT_EQ(message, status());
}

TEST(PacketCodec, RefusesWhatItCannotSend) {
  const PacketCodec codec({}, keys());
  Message nul = status();
  nul.add_string("x", "a\0b"s);
  for (const Carrier carrier : {Carrier::kDatagram, Carrier::kEcho, Carrier::kSerial}) {
    EXPECT_EQ(codec.seal(nul, carrier).error(), SealError::kNulInString);
  }
  // The classic rendering that `auth` covers cannot hold this, so neither can the packet.
  Message list = status();
  list.add({.name = "l", .type = FieldType::kList, .bytes = {}, .items = {"a\nb"}, .child = {}});
  EXPECT_EQ(codec.seal(list).error(), SealError::kBadList);
  EXPECT_TRUE(PacketCodec({.form = Form::kNetstring}, keys()).seal(list));
}

// --- size and compression ---

TEST(PacketCodec, PacksWhatIsTooLargeForADatagram) {
  const PacketCodec codec({}, keys());
  const Message large = padded(70'000);
  const std::string packet = codec.seal(large).value();
  EXPECT_LE(packet.size(), kDatagramLimit);
  EXPECT_TRUE(is_envelope(decode_netstring(packet).value()));
  Message opened = codec.open(packet).value();
  opened.remove("auth");
  EXPECT_EQ(opened, large);
}

TEST(PacketCodec, RefusesWhatDoesNotFitEvenPacked) {
  const PacketCodec codec({}, keys());
  EXPECT_EQ(codec.seal(padded(200'000)).error(), SealError::kTooLarge);
  EXPECT_EQ(codec.seal(padded(6'000), Carrier::kEcho).error(), SealError::kTooLarge);
  EXPECT_EQ(codec.seal(padded(kUncompressedLimit)).error(), SealError::kTooLarge);
}

TEST(PacketCodec, PacksOnSerialLinesOnlyAboveTheirOwnLimit) {
  const PacketCodec codec({}, keys());
  const std::string plain = codec.seal(padded(200'000), Carrier::kSerial).value();
  EXPECT_FALSE(is_envelope(decode_classic(plain).value()));
  const std::string packed = codec.seal(padded(300'000), Carrier::kSerial).value();
  EXPECT_TRUE(is_envelope(decode_classic(packed).value()));
  EXPECT_TRUE(codec.open(packed));
}

// Receivers strip bit 7 and ignore CR: such a packet would never authenticate.
TEST(PacketCodec, PacksOnSerialLinesWhatSevenBitsDoNotHold) {
  const PacketCodec codec({}, keys());
  for (const std::string text : {"gr\xc3\xb6\xc3\x9f"
                                 "e",
                                 "cr\r"}) {
    Message message = status();
    message.add_string("text", text);
    std::string packet = codec.seal(message, Carrier::kSerial).value();
    EXPECT_TRUE(is_envelope(decode_classic(packet).value()));
    for (char& c : packet) c = static_cast<char>(c & 0x7f);
    std::erase(packet, '\r');
    EXPECT_EQ(codec.open(packet).value().string("text"), text);
    EXPECT_FALSE(is_envelope(decode_netstring(codec.seal(message).value()).value()));
  }
  EXPECT_FALSE(is_envelope(decode_classic(codec.seal(status(), Carrier::kSerial).value()).value()));
}

TEST(PacketCodec, TraditionalCompressionPacksAboveTheThreshold) {
  for (const Compression algorithm : {Compression::kZlib, Compression::kBz2}) {
    for (const Form form : {Form::kClassic, Form::kNetstring}) {
      const PacketCodec codec({.form = form,
                               .traditional_compression = true,
                               .compression = algorithm,
                               .compression_threshold = 2048},
                              keys());
      EXPECT_FALSE(is_envelope(decode_netstring(codec.seal(padded(1800)).value()).value()));
      const std::string packed = codec.seal(padded(2100)).value();
      EXPECT_TRUE(is_envelope(decode_netstring(packed).value()));
      Message opened = codec.open(packed).value();
      opened.remove("auth");
      EXPECT_EQ(opened, padded(2100));
    }
  }
}

TEST(PacketCodec, NeverPacksAnEcho) {
  const PacketCodec codec({.traditional_compression = true, .compression_threshold = 100}, keys());
  EXPECT_FALSE(is_envelope(decode_netstring(codec.seal(status(), Carrier::kEcho).value()).value()));
}

TEST(PacketCodec, CompressesFieldsThatItsSenderMeantToCompress) {
  Message message = status();
  message.add({.name = "xml",
               .type = FieldType::kUncompressed,
               .bytes = {},
               .items = {},
               .child = padded(3'000)});
  const PacketCodec codec({}, keys());
  const Message opened = codec.open(codec.seal(message).value()).value();
  EXPECT_EQ(opened.find("xml")->type, FieldType::kCompressed);
  EXPECT_EQ(open_compressed_field(opened, "xml"), padded(3'000));
  EXPECT_EQ(open_compressed_field(opened, "src").error(), Rejection::kBadField);

  Message nameless;
  nameless.add_string("", "x");
  message.add({.name = "bad",
               .type = FieldType::kUncompressed,
               .bytes = {},
               .items = {},
               .child = nameless});
  EXPECT_EQ(codec.seal(message).error(), SealError::kBadName);
}

TEST(Compression, HasTheWordsOfTheWire) {
  EXPECT_EQ(parse_compression("zlib"), Compression::kZlib);
  EXPECT_EQ(parse_compression("bz2"), Compression::kBz2);
  EXPECT_FALSE(parse_compression("lzma"));
}

TEST(Compression, IsBoundedWhateverTheInputPromises) {
  for (const Compression algorithm : {Compression::kZlib, Compression::kBz2}) {
    const std::string largest(kUncompressedLimit, 'x');
    const std::string packed = compress(algorithm, largest).value();
    EXPECT_LT(packed.size(), 10'000U);
    EXPECT_EQ(decompress(algorithm, packed)->size(), largest.size());
    EXPECT_EQ(compress(algorithm, largest + 'x').error(), SealError::kTooLarge);
  }
  EXPECT_EQ(decompress(Compression::kZlib, "").error(), Rejection::kBadCompression);
  EXPECT_EQ(decompress(Compression::kBz2, "BZh1").error(), Rejection::kBadCompression);
}

TEST(Compression, RefusesABomb) {
  std::string zeros(kUncompressedLimit + 1, '\0');
  std::string packed(10'000, '\0');
  uLongf zlib_size = packed.size();
  ASSERT_EQ(::compress(reinterpret_cast<Bytef*>(packed.data()), &zlib_size,
                       reinterpret_cast<const Bytef*>(zeros.data()), zeros.size()),
            Z_OK);
  EXPECT_EQ(decompress(Compression::kZlib, packed.substr(0, zlib_size)).error(),
            Rejection::kTooLarge);

  auto bz2_size = static_cast<unsigned>(packed.size());
  ASSERT_EQ(BZ2_bzBuffToBuffCompress(packed.data(), &bz2_size, zeros.data(),
                                     static_cast<unsigned>(zeros.size()), 1, 0, 0),
            BZ_OK);
  EXPECT_EQ(decompress(Compression::kBz2, packed.substr(0, bz2_size)).error(),
            Rejection::kTooLarge);
}

TEST(PacketCodec, RefusesBrokenEnvelopes) {
  const auto envelope = [](std::string payload, std::string algorithm) {
    Message message;
    message.add_binary(std::string(kPayloadField), std::move(payload));
    message.add_string(std::string(kAlgorithmField), std::move(algorithm));
    std::string body;
    EXPECT_TRUE(encode_netstring(message, body));
    return signed_body(body);
  };
  const std::string packed = compress(Compression::kZlib, "neither form").value();
  EXPECT_EQ(rejection_of(envelope("not compressed", "zlib")), Rejection::kBadCompression);
  EXPECT_EQ(rejection_of(envelope("not compressed", "bz2")), Rejection::kBadCompression);
  EXPECT_EQ(rejection_of(envelope(packed, "lzma")), Rejection::kBadCompression);
  EXPECT_EQ(rejection_of(envelope(packed.substr(0, 5), "zlib")), Rejection::kBadCompression);
  EXPECT_EQ(rejection_of(envelope(packed, "zlib")), Rejection::kNotAMessage);

  Message without_algorithm;
  without_algorithm.add_binary(std::string(kPayloadField), packed);
  EXPECT_EQ(open_envelope(without_algorithm).error(), Rejection::kBadCompression);
  EXPECT_EQ(open_envelope(status()).error(), Rejection::kBadField);
}

// --- rejection ---

TEST(PacketCodec, AuthenticatesBeforeItInterprets) {
  // Nonsense inside, but the verdict is about the signature, and with it about the nonsense.
  const std::string killer = "###\n3:abc,%%%\n";
  EXPECT_EQ(rejection_of(killer), Rejection::kUnsigned);
  EXPECT_EQ(rejection_of(killer + "42:1 " + std::string(40, '0') + ","), Rejection::kBadDigest);
  EXPECT_EQ(rejection_of(signed_body(killer)), Rejection::kMalformed);
  EXPECT_EQ(rejection_of(">>>\nno equals\n<<<\n"), Rejection::kUnsigned);
  EXPECT_EQ(rejection_of(">>>\nno equals\nauth=1 0\n<<<\n"), Rejection::kBadDigest);
  EXPECT_EQ(rejection_of(">>>\nno equals\nauth=" + keys().sign("no equals\n") + "\n<<<\n"),
            Rejection::kMalformed);
}

TEST(PacketCodec, RefusesWhatIsNoPacket) {
  EXPECT_EQ(rejection_of(""), Rejection::kNotAMessage);
  EXPECT_EQ(rejection_of("GET / HTTP/1.0\r\n\r\n"), Rejection::kNotAMessage);
  EXPECT_EQ(rejection_of("###\n"), Rejection::kTruncated);
  EXPECT_EQ(rejection_of(std::string(kMessageLimit + 1, '#')), Rejection::kTooLarge);
}

TEST(PacketCodec, RefusesEveryPrefixAndEveryFlippedByte) {
  const PacketCodec codec({}, keys());
  for (const Carrier carrier : {Carrier::kDatagram, Carrier::kSerial}) {
    const std::string packet = codec.seal(status(), carrier).value();
    // A serial packet is whole without its last LF.
    const std::size_t whole = packet.size() - (carrier == Carrier::kSerial ? 1 : 0);
    for (std::size_t i = 0; i < whole; ++i) {
      EXPECT_FALSE(codec.open(packet.substr(0, i))) << i;
      std::string flipped = packet;
      flipped[i] = static_cast<char>(flipped[i] ^ 0x01);
      EXPECT_FALSE(codec.open(flipped)) << i;
    }
  }
}

TEST(PacketCodec, TakesChangedKeys) {
  PacketCodec codec({}, keys());
  const std::string packet = codec.seal(status()).value();
  codec.set_keys(keys("another"));
  EXPECT_EQ(codec.open(packet).error(), Rejection::kBadDigest);
  EXPECT_EQ(codec.options().form, Form::kClassic);
}

}  // namespace
}  // namespace hb::wire
