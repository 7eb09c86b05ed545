#include "io/media/ping/echo_packet.h"

#include <gtest/gtest.h>

namespace hb::io {
namespace {

using namespace std::string_literals;
using enum AddressFamily;

// What the kernel hands to a raw socket of IPv4; 24 bytes of header with one option.
std::string behind_ip(const std::string& icmp, char first = 0x46, char protocol = 1) {
  std::string header(24, '\0');
  header[0] = first;
  header[9] = protocol;
  return header + icmp;
}

std::string reply_of(std::string request) {
  request[0] = '\0';
  // One less in the type is one more in the sum.
  request[2] = static_cast<char>(request[2] + 8);
  return request;
}

TEST(EchoRequest, HasTheIdentifierInTheOrderOfTheHost) {
  const std::string request =
      make_echo_request(kIpv4, {.identifier = 27, .sequence = 258}, "###\n");
  // Recorded from 3.0.6 on a little-endian machine; the two bytes behind `code` are the sum.
  EXPECT_EQ(request.substr(4), "\x1b\x00\x01\x02###\n"s);
  EXPECT_EQ(request.substr(0, 2), "\x08\x00"s);
  EXPECT_EQ(as_filters_see(27), 0x1b00);
}

TEST(EchoRequest, SumsUpToZero) {
  for (const std::string payload : {"", "x", "xy", "odd", "\xff\xff\xff\xff\xff"}) {
    const std::string request = make_echo_request(kIpv4, {.identifier = 7, .sequence = 9}, payload);
    const auto reply_bytes = behind_ip(reply_of(request));
    const auto reply = read_echo_reply(kIpv4, reply_bytes);
    ASSERT_TRUE(reply) << payload;
    EXPECT_EQ(reply->payload, payload);
    EXPECT_EQ(reply->header, (EchoHeader{.identifier = 7, .sequence = 9}));
  }
}

TEST(EchoRequest, OfIpv6LeavesTheSumToTheKernel) {
  EXPECT_EQ(make_echo_request(kIpv6, {.identifier = 27, .sequence = 1}, "p"),
            "\x80\0\0\0\x1b\0\0\x01p"s);
}

TEST(EchoReply, OfIpv6HasNoIpHeader) {
  const auto reply = read_echo_reply(kIpv6, "\x81\0??\x1b\0\0\x01p"s);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->header, (EchoHeader{.identifier = 27, .sequence = 1}));
}

TEST(EchoReply, IsNothingElse) {
  const std::string good =
      behind_ip(reply_of(make_echo_request(kIpv4, {.identifier = 1, .sequence = 2}, "###\n")));
  ASSERT_TRUE(read_echo_reply(kIpv4, good));
  struct Case {
    const char* name;
    std::string datagram;
  };
  const auto with = [&](std::size_t at, char value) {
    std::string changed = good;
    changed[at] = value;
    return changed;
  };
  for (const auto& [name, datagram] : std::vector<Case>{
           {"Nothing", ""},
           {"ARequest", with(24, 8)},
           {"AnUnreachable", with(24, 3)},
           {"AnotherCode", with(25, 1)},
           {"AWrongSum", with(26, static_cast<char>(good[26] + 1))},
           {"AChangedByte", with(good.size() - 1, 'x')},
           {"Udp", behind_ip(good.substr(24), 0x46, 17)},
           {"Ipv6", behind_ip(good.substr(24), 0x66)},
           {"AHeaderTooShort", behind_ip(good.substr(24), 0x44)},
           {"AHeaderBeyondTheEnd", good.substr(0, 22)},
           {"OnlyAHeader", good.substr(0, 24)},
           {"HalfAnEchoHeader", good.substr(0, 28)},
       }) {
    EXPECT_FALSE(read_echo_reply(kIpv4, datagram)) << name;
  }
  EXPECT_FALSE(read_echo_reply(kIpv6, "\x80\0??\x1b\0\0\x01p"s));  // our own request
  EXPECT_FALSE(read_echo_reply(kIpv6, "\x81\0??\x1b\0"s));
}

}  // namespace
}  // namespace hb::io
