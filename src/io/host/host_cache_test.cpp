#include "io/host/host_cache.h"

#include <fstream>

#include <gtest/gtest.h>

#include "io/host/temporary_directory_testing.h"

namespace hb::io {
namespace {

const std::string kUuid = "f3727cf5-aae8-2f22-b5f6-03e93235dadc";

struct Case {
  std::string name;
  std::string text;
  std::vector<std::string> hosts;  // as host_cache_text() writes them
  std::size_t problems = 0;
};

class HostCacheTest : public ::testing::TestWithParam<Case> {};

const std::vector<Case> kCases = {
    {"Nothing", "", {}},
    {"AsWritten", "ada\t" + kUuid + "\t100\tsouth\n", {"ada\t" + kUuid + "\t100\tsouth\n"}},
    {"CutOffInTheWeight", "ada\t" + kUuid + "\t5", {"ada\t" + kUuid + "\t100\t\n"}, 1},
    {"CutOffInTheSite", "ada\t" + kUuid + "\t50\tsou", {"ada\t" + kUuid + "\t100\t\n"}, 1},
    {"CutOffBehindTheUuid", "ada\t" + kUuid, {"ada\t" + kUuid + "\t100\t\n"}, 1},
    {"OlderFormat", "ada\t" + kUuid + "\n", {"ada\t" + kUuid + "\t100\t\n"}},
    {"UpperCase", "ADA\tF3727CF5-aae8-2f22-b5f6-03e93235dadc\n", {"ada\t" + kUuid + "\t100\t\n"}},
    {"EmptyLines", "\n\nada\t" + kUuid + "\n\n", {"ada\t" + kUuid + "\t100\t\n"}},
    {"Torn", "ada\t" + kUuid + "\t100\t\nbob\tf3727", {"ada\t" + kUuid + "\t100\t\n"}, 1},
    {"NoUuid", "ada\n", {}, 1},
    {"NoName", "\t" + kUuid + "\n", {}, 1},
    {"NameWithBlank", "a b\t" + kUuid + "\n", {}, 1},
    {"ControlCharacters", "a\x01\t" + kUuid + "\n", {}, 1},
    {"WeightNoNumber", "ada\t" + kUuid + "\theavy\t\n", {}, 1},
    {"TooManyFields", "ada\t" + kUuid + "\t1\tx\ty\n", {}, 1},
    {"Twice", "ada\t" + kUuid + "\nada\t" + kUuid + "\t7\t\n", {"ada\t" + kUuid + "\t100\t\n"}, 1},
    {"Binary", std::string(400, '\0'), {}, 1},
};

TEST_P(HostCacheTest, IsReadAsFarAsItMakesSense) {
  const Case& c = GetParam();
  const HostCache cache = parse_host_cache(c.text);
  std::string want;
  for (const std::string& line : c.hosts) want += line;
  EXPECT_EQ(host_cache_text(cache.hosts), want);
  EXPECT_EQ(cache.problems.size(), c.problems);
}
INSTANTIATE_TEST_SUITE_P(Files, HostCacheTest, ::testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.name; });

TEST(HostCache, WhatIsWrittenIsReadAgain) {
  const std::vector<HostEntry> hosts = {
      {.name = NodeName("ada"), .uuid = *Uuid::from_text(kUuid), .weight = 0, .site = "far away"},
      {.name = NodeName("bob")}};
  EXPECT_EQ(parse_host_cache(host_cache_text(hosts)).hosts, hosts);
}

TEST(HostCache, ProblemsAndNodesAreBounded) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "n" + std::to_string(i) + "\t" + kUuid + "\nx\n";
  const HostCache cache = parse_host_cache(text);
  EXPECT_EQ(cache.hosts.size(), kMostHosts);
  EXPECT_EQ(cache.problems.size(), kMostProblems);
}

TEST(HostCache, NoFileIsNoNodes) {
  const testing::TemporaryDirectory directory;
  const auto cache = read_host_cache(directory.path() / "hostcache");
  ASSERT_TRUE(cache);
  EXPECT_TRUE(cache->hosts.empty());
}

}  // namespace
}  // namespace hb::io
