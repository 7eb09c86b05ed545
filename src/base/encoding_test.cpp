#include "base/encoding.h"

#include <vector>

#include <gtest/gtest.h>

namespace hb {
namespace {

TEST(Hex, RoundTrips) {
  EXPECT_EQ(hex_encode(std::string("\x00\x7f\xff", 3)), "007fff");
  EXPECT_EQ(hex_decode("007fFF"), std::string("\x00\x7f\xff", 3));
}

TEST(Hex, RefusesOddLengthAndForeignCharacters) {
  EXPECT_FALSE(hex_decode("abc"));
  EXPECT_FALSE(hex_decode("0g"));
}

// RFC 4648, section 10.
const std::vector<std::pair<std::string, std::string>> kBase64 = {{"", ""},
                                                                  {"f", "Zg=="},
                                                                  {"fo", "Zm8="},
                                                                  {"foo", "Zm9v"},
                                                                  {"foob", "Zm9vYg=="},
                                                                  {"fooba", "Zm9vYmE="},
                                                                  {"foobar", "Zm9vYmFy"}};

TEST(Base64, MatchesRfc4648) {
  for (const auto& [bytes, text] : kBase64) {
    EXPECT_EQ(base64_encode(bytes), text);
    EXPECT_EQ(base64_decode(text), bytes);
  }
}

TEST(Base64, RefusesBrokenText) {
  for (const char* text : {"Zg=", "Zg", "Z===", "=Zg=", "Zm 9", "Zm9v\n", "Zm9-"}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
}

TEST(ParseUnsigned, TakesTheWholeTextOrNothing) {
  EXPECT_EQ(parse_unsigned("5dc", 16), 1500U);
  EXPECT_EQ(parse_unsigned("007"), 7U);
  EXPECT_EQ(parse_unsigned("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "1x", "18446744073709551616"}) {
    EXPECT_FALSE(parse_unsigned(text)) << text;
  }
}

TEST(ToHex, HasNoLeadingZeros) {
  EXPECT_EQ(to_hex(0), "0");
  EXPECT_EQ(to_hex(0x6b030c94), "6b030c94");
}

}  // namespace
}  // namespace hb
