#include "core/membership/roster.h"

#include <gtest/gtest.h>

#include "core/names_testing.h"

namespace hb::core {
namespace {

NodeName node(const std::string& name) { return NodeName(name); }
std::vector<NodeName> nodes(const std::vector<std::string>& names) {
  return {names.begin(), names.end()};
}

class RosterTest : public testing::Test {
 protected:
  Roster roster_{node("ada"), uuid(1), nodes({"ada", "bob"}), {}, {}};
};

TEST_F(RosterTest, TheFileComesFirstThenTheCache) {
  const Roster roster(
      node("ada"), uuid(1), nodes({"bob", "ada"}),
      {{.name = node("cyd"), .uuid = uuid(3)}, {.name = node("bob"), .uuid = uuid(2), .weight = 7}},
      {});
  EXPECT_EQ(roster.names(), nodes({"bob", "ada", "cyd"}));
  EXPECT_EQ(roster.find(node("bob"))->weight, 7U);
  EXPECT_EQ(roster.find(uuid(3))->name, node("cyd"));
}

TEST_F(RosterTest, ThisNodeIsOneEvenIfNobodyNamesIt) {
  const Roster roster(node("ada"), uuid(1), {}, {}, {});
  EXPECT_EQ(roster.names(), nodes({"ada"}));
  EXPECT_EQ(roster.find(uuid(1))->name, node("ada"));
}

TEST_F(RosterTest, ThePresentUuidOfThisNodeCountsNotTheRemembered) {
  const Roster roster(node("ada"), uuid(1), {}, {{.name = node("ada"), .uuid = uuid(9)}}, {});
  EXPECT_EQ(roster.find(node("ada"))->uuid, uuid(1));
}

TEST_F(RosterTest, WhoIsRemovedIsOnTheDeletedListUntilItIsBack) {
  ASSERT_TRUE(roster_.set_uuid(node("bob"), uuid(2)));
  ASSERT_TRUE(roster_.remove(node("bob")));
  EXPECT_FALSE(roster_.contains(node("bob")));
  ASSERT_EQ(roster_.deleted().size(), 1U);
  ASSERT_TRUE(roster_.add(node("bob")));
  EXPECT_TRUE(roster_.deleted().empty());
  EXPECT_EQ(roster_.find(node("bob"))->uuid, uuid(2));
}

TEST_F(RosterTest, ThisNodeIsNeverRemoved) {
  EXPECT_FALSE(roster_.remove(node("ada")));
  EXPECT_FALSE(roster_.forget(node("ada")));
}

TEST_F(RosterTest, TheDeletedListOfAnotherNodeReplacesOurs) {
  ASSERT_TRUE(roster_.remove(node("bob")));
  EXPECT_TRUE(roster_.set_deleted(nodes({"cyd", "ada"})));
  ASSERT_EQ(roster_.deleted().size(), 1U);
  EXPECT_EQ(roster_.deleted().front().name, node("cyd"));
  EXPECT_FALSE(roster_.set_deleted(nodes({"cyd"})));
}

TEST_F(RosterTest, NullIsNobodysUuid) { EXPECT_EQ(roster_.find(Uuid()), nullptr); }

TEST_F(RosterTest, NoMoreNodesThanTheProtocolHolds) {
  for (int i = 0; i < 200; ++i) roster_.add(node("n" + std::to_string(i)));
  EXPECT_EQ(roster_.hosts().size(), Roster::kMostNodes);
}

TEST_F(RosterTest, NamesThatAreNoNamesAreRefused) {
  for (const std::string& name : {std::string(), std::string("a b"), std::string("a\tb"),
                                  std::string("a\n"), std::string(64, 'a'), std::string("a/b")}) {
    EXPECT_FALSE(roster_.add(node(name))) << name;
  }
  EXPECT_TRUE(roster_.add(node(std::string(63, 'a'))));
}

}  // namespace
}  // namespace hb::core
