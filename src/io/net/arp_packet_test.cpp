#include "io/net/arp_packet.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "io/net/announcer.h"
#include "io/net/test_network.h"

namespace hb::io {
namespace {

using std::chrono::milliseconds;

Link ethernet() {
  Link link;
  link.index = 3;
  link.name = "eth0";
  link.hardware_type = 1;
  link.hardware = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
  link.broadcast = HardwareAddress(6, 0xff);
  return link;
}

std::string hex(const std::vector<std::uint8_t>& bytes) {
  return hex_encode(std::string(bytes.begin(), bytes.end()));
}

std::vector<std::uint8_t> bytes(std::string_view hex_text) {
  const std::string raw = hex_decode(hex_text).value();
  return {raw.begin(), raw.end()};
}

struct EncodeCase {
  std::string claim;
  ArpPacket packet;
  std::string want;
};

const std::vector<EncodeCase> kEncoded = {
    {"RequestClaimsTheAddressAndAsksForIt",
     gratuitous_arp(ArpOperation::kRequest, ip("192.0.2.7"), ethernet()),
     "0001080006040001"
     "525400123456c0000207"
     "000000000000c0000207"},
    {"ReplyIsAddressedToAll", gratuitous_arp(ArpOperation::kReply, ip("192.0.2.7"), ethernet()),
     "0001080006040002"
     "525400123456c0000207"
     "ffffffffffffc0000207"},
    {"ProbeClaimsNothing", arp_probe(ip("192.0.2.7"), ethernet()),
     "0001080006040001"
     "52540012345600000000"
     "000000000000c0000207"},
};

class ArpEncoding : public testing::TestWithParam<EncodeCase> {};

TEST_P(ArpEncoding, IsExactToTheByte) {
  const EncodeCase& c = GetParam();
  EXPECT_EQ(hex(encode(c.packet)), c.want);
  EXPECT_EQ(decode_arp(bytes(c.want)), c.packet);
}

INSTANTIATE_TEST_SUITE_P(, ArpEncoding, testing::ValuesIn(kEncoded),
                         [](const auto& param_info) { return param_info.param.claim; });

struct RefusedCase {
  std::string claim;
  std::string hex;
};

const std::vector<RefusedCase> kRefused = {
    {"Nothing", ""},
    {"HalfAHeader", "00010800"},
    {"HeaderAlone", "0001080006040001"},
    {"OneByteShort", "0001080006040001525400123456c0000207000000000000c00002"},
    {"HardwareLongerThanThePacket", "00010800ff040001525400123456c0000207000000000000c0000207"},
    {"NotForIpv4", "000186dd06040001525400123456c0000207000000000000c0000207"},
    {"ProtocolLengthOfIpv6", "0001080006100001525400123456c0000207000000000000c0000207"},
    {"ReverseArp", "0001080006040003525400123456c0000207000000000000c0000207"},
};

class ArpRefusal : public testing::TestWithParam<RefusedCase> {};

TEST_P(ArpRefusal, IsNoArpForIpv4) { EXPECT_EQ(decode_arp(bytes(GetParam().hex)), std::nullopt); }

INSTANTIATE_TEST_SUITE_P(, ArpRefusal, testing::ValuesIn(kRefused),
                         [](const auto& param_info) { return param_info.param.claim; });

TEST(ArpDecoding, IgnoresPadding) {
  auto padded = bytes("0001080006040001525400123456c0000207000000000000c0000207");
  padded.resize(46, 0);  // shortest payload of Ethernet
  ASSERT_TRUE(decode_arp(padded));
  EXPECT_EQ(decode_arp(padded)->sender, ip("192.0.2.7"));
}

TEST(NeighbourAdvertisement, IsExactToTheByte) {
  EXPECT_EQ(hex(neighbour_advertisement(ip("fd77::150"), ethernet())),
            "60000000"
            "00203aff"                          // 32 bytes of ICMPv6, hop limit 255
            "fd770000000000000000000000000150"  // from the address itself
            "ff020000000000000000000000000001"  // to all nodes
            "8800d25320000000"                  // advertisement, override
            "fd770000000000000000000000000150"
            "0201525400123456");  // our link-layer address
}

// The ones' complement sum over the pseudo header and a right packet is all ones.
TEST(NeighbourAdvertisement, ChecksumVerifies) {
  const auto packet = neighbour_advertisement(ip("fe80::5054:ff:fe12:3456"), ethernet());
  std::uint32_t sum = 32 + 58;
  for (std::size_t i = 8; i < packet.size(); i += 2) {
    sum += static_cast<std::uint32_t>(packet[i] << 8 | packet[i + 1]);
  }
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  EXPECT_EQ(sum, 0xffffU);
}

TEST(AnnounceSchedule, Ipaddr2SendsTenPacketsInNineTenthsOfASecond) {
  const auto times = packet_times(ipaddr2_announcements(), 2);
  ASSERT_EQ(times.size(), 10U + 3 * 2);
  EXPECT_EQ(times.front(), milliseconds(0));
  EXPECT_EQ(times[1], milliseconds(100));
  EXPECT_EQ(times[9], milliseconds(900));
  EXPECT_EQ(times[10], milliseconds(1900));  // refreshes: 1, 5 and 30 s after the last
  EXPECT_EQ(times[11], milliseconds(2000));
  EXPECT_EQ(times[12], milliseconds(5900));
  EXPECT_EQ(times[14], milliseconds(30900));
}

TEST(AnnounceSchedule, IpaddrSendsTwentyPacketsInFourAndThreeQuarterSeconds) {
  const auto times = packet_times(ipaddr_announcements(), 2);
  ASSERT_EQ(times.size(), 20U + 3 * 2);
  EXPECT_EQ(times[1], milliseconds(250));
  EXPECT_EQ(times[19], milliseconds(4750));
}

TEST(AnnounceSchedule, AdvertisementsAreOnePacketARound) {
  const auto times = packet_times(ipv6addr_announcements(), 1);
  ASSERT_EQ(times.size(), 5U + 3);
  EXPECT_EQ(times[4], milliseconds(800));
  EXPECT_EQ(times[5], milliseconds(1800));
}

}  // namespace
}  // namespace hb::io
