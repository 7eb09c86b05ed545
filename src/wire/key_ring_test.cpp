#include "wire/key_ring.h"

#include <gtest/gtest.h>

namespace hb::wire {
namespace {

using std::string_literals::operator""s;

std::string hmac(DigestMethod method, const std::string& secret, const std::string& bytes) {
  return std::string(KeyedDigest(method, secret).compute(bytes).view());
}

TEST(Crc, IsThatOfCksumWithoutTheLength) {
  EXPECT_EQ(crc32_posix_without_length(""), 0xffffffffU);
  // CRC-32/CKSUM check value of the catalogue holds for "123456789" with its length byte 9
  // appended.
  EXPECT_EQ(crc32_posix_without_length("123456789\x09"), 0x377a6011U);
}

// RFC 2202: HMAC-MD5 and HMAC-SHA1, cases 1, 2 and 6 (a key longer than the block).
TEST(KeyedDigest, MatchesRfc2202) {
  EXPECT_EQ(hmac(DigestMethod::kMd5, std::string(16, 0x0b), "Hi There"),
            "9294727a3638bb1c13f48ef8158bfc9d");
  EXPECT_EQ(hmac(DigestMethod::kMd5, "Jefe", "what do ya want for nothing?"),
            "750c783e6ab0b503eaa86e310a5db738");
  EXPECT_EQ(hmac(DigestMethod::kMd5, std::string(80, '\xaa'),
                 "Test Using Larger Than Block-Size Key - Hash Key First"),
            "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
  EXPECT_EQ(hmac(DigestMethod::kSha1, std::string(20, 0x0b), "Hi There"),
            "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_EQ(hmac(DigestMethod::kSha1, "Jefe", "what do ya want for nothing?"),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(hmac(DigestMethod::kSha1, std::string(80, '\xaa'),
                 "Test Using Larger Than Block-Size Key - Hash Key First"),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

TEST(KeyedDigest, ComputesTheSameAgain) {
  const KeyedDigest digest(DigestMethod::kSha1, "secret");
  const std::string first(digest.compute("bytes").view());
  EXPECT_NE(digest.compute("other bytes").view(), first);
  EXPECT_EQ(digest.compute("bytes").view(), first);
  EXPECT_EQ(digest.method(), DigestMethod::kSha1);
}

TEST(EqualInConstantTime, ComparesWholeTexts) {
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
}

TEST(DigestMethods, HaveTheWordsOfAuthkeys) {
  for (const auto method : {DigestMethod::kCrc, DigestMethod::kMd5, DigestMethod::kSha1}) {
    EXPECT_EQ(parse_digest_method(word(method)), method);
  }
  EXPECT_FALSE(parse_digest_method("SHA1"));
}

std::vector<Key> three_keys() {
  return {{.number = 1, .method = DigestMethod::kSha1, .secret = "K1secret"},
          {.number = 2, .method = DigestMethod::kMd5, .secret = "K2secret"},
          {.number = 3, .method = DigestMethod::kCrc, .secret = ""}};
}

TEST(KeyRing, RefusesKeysThatContradictEachOther) {
  const auto error = [](std::vector<Key> keys, int sending) {
    return KeyRing::make(std::move(keys), sending).error();
  };
  EXPECT_EQ(error(three_keys(), 4), KeyRingError::kNoSendingKey);
  EXPECT_EQ(error({}, 0), KeyRingError::kNoSendingKey);
  EXPECT_EQ(error({{.number = 16}}, 16), KeyRingError::kNumberOutOfRange);
  EXPECT_EQ(error({{.number = -1}}, -1), KeyRingError::kNumberOutOfRange);
  EXPECT_EQ(error({{.number = 2}, {.number = 2}}, 2), KeyRingError::kDuplicateNumber);
}

TEST(KeyRing, NamesItsErrors) {
  EXPECT_EQ(word(KeyRingError::kNumberOutOfRange), "key number out of range");
  EXPECT_EQ(word(KeyRingError::kDuplicateNumber), "two keys of one number");
  EXPECT_EQ(word(KeyRingError::kNoSendingKey), "no key of the sending number");
}

TEST(KeyRing, SignsWithTheSendingKey) {
  const KeyRing ring = KeyRing::make(three_keys(), 2).value();
  EXPECT_EQ(ring.sending_number(), 2);
  EXPECT_EQ(ring.sign("bytes"), "2 " + hmac(DigestMethod::kMd5, "K2secret", "bytes"));
}

struct Case {
  std::string name;
  std::string authentication;
  AuthPlace place;
  Rejection want;  // kNotAMessage stands for "accepted"
};
constexpr Rejection kAccepted = Rejection::kNotAMessage;

const std::string kSha1 = hmac(DigestMethod::kSha1, "K1secret", "bytes");
const std::string kMd5 = hmac(DigestMethod::kMd5, "K2secret", "bytes");
const std::string kCrc = hmac(DigestMethod::kCrc, "", "bytes");
const std::string kOdd = hmac(DigestMethod::kMd5, "K1secret", "bytes");

const std::vector<Case> kCases = {
    {"SendingKey", "1 " + kSha1, AuthPlace::kTrailer, kAccepted},
    {"AnotherKeyWithItsOwnSecret", "2 " + kMd5, AuthPlace::kTrailer, kAccepted},
    {"AnotherKeyInTheField", "2 " + kMd5, AuthPlace::kField, kAccepted},
    {"Crc", "3 " + kCrc, AuthPlace::kTrailer, kAccepted},
    {"SendingSecretWithAnotherMethod", "2 " + kOdd, AuthPlace::kTrailer, kAccepted},
    {"ThatIsNotDoneInTheField", "2 " + kOdd, AuthPlace::kField, Rejection::kBadDigest},
    {"LeadingZero", "01 " + kSha1, AuthPlace::kTrailer, kAccepted},
    {"FurtherWords", "1 " + kSha1 + " and more", AuthPlace::kTrailer, kAccepted},
    {"SeveralBlanks", "  1 \t" + kSha1, AuthPlace::kTrailer, kAccepted},
    {"UpperCase",
     "1 " +
         [] {
           std::string upper = kSha1;
           for (char& c : upper) c = static_cast<char>(std::toupper(c));
           return upper;
         }(),
     AuthPlace::kTrailer, Rejection::kBadDigest},
    {"OneDigitShort", "1 " + kSha1.substr(1), AuthPlace::kTrailer, Rejection::kBadDigest},
    {"NumberNotConfigured", "4 " + kSha1, AuthPlace::kTrailer, Rejection::kUnknownKey},
    {"NumberOutOfRange", "16 " + kSha1, AuthPlace::kTrailer, Rejection::kUnknownKey},
    {"NumberBeyondAnyRange", "99999999999999999999 " + kSha1, AuthPlace::kTrailer,
     Rejection::kUnknownKey},
    {"NegativeNumber", "-1 " + kSha1, AuthPlace::kTrailer, Rejection::kUnsigned},
    {"NoDigest", "1", AuthPlace::kTrailer, Rejection::kUnsigned},
    {"NoDigestButBlanks", "1  ", AuthPlace::kTrailer, Rejection::kUnsigned},
    {"NoBlankBetween", "1x" + kSha1, AuthPlace::kTrailer, Rejection::kUnsigned},
    {"Nothing", "", AuthPlace::kTrailer, Rejection::kUnsigned},
    {"NulInsteadOfANumber", "\0"s, AuthPlace::kTrailer, Rejection::kUnsigned},
};

class KeyRingVerify : public testing::TestWithParam<Case> {};

TEST_P(KeyRingVerify, Judges) {
  const auto& [name, authentication, place, want] = GetParam();
  const KeyRing ring = KeyRing::make(three_keys(), 1).value();
  const auto verdict = ring.verify("bytes", authentication, place);
  EXPECT_EQ(verdict ? kAccepted : verdict.error(), want);
  EXPECT_FALSE(ring.verify("other bytes", authentication, place));
}

INSTANTIATE_TEST_SUITE_P(All, KeyRingVerify, testing::ValuesIn(kCases),
                         [](const auto& row) { return row.param.name; });

// With crc as the sending key the odd computation would be an HMAC that needs no secret.
TEST(KeyRing, NeverVerifiesByAnEmptySecret) {
  const KeyRing ring = KeyRing::make(three_keys(), 3).value();
  const std::string forged = "1 " + hmac(DigestMethod::kSha1, "", "bytes");
  EXPECT_EQ(ring.verify("bytes", forged, AuthPlace::kTrailer).error(), Rejection::kBadDigest);
}

}  // namespace
}  // namespace hb::wire
