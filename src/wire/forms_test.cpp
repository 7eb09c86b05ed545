#include <vector>

#include <gtest/gtest.h>

#include "wire/classic.h"
#include "wire/compression.h"
#include "wire/field_rules.h"
#include "wire/netstring.h"

// The grammar of both forms, case by case (spec: wire-protocol 2, 3, 4).
namespace hb::wire {
namespace {

using std::string_literals::operator""s;

Field struct_field(std::string name, Message child, FieldType type = FieldType::kStruct) {
  return {
      .name = std::move(name), .type = type, .bytes = {}, .items = {}, .child = std::move(child)};
}

Field list_field(std::string name, std::vector<std::string> items) {
  return {.name = std::move(name),
          .type = FieldType::kList,
          .bytes = {},
          .items = std::move(items),
          .child = {}};
}

Message one_string(std::string value) {
  Message message;
  message.add_string("a", std::move(value));
  return message;
}

Message nested(int depth) {
  Message message = one_string("x");
  for (int i = 0; i < depth; ++i) {
    Message outer;
    outer.add(struct_field("s", std::move(message)));
    message = std::move(outer);
  }
  return message;
}

std::string netstring(const Message& message) {
  std::string out;
  EXPECT_TRUE(encode_netstring(message, out));
  return out;
}

std::string classic(const Message& message) {
  std::string out;
  EXPECT_TRUE(encode_classic(message, out));
  return out;
}

// --- decoding what is broken ---

struct Broken {
  std::string name;
  std::string bytes;
  Rejection want;
};

void PrintTo(const Broken& broken, std::ostream* out) { *out << broken.name; }

const std::vector<Broken> kBroken = {
    {"Nothing", "", Rejection::kNotAMessage},
    {"OnlyThreeHashes", "###", Rejection::kNotAMessage},
    {"SomethingElse", "hello, world\n", Rejection::kNotAMessage},

    {"NetstringWithoutEnd", "###\n", Rejection::kTruncated},
    {"NetstringHalfAnEnd", "###\n%%", Rejection::kMalformed},
    {"NetstringLengthBeyondThePacket", "###\n999:(0)a=b,%%%\n", Rejection::kTruncated},
    {"NetstringLengthBeyondTheInteger", "###\n99999999999999999999999:(0)a=b,%%%\n",
     Rejection::kTruncated},
    {"NetstringLengthOfTheLargestInteger", "###\n18446744073709551615:(0)a=b,%%%\n",
     Rejection::kTruncated},
    {"NetstringNegativeLength", "###\n-5:(0)a=b,%%%\n", Rejection::kMalformed},
    {"NetstringNoLength", "###\n:(0)a=b,%%%\n", Rejection::kMalformed},
    {"NetstringNoColon", "###\n6", Rejection::kTruncated},
    {"NetstringNoComma", "###\n6:(0)a=b;%%%\n", Rejection::kMalformed},
    {"NetstringLengthTooShort", "###\n5:(0)a=b,%%%\n", Rejection::kMalformed},
    {"NetstringThatKills306", "###\n3:abc,%%%\n", Rejection::kMalformed},
    {"NetstringEmptyField", "###\n0:,%%%\n", Rejection::kMalformed},
    {"NetstringOnlyAType", "###\n3:(0),%%%\n", Rejection::kMalformed},
    {"NetstringTypeSix", "###\n6:(6)a=b,%%%\n", Rejection::kMalformed},
    {"NetstringTypeLetter", "###\n6:(x)a=b,%%%\n", Rejection::kMalformed},
    {"NetstringTypeOfTwoDigits", "###\n7:(01)a=b,%%%\n", Rejection::kMalformed},
    {"NetstringNoEquals", "###\n6:(0)abc,%%%\n", Rejection::kMalformed},
    {"NetstringEmptyName", "###\n5:(0)=b,%%%\n", Rejection::kMalformed},
    {"NetstringNewlineInName", "###\n7:(0)a\n=b,%%%\n", Rejection::kMalformed},
    {"NetstringParenthesisBeforeName", "###\n7:(0)(a=b,%%%\n", Rejection::kMalformed},
    {"NetstringNulInString", "###\n7:(0)a=b\0,%%%\n"s, Rejection::kMalformed},
    {"NetstringEmptyList", "###\n5:(3)a=,%%%\n", Rejection::kMalformed},
    {"NetstringEmptyListElement", "###\n8:(3)a=0:,,%%%\n", Rejection::kMalformed},
    {"NetstringBrokenList", "###\n8:(3)a=9:x,,%%%\n", Rejection::kMalformed},
    {"NetstringNulInList", "###\n9:(3)a=1:\0,,%%%\n"s, Rejection::kMalformed},
    {"NetstringStructWithoutEnd", "###\n9:(2)a=###\n,%%%\n", Rejection::kMalformed},
    {"NetstringStructInClassic", "###\n13:(2)a=>>>\n<<<\n,%%%\n", Rejection::kMalformed},

    {"ClassicWithoutEnd", ">>>\nt=status\n", Rejection::kTruncated},
    {"ClassicLineWithoutEnd", ">>>\nt=status", Rejection::kTruncated},
    {"ClassicOnlyTheStart", ">>>\n", Rejection::kTruncated},
    {"ClassicNoEquals", ">>>\nabc\n<<<\n", Rejection::kMalformed},
    {"ClassicEmptyName", ">>>\n=abc\n<<<\n", Rejection::kMalformed},
    {"ClassicSecondStart", ">>>\nt=a\n>>>\nt=b\n<<<\n", Rejection::kMalformed},
    {"ClassicTypeZero", ">>>\n(0)a=b\n<<<\n", Rejection::kMalformed},
    {"ClassicTypeFive", ">>>\n(5)a=b\n<<<\n", Rejection::kMalformed},
    {"ClassicTypeWithoutItsEnd", ">>>\n(1a=b\n<<<\n", Rejection::kMalformed},
    {"ClassicHalfAType", ">>>\n(1\n<<<\n", Rejection::kMalformed},
    {"ClassicSecondType", ">>>\n(1)(1)a=\n<<<\n", Rejection::kMalformed},
    {"ClassicNul", ">>>\na=b\0c\n<<<\n"s, Rejection::kMalformed},
    {"ClassicBrokenBase64", ">>>\n(1)a=abc\n<<<\n", Rejection::kMalformed},
    {"ClassicBrokenCompressed", ">>>\n(4)a=a\n<<<\n", Rejection::kMalformed},
    {"ClassicBrokenList", ">>>\n(3)a=x\n<<<\n", Rejection::kMalformed},
    {"ClassicStructWithoutEnd", ">>>\n(2)a=>>>\x14p=1\x14\n<<<\n", Rejection::kMalformed},
    {"ClassicStructOfAnotherDepth", ">>>\n(2)a=>>>\x15p=1\x15<<<\x15\n<<<\n",
     Rejection::kMalformed},
};

class BrokenMessage : public testing::TestWithParam<Broken> {};

TEST_P(BrokenMessage, IsRefused) {
  const auto message = decode_either(GetParam().bytes);
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error(), GetParam().want) << word(message.error());
}

INSTANTIATE_TEST_SUITE_P(All, BrokenMessage, testing::ValuesIn(kBroken),
                         [](const auto& row) { return row.param.name; });

// --- decoding what is tolerated ---

TEST(Netstring, ToleratesLeadingZerosAndBytesBeforeTheColon) {
  EXPECT_EQ(decode_netstring("###\n006:(0)a=b,6junk:(0)a=b,%%%\n")->fields().size(), 2U);
}

TEST(Netstring, IgnoresWhatFollowsTheEnd) {
  EXPECT_EQ(decode_netstring("###\n6:(0)a=b,%%%\n\0garbage"s), one_string("b"));
}

TEST(Netstring, EndMarkerInsideAValueEndsNothing) {
  EXPECT_EQ(decode_netstring("###\n10:(0)a=\n%%%\n,%%%\n"), one_string("\n%%%\n"));
}

TEST(Classic, IgnoresEmptyLinesAndWhatFollowsTheEnd) {
  EXPECT_EQ(decode_classic(">>>\n\n\na=b\n\n<<<\n\0garbage"s), one_string("b"));
  EXPECT_EQ(decode_classic(">>>\na=b\n<<<"), one_string("b"));
}

TEST(Classic, NameEndsAtTheFirstEquals) {
  EXPECT_EQ(decode_classic(">>>\na=b=c\n<<<\n"), one_string("b=c"));
}

TEST(BothForms, TurnByte13IntoNewline) {
  EXPECT_EQ(decode_classic(">>>\na=x\x13y\n<<<\n"), one_string("x\ny"));
  EXPECT_EQ(decode_netstring("###\n8:(0)a=x\x13y,%%%\n"), one_string("x\ny"));
  EXPECT_EQ(netstring(one_string("x\x13y")), "###\n8:(0)a=x\ny,%%%\n");
  EXPECT_EQ(classic(one_string("x\ny")), ">>>\na=x\x13y\n<<<\n");
}

// --- framing ---

TEST(Frame, SeparatesWhatIsSignedFromTheSignature) {
  const auto frame = frame_netstring("###\n6:(0)a=b,%%%\n4:1 ab,rest");
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->body, "###\n6:(0)a=b,%%%\n");
  EXPECT_EQ(frame->trailer, "1 ab");
  EXPECT_EQ(frame_netstring("###\n%%%\n")->trailer, "");
}

