#include "io/process/line_splitter.h"

#include <vector>

#include <gtest/gtest.h>

namespace hb::io {
namespace {

struct SplitCase {
  std::string claim;
  std::vector<std::string> portions;
  std::vector<std::string> want;
};

const std::string kDropped = "(more output follows, which is dropped)";

// Lines of at most 8 bytes, 20 bytes in all.
const std::vector<SplitCase> kSplitCases = {
    {"Nothing", {}, {}},
    {"OneLine", {"abc\n"}, {"abc"}},
    {"LastLineWithoutEnd", {"abc\nde"}, {"abc", "de"}},
    {"EmptyLines", {"\n\na\n"}, {"", "", "a"}},
    {"LineInPortions", {"a", "b", "c\nd\n"}, {"abc", "d"}},
    {"CarriageReturnIsNoText", {"abc\r\n"}, {"abc"}},
    {"LongLineIsCut", {"0123456789\n"}, {"01234567", "89"}},
    {"LineOfExactlyTheLongest", {"01234567\nx\n"}, {"01234567", "x"}},
    {"TheRestIsDroppedAndToldOnce",
     {"0123456\n", "0123456\n", "abcdefgh\n", "more\n", "more\n"},
     {"0123456", "0123456", "abcd", kDropped}},
    {"ExactlyTheBoundIsNotTold",
     {"0123456\n", "0123456\n", "abc\n"},
     {"0123456", "0123456", "abc"}},
};

class Splitting : public testing::TestWithParam<SplitCase> {};

TEST_P(Splitting, GivesTheseLines) {
  LineSplitter splitter(8, 20);
  std::vector<std::string> lines;
  const auto on_line = [&](std::string_view line) { lines.emplace_back(line); };
  for (const std::string& portion : GetParam().portions) splitter.feed(portion, on_line);
  splitter.finish(on_line);
  EXPECT_EQ(lines, GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(, Splitting, testing::ValuesIn(kSplitCases),
                         [](const auto& param_info) { return param_info.param.claim; });

}  // namespace
}  // namespace hb::io
