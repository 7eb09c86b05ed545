#include "io/process/ocf_instance.h"

#include <vector>

#include <gtest/gtest.h>

namespace hb::io {
namespace {

using Variables = std::map<std::string, std::string>;

struct GoodCase {
  std::string claim;
  std::string text;
  Variables want;
};

const std::vector<GoodCase> kGood = {
    {"Empty", "", {}},
    {"CommentsAndBlankLines", "# note\n\n   \n", {}},
    {"OcfNamesAreKept", "OCF_RESKEY_ip=192.0.2.7\n", {{"OCF_RESKEY_ip", "192.0.2.7"}}},
    {"OtherNamesBecomeParametersToo",
     "ip=192.0.2.7",
     {{"ip", "192.0.2.7"}, {"OCF_RESKEY_ip", "192.0.2.7"}}},
    {"Export", "export OCF_X=1", {{"OCF_X", "1"}}},
    {"DoubleQuotes", "OCF_X=\"a b\"", {{"OCF_X", "a b"}}},
    {"SingleQuotesTakeAnything", "OCF_X='$a `b` \\'", {{"OCF_X", "$a `b` \\"}}},
    {"PiecesAreJoined", "OCF_X=a'b c'\"d\"", {{"OCF_X", "ab cd"}}},
    {"CommentBehindTheValue", "OCF_X=a  # note", {{"OCF_X", "a"}}},
    {"HashWithinTheValue", "OCF_X=a#b", {{"OCF_X", "a#b"}}},
    {"EmptyValue", "OCF_X=", {{"OCF_X", ""}}},
    {"TheLastOneCounts", "OCF_X=1\nOCF_X=2", {{"OCF_X", "2"}}},
};

class GoodInstance : public testing::TestWithParam<GoodCase> {};

TEST_P(GoodInstance, GivesTheseVariables) {
  const auto parsed = parse_ocf_instance(GetParam().text);
  ASSERT_TRUE(parsed) << parsed.error().found;
  EXPECT_EQ(*parsed, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(, GoodInstance, testing::ValuesIn(kGood),
                         [](const auto& param_info) { return param_info.param.claim; });

struct BadCase {
  std::string claim;
  std::string text;
  unsigned line;
};

const std::vector<BadCase> kBad = {
    {"NoAssignment", "OCF_X=1\nhello\n", 2},
    {"NameThatIsNone", "1x=2", 1},
    {"BlankBeforeTheEquals", "OCF_X =2", 1},
    {"Expansion", "OCF_X=$HOME", 1},
    {"ExpansionInDoubleQuotes", "OCF_X=\"$(reboot)\"", 1},
    {"Backquote", "OCF_X=`reboot`", 1},
    {"SecondCommand", "OCF_X=1; reboot", 1},
    {"SecondWord", "OCF_X=1 reboot", 1},
    {"OpenQuote", "OCF_X='1", 1},
};

class BadInstance : public testing::TestWithParam<BadCase> {};

TEST_P(BadInstance, IsRefusedWithItsLine) {
  const auto parsed = parse_ocf_instance(GetParam().text);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().line, GetParam().line);
}

INSTANTIATE_TEST_SUITE_P(, BadInstance, testing::ValuesIn(kBad),
                         [](const auto& param_info) { return param_info.param.claim; });

}  // namespace
}  // namespace hb::io
