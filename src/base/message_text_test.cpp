#include "base/message_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hb {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kLink = "Link {peer}:{link} up.";

std::string filled(std::string_view text, const std::vector<std::string>& values) {
  return fill_places(text, values);
}

TEST(MessageText, CountsItsPlaces) {
  EXPECT_EQ(count_places("none"), 0U);
  EXPECT_EQ(count_places(kLink), 2U);
  EXPECT_EQ(count_places("{}{}{a}"), 3U);
}

TEST(MessageText, IsFilledInOrder) {
  EXPECT_EQ(filled(kLink, {"bob", "eth0"}), "Link bob:eth0 up.");
  EXPECT_EQ(filled("{}{} and {last}", {"a", "b", "c"}), "ab and c");
}

TEST(MessageText, AValueIsNoText) { EXPECT_EQ(filled("<{a}>", {"{a}{b}"}), "<{a}{b}>"); }

TEST(MessageText, AMissingValueLeavesThePlaceAndOneTooManyIsLeftOut) {
  EXPECT_EQ(filled(kLink, {"bob"}), "Link bob:{link} up.");
  EXPECT_EQ(filled(kLink, {"bob", "eth0", "more"}), "Link bob:eth0 up.");
}

TEST(MessageText, GivesTheValuesOfNamedPlaces) {
  const std::vector<std::string> values = {"bob", "x", "3"};
  EXPECT_THAT(named_values("{peer} {} {silent}", values),
              ElementsAre(MessageField{"peer", "bob"}, MessageField{"silent", "3"}));
}

TEST(MessageText, AnOpenBraceIsText) {
  EXPECT_EQ(filled("a { b", {"x"}), "a { b");
  EXPECT_THAT(text_between_places("{a} b {c}"), ElementsAre("", " b ", ""));
}

TEST(MessageText, LikenessIsWhatALineHasOfTheText) {
  EXPECT_EQ(likeness("Nov 02 node1 heartbeat: [1]: info: Link bob:eth0 up.", kLink), 10U);
  EXPECT_EQ(likeness("Link bob:eth0 dead.", kLink), 0U);
  EXPECT_EQ(likeness("up. Link bob:", kLink), 0U);
  EXPECT_EQ(likeness("anything", "{a}"), 0U);
}

}  // namespace
}  // namespace hb
