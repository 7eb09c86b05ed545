#include "base/flat_map.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace hb {
namespace {

TEST(FlatMap, IsWalkedInTheOrderOfItsKeys) {
  FlatMap<std::string, int> map;
  for (const char* name : {"cyd", "ada", "bob"}) map.try_emplace(name, 1);
  std::string all;
  for (const auto& [name, value] : map) all += name;
  EXPECT_EQ(all, "adabobcyd");
  EXPECT_EQ(map.size(), 3U);
}

TEST(FlatMap, KeepsTheFirstValueOfAKey) {
  FlatMap<std::string, int> map;
  EXPECT_TRUE(map.empty());
  EXPECT_TRUE(map.try_emplace("ada", 1).second);
  const auto [entry, added] = map.try_emplace("ada", 2);
  EXPECT_FALSE(added);
  EXPECT_EQ(entry->second, 1);
  map.at("ada") = 3;
  EXPECT_EQ(std::as_const(map).at("ada"), 3);
}

TEST(FlatMap, FindsWhatIsThereAndNothingElse) {
  FlatMap<int, int> flat;
  for (const int key : {5, 1, 3}) flat.try_emplace(key, 10 * key);
  for (int key = 0; key < 7; ++key) {
    EXPECT_EQ(flat.contains(key), key % 2 == 1 && key < 6) << key;
    EXPECT_TRUE(!flat.contains(key) || flat.find(key)->second == 10 * key) << key;
  }
}

}  // namespace
}  // namespace hb
