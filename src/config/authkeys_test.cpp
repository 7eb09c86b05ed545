#include "config/authkeys.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace hb::config {
namespace {

using namespace std::string_view_literals;

TEST(Authkeys, ReadsEveryMethod) {
  const auto result = parse_authkeys(
      "# keys\r\n\n  auth 2 # in use\r\n 2 sha1 s#2 # new\r\n1 md5 s1\r\n0 crc # none\n15 sha1 s15",
      "f");
  EXPECT_TRUE(result.diagnostics.empty());
  ASSERT_TRUE(result.keys);
  EXPECT_EQ(result.keys->sending, 2);
  const std::vector<wire::Key> want = {{0, wire::DigestMethod::kCrc, ""},
                                       {1, wire::DigestMethod::kMd5, "s1"},
                                       {2, wire::DigestMethod::kSha1, "s#2"},
                                       {15, wire::DigestMethod::kSha1, "s15"}};
  EXPECT_EQ(result.keys->keys, want);
}

TEST(Authkeys, LastAuthAndLastKeyCount) {
  const auto result = parse_authkeys("auth 1\nauth 2\n1 md5 a\n2 md5 b\n2 sha1 c\n", "f");
  ASSERT_TRUE(result.keys);
  EXPECT_EQ(result.keys->sending, 2);
  EXPECT_EQ(result.keys->keys.back(), (wire::Key{2, wire::DigestMethod::kSha1, "c"}));
}

// As 3.0.6 takes a line apart: the number, then whatever comes.
TEST(Authkeys, NumberMayTouchTheMethodAndHaveASign) {
  const auto result = parse_authkeys("auth +1x\n1sha1 a\n+2 md5 b\n003crc\n", "f");
  ASSERT_TRUE(result.keys);
  EXPECT_EQ(result.keys->sending, 1);
  const std::vector<wire::Key> want = {{1, wire::DigestMethod::kSha1, "a"},
                                       {2, wire::DigestMethod::kMd5, "b"},
                                       {3, wire::DigestMethod::kCrc, ""}};
  EXPECT_EQ(result.keys->keys, want);
  EXPECT_EQ(result.diagnostics.size(), 5U);
  for (const char* text : {"auth 1\n1x sha1 a\n", "auth 1\n1 x\n1sha1a\n", "auth x\n1 sha1 a\n"}) {
    EXPECT_FALSE(parse_authkeys(text, "f").keys) << text;
  }
}

TEST(Authkeys, NulByteIsRefused) {
  EXPECT_FALSE(parse_authkeys("auth 1\n1 sha1 a\0b\n"sv, "f").keys);
}

TEST(Authkeys, HugeNumbersAreRefused) {
  EXPECT_FALSE(parse_authkeys("auth 99999999999999999999\n1 sha1 a\n", "f").keys);
  EXPECT_FALSE(parse_authkeys("auth -1\n-1 sha1 a\n", "f").keys);
}

TEST(KeyFile, ModesThatAreRefused) {
  for (const std::uint32_t mode : {0644U, 0640U, 0604U, 0620U, 0602U, 0666U}) {
    EXPECT_TRUE(check_key_file("f", mode, 0)) << mode;
  }
  for (const std::uint32_t mode : {0600U, 0400U, 0700U, 0711U}) {
    EXPECT_FALSE(check_key_file("f", mode, 0)) << mode;
  }
  EXPECT_TRUE(check_key_file("f", 0600, 1000));
}

// Whatever is wrong with a line, the secret on it is not told.
TEST(Authkeys, NoDiagnosticHoldsASecret) {
  const bool held = rc::check([] {
    const std::string secret = "Xyzzy" + std::to_string(*rc::gen::inRange(100000, 999999));
    const std::vector<std::string> words = {"auth", "a", "1",  "2",    "99",   "crc",  "md5",
                                            "sha1", "#", "\t", secret, secret, "SHA1", "sha256"};
    std::string text;
    for (const std::string& word :
         *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(words))) {
      text += word + *rc::gen::element(" ", "\n", "");
    }
    for (const Diagnostic& diagnostic : parse_authkeys(text, "f").diagnostics) {
      RC_ASSERT(render(diagnostic).find("Xyzzy") == std::string::npos);
    }
  });
  EXPECT_TRUE(held);
}

}  // namespace
}  // namespace hb::config
