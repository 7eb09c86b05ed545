#include "base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ToLower, ChangesOnlyAsciiLetters) { EXPECT_EQ(to_lower("Node-\xc4Z9"), "node-\xc4z9"); }

TEST(EqualsIgnoringCase, ComparesWholeTexts) {
  EXPECT_TRUE(equals_ignoring_case("Yes", "yES"));
  EXPECT_FALSE(equals_ignoring_case("yes", "ye"));
  EXPECT_FALSE(equals_ignoring_case("ye", "yes"));
}

TEST(SplitWords, SkipsRunsOfSeparators) {
  EXPECT_THAT(split_words("  a\tb  c "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split_words(" a,,b", ", "), ElementsAre("a", "b"));
  EXPECT_THAT(split_words(" \t"), IsEmpty());
}

TEST(Join, PutsTheSeparatorBetween) { EXPECT_EQ(join({"a", "b"}, ", "), "a, b"); }

TEST(Text, EditsBetweenTwoWords) {
  EXPECT_EQ(edit_distance("node", "node"), 0U);
  EXPECT_EQ(edit_distance("node", "nodes"), 1U);
  EXPECT_EQ(edit_distance("keepalive", "keep_alive"), 1U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

}  // namespace
}  // namespace hb