TEST(Frame, LooksAtLengthsOnly) {
  EXPECT_EQ(frame_netstring("###\n3:abc,%%%\n4:1 ab,")->body, "###\n3:abc,%%%\n");
  EXPECT_EQ(frame_netstring("###\n3:abc,%%%\n4:1 ab").error(), Rejection::kTruncated);
  EXPECT_EQ(frame_netstring("###\n3:abc,%%%\nno").error(), Rejection::kMalformed);
  EXPECT_EQ(frame_netstring("###\n3:abc").error(), Rejection::kTruncated);
  EXPECT_EQ(frame_netstring(">>>\n").error(), Rejection::kNotAMessage);
}

TEST(Frame, TakesTheLastAuthOfTheClassicForm) {
  const auto frame = frame_classic(">>>\nauth=1 aa\na=b\n\nauth=2 bb\nauthor=c\n<<<\n");
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->signed_lines, "a=b\nauthor=c\n");
  EXPECT_EQ(frame->authentication, "2 bb");
  EXPECT_EQ(frame_classic(">>>\na=b\n").error(), Rejection::kTruncated);
  EXPECT_EQ(frame_classic("###\n").error(), Rejection::kNotAMessage);
}

// --- encoding ---

struct Unsendable {
  std::string name;
  Message message;
  std::optional<SealError> in_netstring, in_classic;
};

