#include "base/service_address.h"

#include <gtest/gtest.h>

namespace hb {
namespace {

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

struct GoodCase {
  std::string claim;
  std::string text;
  std::string address;
  std::optional<unsigned> prefix;
  std::optional<std::string> interface, label, broadcast;
};

const std::vector<GoodCase> kGood = {
    {"AddressAlone", "192.0.2.7", "192.0.2.7", {}, {}, {}, {}},
    {"PrefixLength", "192.0.2.7/24", "192.0.2.7", 24, {}, {}, {}},
    {"PrefixZero", "192.0.2.7/0", "192.0.2.7", 0, {}, {}, {}},
    {"DottedMask", "192.0.2.7/255.255.254.0", "192.0.2.7", 23, {}, {}, {}},
    {"MaskOfAllOnes", "192.0.2.7/255.255.255.255", "192.0.2.7", 32, {}, {}, {}},
    {"Interface", "192.0.2.7/24/eth0", "192.0.2.7", 24, "eth0", {}, {}},
    {"Label", "192.0.2.7/24/eth0:web", "192.0.2.7", 24, "eth0", "eth0:web", {}},
    {"InterfaceThenBroadcast",
     "192.0.2.7/24/eth0/192.0.2.255",
     "192.0.2.7",
     24,
     "eth0",
     {},
     "192.0.2.255"},
    {"LabelThenBroadcast", "192.0.2.7/24/eth0:1/192.0.2.255", "192.0.2.7", 24, "eth0", "eth0:1",
     "192.0.2.255"},
    {"BroadcastWithoutInterface",
     "192.0.2.7/24/192.0.2.255",
     "192.0.2.7",
     24,
     {},
     {},
     "192.0.2.255"},
    {"SlashAtTheEndIsIgnored", "192.0.2.7/", "192.0.2.7", {}, {}, {}, {}},
    {"SlashAfterTheMask", "192.0.2.7/24/", "192.0.2.7", 24, {}, {}, {}},
    {"SlashAfterTheInterface", "192.0.2.7/24/eth0/", "192.0.2.7", 24, "eth0", {}, {}},
    {"Ipv6", "fd77::150/64/eth0", "fd77::150", 64, "eth0", {}, {}},
    {"Ipv6WrittenOut", "fd77:0:0:0:0:0:0:150", "fd77::150", {}, {}, {}, {}},
    {"Ipv6WithEmbeddedIpv4", "::ffff:192.0.2.7/128", "::ffff:192.0.2.7", 128, {}, {}, {}},
    {"LongestLabel",
     "192.0.2.7/24/eth0:0123456789",
     "192.0.2.7",
     24,
     "eth0",
     "eth0:0123456789",
     {}},
};

class GoodAddress : public testing::TestWithParam<GoodCase> {};

TEST_P(GoodAddress, Parses) {
  const GoodCase& c = GetParam();
  const auto parsed = parse_service_address(c.text);
  ASSERT_TRUE(parsed) << parsed.error().position << ": expected " << parsed.error().expected;
  EXPECT_EQ(parsed->address.text(), c.address);
  EXPECT_EQ(parsed->prefix, c.prefix);
  EXPECT_EQ(parsed->interface, c.interface);
  EXPECT_EQ(parsed->label, c.label);
  EXPECT_EQ(parsed->broadcast ? std::optional(parsed->broadcast->text()) : std::nullopt,
            c.broadcast);
  EXPECT_EQ(parsed->text, c.text);
}

INSTANTIATE_TEST_SUITE_P(, GoodAddress, testing::ValuesIn(kGood),
                         [](const auto& param_info) { return param_info.param.claim; });

// What 3.0.6's wrappers configure of texts that were hardly meant so.
struct PassedOver {
  std::string claim;
  std::string text;
  std::optional<unsigned> prefix;
  std::optional<std::string> interface, broadcast;
  std::vector<AddressError> ignored;
};

const std::string kOneSlash = "a single /";
const std::string kNothing = "nothing more after the broadcast address";

const std::vector<PassedOver> kPassedOver = {
    {"NothingInAGoodAddress", "192.0.2.7/24/eth0/192.0.2.255", 24, "eth0", "192.0.2.255", {}},
    {"NothingOfOneSlashAtTheEnd", "192.0.2.7/24/eth0/192.0.2.255/", 24, "eth0", "192.0.2.255", {}},
    {"SlashesAfterTheAddress", "192.0.2.7//24", 24, {}, {}, {{9, "//", kOneSlash}}},
    {"SlashesForTheInterface",
     "192.0.2.7/24//192.0.2.254",
     24,
     {},
     "192.0.2.254",
     {{12, "//", kOneSlash}}},
    {"SlashesBeforeTheBroadcast",
     "192.0.2.7/24/eth0//192.0.2.253",
     24,
     "eth0",
     "192.0.2.253",
     {{17, "//", kOneSlash}}},
    {"SlashesAtTheEnd", "192.0.2.7///", {}, {}, {}, {{9, "///", kOneSlash}}},
    {"TextAfterTheBroadcast",
     "192.0.2.7/24/eth0/192.0.2.255/more/of it",
     24,
     "eth0",
     "192.0.2.255",
     {{30, "more/of it", kNothing}}},
    {"AnInterfaceAfterTheBroadcast",
     "192.0.2.7/24/192.0.2.255/eth0",
     24,
     {},
     "192.0.2.255",
     {{25, "eth0", kNothing}}},
};

class PassedOverAddress : public testing::TestWithParam<PassedOver> {};

TEST_P(PassedOverAddress, IsReadAndTheRestIsNoted) {
  const PassedOver& c = GetParam();
  const auto parsed = parse_service_address(c.text);
  ASSERT_TRUE(parsed) << parsed.error().position << ": expected " << parsed.error().expected;
  EXPECT_EQ(parsed->prefix, c.prefix);
  EXPECT_EQ(parsed->interface, c.interface);
  EXPECT_EQ(parsed->broadcast ? std::optional(parsed->broadcast->text()) : std::nullopt,
            c.broadcast);
  EXPECT_EQ(parsed->ignored, c.ignored);
}

INSTANTIATE_TEST_SUITE_P(, PassedOverAddress, testing::ValuesIn(kPassedOver),
                         [](const auto& param_info) { return param_info.param.claim; });

struct BadCase {
  std::string claim;
  std::string text;
  std::size_t position;
  std::string found;
  std::string expected;
};

const std::string kMask = "a prefix length from 0 to 32 or a mask such as 255.255.255.0";
const std::string kName = "an interface name of 1 to 15 characters";
const std::string kLabel = "interface:label of together at most 15 characters";

const std::vector<BadCase> kBad = {
    {"Empty", "", 0, "", "an IPv4 or IPv6 address"},
    {"Name", "www", 0, "www", "an IPv4 or IPv6 address"},
    {"ThreeNumbers", "192.0.2", 0, "192.0.2", "an IPv4 or IPv6 address"},
    {"NumberTooLarge", "192.0.2.256/24", 0, "192.0.2.256", "an IPv4 or IPv6 address"},
    {"LeadingZero", "192.0.2.07", 0, "192.0.2.07", "an IPv4 or IPv6 address"},
    {"NulInside", std::string("192.0.2.7\0", 10), 0, std::string("192.0.2.7\0", 10),
     "an IPv4 or IPv6 address"},
    {"PrefixTooLong", "192.0.2.7/33", 10, "33", kMask},
    {"MaskWithHoles", "192.0.2.7/255.0.255.0", 10, "255.0.255.0", kMask},
    {"InterfaceInPlaceOfTheMask", "192.0.2.7/eth0", 10, "eth0", kMask},
    {"SlashesInPlaceOfTheMask", "192.0.2.7//eth0", 11, "eth0", kMask},
    {"SlashBeforeTheAddress", "/192.0.2.7", 0, "", "an IPv4 or IPv6 address"},
    {"Ipv6PrefixTooLong", "fd77::1/129", 8, "129", "a prefix length from 0 to 128"},
    {"InterfaceTooLong", "192.0.2.7/24/interface-of-16c", 13, "interface-of-16c", kName},
    {"InterfaceWithBlank", "192.0.2.7/24/eth 0", 13, "eth 0", kName},
    {"LabelWithoutInterface", "192.0.2.7/24/:web", 13, ":web", kName},
    {"EmptyLabel", "192.0.2.7/24/eth0:", 13, "eth0:", kLabel},
    {"LabelTooLong", "192.0.2.7/24/eth0:01234567890", 13, "eth0:01234567890", kLabel},
    {"BroadcastIsNoAddress", "192.0.2.7/24/eth0/x", 18, "x", "an IPv4 broadcast address"},
    {"BroadcastOfTheOtherFamily", "192.0.2.7/24/1::2", 13, "1::2", "an IPv4 broadcast address"},
    {"BroadcastForIpv6", "fd77::1/64/eth0/192.0.2.255", 16, "192.0.2.255",
     "nothing: IPv6 has no broadcast address"},
};

class BadAddress : public testing::TestWithParam<BadCase> {};

TEST_P(BadAddress, IsRefusedWithItsPlace) {
  const BadCase& c = GetParam();
  const auto parsed = parse_service_address(c.text);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error(), (AddressError{c.position, c.found, c.expected}));
}

INSTANTIATE_TEST_SUITE_P(, BadAddress, testing::ValuesIn(kBad),
                         [](const auto& param_info) { return param_info.param.claim; });

TEST(IpAddress, IsWithinComparesOnlyThePrefix) {
  EXPECT_TRUE(ip("192.0.2.7").is_within(ip("192.0.2.0"), 24));
  EXPECT_TRUE(ip("192.0.3.7").is_within(ip("192.0.2.0"), 23));
  EXPECT_FALSE(ip("192.0.3.7").is_within(ip("192.0.2.0"), 24));
  EXPECT_TRUE(ip("10.1.1.1").is_within(ip("192.0.2.0"), 0));
  EXPECT_TRUE(ip("fd77::1").is_within(ip("fd77::"), 64));
  EXPECT_FALSE(ip("fd77::1").is_within(ip("192.0.2.0"), 0));
}

TEST(IpAddress, BroadcastIsTheLastOfTheNetwork) {
  EXPECT_EQ(broadcast_of(ip("192.0.2.7"), 24), ip("192.0.2.255"));
  EXPECT_EQ(broadcast_of(ip("192.0.2.7"), 23), ip("192.0.3.255"));
  EXPECT_EQ(broadcast_of(ip("192.0.2.7"), 30), ip("192.0.2.7"));
  EXPECT_EQ(broadcast_of(ip("192.0.2.7"), 0), ip("255.255.255.255"));
  EXPECT_EQ(broadcast_of(ip("192.0.2.7"), 31), std::nullopt);
  EXPECT_EQ(broadcast_of(ip("fd77::1"), 64), std::nullopt);
}

TEST(IpAddress, TakesFourOrSixteenBytes) {
  const std::array<std::uint8_t, 4> four = {192, 0, 2, 7};
  EXPECT_EQ(IpAddress::from_bytes(four), ip("192.0.2.7"));
  const std::array<std::uint8_t, 5> five = {1, 2, 3, 4, 5};
  EXPECT_EQ(IpAddress::from_bytes(five), std::nullopt);
}

}  // namespace
}  // namespace hb
