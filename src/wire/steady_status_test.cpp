#include "wire/steady_status.h"

#include <gtest/gtest.h>

#include "wire/field_rules.h"
#include "wire/packet_codec.h"
#include "wire/packet_message.h"

namespace hb::wire {
namespace {

constexpr std::uint64_t kNow = 0x6553f100;

KeyRing ring(std::string secret = "secret") {
  return KeyRing::make({{.number = 1, .method = DigestMethod::kSha1, .secret = std::move(secret)}},
                       1)
      .value();
}

PacketCodec codec_of(Form form = Form::kClassic) {
  CodecOptions options;
  options.form = form;
  return {options, ring()};
}

Packet steady(std::uint64_t number, std::string load = "0.00 1/99 1234",
              std::uint64_t time = kNow) {
  Packet packet{.header = {},
                .body = Status{.state = NodeState::kActive, .deadtime_ms = 1000, .extended = 1}};
  packet.header.src = NodeName("ada");
  packet.header.src_uuid = Uuid::from_bytes(std::string(16, '\x02'));
  packet.header.generation = Generation(0x5f);
  packet.header.seq = SeqNo(number);
  packet.header.timestamp = time;
  packet.header.load = std::move(load);
  packet.header.ttl = 3;
  return packet;
}

std::string written(const PacketCodec& codec, const Packet& packet) {
  return codec.seal(to_message(packet)).value();
}

// What reading the datagram as any other comes to; none if it is refused.
std::optional<Packet> read(const PacketCodec& codec, std::string_view datagram) {
  const auto message = codec.open(datagram);
  if (!message) return std::nullopt;
  const auto packet = parse_packet(*message);
  return packet ? std::optional(*packet) : std::nullopt;
}

std::string signed_anew(std::string datagram) {
  const std::size_t end = datagram.rfind("%%%\n") + 4;
  datagram.resize(end);
  append_netstring(ring().sign(datagram), datagram);
  return datagram;
}

class InBothForms : public testing::TestWithParam<Form> {};
INSTANTIATE_TEST_SUITE_P(SteadyStatus, InBothForms,
                         testing::Values(Form::kClassic, Form::kNetstring), [](const auto& tested) {
                           return tested.param == Form::kClassic ? "Classic" : "Netstring";
                         });

TEST_P(InBothForms, WhatIsRepeatedIsWhatWouldBeWritten) {
  const PacketCodec codec = codec_of(GetParam());
  SaidStatus said;
  int repeated = 0;
  for (std::uint64_t number = 1; number < 600; ++number) {
    // Widths of all three values change on the way.
    const Packet packet = steady(number, "0." + std::to_string(number) + " 1/9 12", kNow + number);
    const std::string expected = written(codec, packet);
    if (const std::string* text = said.repeat(packet, codec.keys())) {
      EXPECT_EQ(*text, expected) << number;
      ++repeated;
    } else {
      said.remember(packet, to_message(packet), expected, codec.keys());
    }
  }
  EXPECT_GE(repeated, 590);
}

TEST_P(InBothForms, TheNextNumberAloneIsEnough) {
  const PacketCodec codec = codec_of(GetParam());
  SaidStatus said;
  EXPECT_EQ(said.repeat(SeqNo(0x10), codec.keys()), nullptr) << "nothing was said";
  said.remember(steady(0x10), to_message(steady(0x10)), written(codec, steady(0x10)), codec.keys());
  for (std::uint64_t number = 0x11; number < 0x100; ++number) {
    const std::string* text = said.repeat(SeqNo(number), codec.keys());
    ASSERT_NE(text, nullptr) << number;
    EXPECT_EQ(*text, written(codec, steady(number))) << number;
  }
  EXPECT_EQ(said.repeat(SeqNo(0x101), codec.keys()), nullptr) << "something was said between";
  EXPECT_EQ(said.repeat(SeqNo(0x100), codec.keys()), nullptr) << "it is longer";
}

TEST_P(InBothForms, WhatIsRecalledIsWhatWouldBeRead) {
  const PacketCodec codec = codec_of(GetParam());
  HeardStatuses heard;
  heard.remember(written(codec, steady(0x10)), steady(0x10));
  for (std::uint64_t number = 0x11; number < 0x100; ++number) {
    const std::string datagram = written(codec, steady(number, "9.99 9/99 9999", kNow + number));
    const Packet* packet = heard.recall(datagram, codec.keys());
    ASSERT_NE(packet, nullptr) << number;
    EXPECT_EQ(*packet, read(codec, datagram)) << number;
  }
}

TEST_P(InBothForms, WhateverByteDiffersNothingIsRecalledThatWouldNotBeRead) {
  const PacketCodec codec = codec_of(GetParam());
  HeardStatuses heard;
  const std::string original = written(codec, steady(0x10));
  heard.remember(original, steady(0x10));
  int recalled = 0;
  for (std::size_t i = 0; i < original.size(); ++i) {
    for (const char byte : {'0', 'a', 'G', ' ', ',', '\n', '\x13', '\0'}) {
      std::string forged = original;
      if (std::exchange(forged[i], byte) == byte) continue;
      // As it is, and of a sender who knows the key.
      for (const std::string& datagram : {forged, signed_anew(forged)}) {
        const Packet* packet = heard.recall(datagram, codec.keys());
        if (packet == nullptr) continue;
        EXPECT_EQ(*packet, read(codec, datagram)) << i << " " << int{byte};
        ++recalled;
      }
    }
  }
  EXPECT_GT(recalled, 20);
}

TEST(SteadyStatus, IsRecalledOfEachSenderAndOfNobodyElse) {
  const PacketCodec codec = codec_of();
  HeardStatuses heard;
  Packet bob = steady(0x20);
  bob.header.src = NodeName("bob");
  heard.remember(written(codec, steady(0x10)), steady(0x10));
  heard.remember(written(codec, bob), bob);
  EXPECT_NE(heard.recall(written(codec, steady(0x11)), codec.keys()), nullptr);
  EXPECT_NE(heard.recall(written(codec, bob), codec.keys()), nullptr);
  Packet cyd = steady(0x30);
  cyd.header.src = NodeName("cyd");
  EXPECT_EQ(heard.recall(written(codec, cyd), codec.keys()), nullptr);
}

TEST(SteadyStatus, OfAnyNumberOfSendersSomeAreRemembered) {
  const PacketCodec codec = codec_of();
  HeardStatuses heard;
  Packet packet = steady(0x10);
  for (int i = 0; i < 1000; ++i) {
    packet.header.src = NodeName("node" + std::to_string(i));
    heard.remember(written(codec, packet), packet);
  }
  EXPECT_NE(heard.recall(written(codec, packet), codec.keys()), nullptr);
}

TEST(SteadyStatus, OfOtherKeysIsNotRecalled) {
  HeardStatuses heard;
  const std::string datagram = written(codec_of(), steady(0x10));
  heard.remember(datagram, steady(0x10));
  EXPECT_EQ(heard.recall(datagram, ring("another")), nullptr);
}

struct NotRepeated {
  const char* name;
  void (*change)(Packet&);
};

class SomethingNew : public testing::TestWithParam<NotRepeated> {};
INSTANTIATE_TEST_SUITE_P(
    SteadyStatus, SomethingNew,
    testing::Values(
        NotRepeated{"State", [](Packet& p) { std::get<Status>(p.body).state = NodeState::kUp; }},
        NotRepeated{"Deadtime", [](Packet& p) { std::get<Status>(p.body).deadtime_ms = 2000; }},
        NotRepeated{"News", [](Packet& p) { std::get<Status>(p.body).follows_news = true; }},
        NotRepeated{"Generation", [](Packet& p) { p.header.generation = Generation(0x60); }},
        NotRepeated{"Ttl", [](Packet& p) { p.header.ttl = 4; }},
        NotRepeated{"Addressee", [](Packet& p) { p.header.dest = NodeName("bob"); }},
        NotRepeated{"LoadOfLines", [](Packet& p) { p.header.load = "0.00 1/99 12\n4"; }},
        NotRepeated{"Body", [](Packet& p) { p.body = Starting{}; }}),
    [](const auto& tested) { return tested.param.name; });

TEST_P(SomethingNew, IsWritten) {
  const PacketCodec codec = codec_of();
  SaidStatus said;
  said.remember(steady(0x10), to_message(steady(0x10)), written(codec, steady(0x10)), codec.keys());
  Packet packet = steady(0x11);
  ASSERT_NE(said.repeat(packet, codec.keys()), nullptr);
  GetParam().change(packet);
  EXPECT_EQ(said.repeat(packet, codec.keys()), nullptr);
}

TEST(SteadyStatus, ThatWasPackedIsNotRepeated) {
  CodecOptions options;
  options.traditional_compression = true;
  options.compression_threshold = 50;
  const PacketCodec codec(options, ring());
  SaidStatus said;
  said.remember(steady(0x10), to_message(steady(0x10)), written(codec, steady(0x10)), codec.keys());
  EXPECT_EQ(said.repeat(steady(0x11), codec.keys()), nullptr);
}

}  // namespace
}  // namespace hb::wire