void PrintTo(const Unsendable& unsendable, std::ostream* out) { *out << unsendable.name; }

Message named(std::string name) {
  Message message;
  message.add_string(std::move(name), "x");
  return message;
}

Message with(Field field) {
  Message message;
  message.add(std::move(field));
  return message;
}

const std::vector<Unsendable> kUnsendable = {
    {"EmptyName", named(""), SealError::kBadName, SealError::kBadName},
    {"EqualsInName", named("a=b"), SealError::kBadName, SealError::kBadName},
    {"NewlineInName", named("a\nb"), SealError::kBadName, SealError::kBadName},
    {"NulInName", named("a\0b"s), SealError::kBadName, SealError::kBadName},
    {"ParenthesisBeforeName", named("(a"), SealError::kBadName, SealError::kBadName},
    {"StartMarkerAsName", named(">>>"), SealError::kBadName, SealError::kBadName},
    {"EndMarkerAsName", named("<<<"), SealError::kBadName, SealError::kBadName},
    {"NulInString", one_string("a\0b"s), SealError::kNulInString, SealError::kNulInString},
    {"NulInList", with(list_field("l", {"a\0b"s})), SealError::kNulInString,
     SealError::kNulInString},
    {"EmptyList", with(list_field("l", {})), SealError::kBadList, SealError::kBadList},
    {"EmptyElement", with(list_field("l", {"a", ""})), SealError::kBadList, SealError::kBadList},
    {"LongList", with(list_field("l", {std::string(1019, 'x')})), SealError::kBadList,
     std::nullopt},
    {"LongestList", with(list_field("l", {std::string(1017, 'x')})), std::nullopt, std::nullopt},
    {"NewlineInList", with(list_field("l", {"a\nb"})), std::nullopt, SealError::kBadList},
    {"BadStruct", with(struct_field("s", named(""))), SealError::kBadName, SealError::kBadName},
    {"UncompressedField", with(struct_field("s", one_string("x"), FieldType::kUncompressed)),
     std::nullopt, SealError::kNotInClassic},
    {"SpecialByteInStruct", with(struct_field("s", one_string("x\x14y"))), std::nullopt,
     SealError::kSpecialByte},
    {"SpecialByteOfAnotherDepth", with(struct_field("s", one_string("x\x15y"))), std::nullopt,
     std::nullopt},
    {"SpecialByteOutsideStruct", one_string("x\x14y"), std::nullopt, std::nullopt},
    {"SixteenStructs", nested(16), std::nullopt, std::nullopt},
    {"SeventeenStructs", nested(17), std::nullopt, SealError::kTooDeep},
    {"SixtyFourStructs", nested(64), std::nullopt, SealError::kTooDeep},
    {"SixtyFiveStructs", nested(65), SealError::kTooDeep, SealError::kTooDeep},
};

class UnsendableMessage : public testing::TestWithParam<Unsendable> {};

TEST_P(UnsendableMessage, IsRefusedOrRoundTrips) {
  const auto& [name, message, in_netstring, in_classic] = GetParam();
  std::string bytes;
  const auto as_netstring = encode_netstring(message, bytes);
  EXPECT_EQ(as_netstring ? std::nullopt : std::optional(as_netstring.error()), in_netstring);
  if (as_netstring) {
    EXPECT_EQ(decode_netstring(bytes), message);
  }

  bytes.clear();
  const auto as_classic = encode_classic(message, bytes);
  EXPECT_EQ(as_classic ? std::nullopt : std::optional(as_classic.error()), in_classic);
  if (as_classic) {
    EXPECT_EQ(decode_classic(bytes), message);
  }
}

INSTANTIATE_TEST_SUITE_P(All, UnsendableMessage, testing::ValuesIn(kUnsendable),
                         [](const auto& row) { return row.param.name; });

TEST(Netstring, RefusesDeeperNestingThanItWrites) {
  std::string bytes = "###\n6:(0)a=x,%%%\n";
  for (int depth = 0; depth < kNetstringDeepest + 1; ++depth) {
    std::string outer = "###\n";
    append_netstring("(2)s=" + bytes, outer);
    bytes = outer + "%%%\n";
  }
  EXPECT_EQ(decode_netstring(bytes).error(), Rejection::kMalformed);
}

TEST(Classic, RefusesDeeperNestingThanItWrites) {
  const std::string inner = classic(nested(16));
  const std::size_t deepest = inner.find("a=x");
  std::string deeper = inner;
  deeper.replace(deepest, 3, "(2)s=>>>\x12<<<\x12");
  EXPECT_EQ(decode_classic(deeper).error(), Rejection::kMalformed);
}

TEST(Classic, WritesEachTypeWithItsPrefix) {
  Message message;
  message.add_string("s", "text");
  message.add_binary("b", "\x01\x02\x03");
  message.add(list_field("l", {"abc", "d"}));
  message.add(
      {.name = "z", .type = FieldType::kCompressed, .bytes = "\xff", .items = {}, .child = {}});
  message.add(struct_field("k", one_string("x")));
  EXPECT_EQ(classic(message),
            ">>>\ns=text\n(1)b=AQID\n(3)l=3:abc,1:d,\n(4)z=/w==\n(2)k=>>>\x14"
            "a=x\x14<<<\x14\n<<<\n");
  EXPECT_EQ(decode_classic(classic(message)), message);
  EXPECT_EQ(decode_netstring(netstring(message)), message);
}

TEST(Words, AreDistinct) {
  std::vector<std::string_view> words;
  for (std::size_t i = 0; i < kRejectionCount; ++i) words.push_back(word(Rejection(i)));
  for (std::size_t i = 0; i < 8; ++i) words.push_back(word(SealError(i)));
  for (const std::string_view name : words) {
    EXPECT_FALSE(name.empty());
    EXPECT_NE(name, "unknown");
  }
}

TEST(Message, OverwritesInPlace) {
  Message message;
  message.add_string("a", "1");
  message.add_string("b", "2");
  message.add_string("a", "3");
  message.set_string("a", "4");
  EXPECT_EQ(netstring(message), "###\n6:(0)a=4,6:(0)b=2,6:(0)a=3,%%%\n");
  EXPECT_EQ(message.string("a"), "4");
  message.remove("a");
  message.set_binary("c", "5");
  EXPECT_FALSE(message.string("c"));
  EXPECT_EQ(netstring(message), "###\n6:(0)b=2,6:(1)c=5,%%%\n");
}

}  // namespace
}  // namespace hb::wire
