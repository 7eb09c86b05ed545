#include "config/haresources.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "config/fake_world.h"

namespace hb::config {
namespace {

using namespace std::string_view_literals;

HaresourcesResult groups_of(std::string_view text) {
  return parse_haresources(text, "haresources", FakeWorld());
}

struct ResourceCase {
  const char* claim;
  const char* text;
  const char* script;
  std::vector<std::string> arguments;
};

class ResourceTest : public testing::TestWithParam<ResourceCase> {};

TEST_P(ResourceTest, Means) {
  const auto result = groups_of(std::string("node1 ") + GetParam().text);
  ASSERT_EQ(result.groups.size(), 1U);
  const ResourceGroup& group = result.groups[0].group;
  EXPECT_EQ(group.key, GroupKey(GetParam().text));
  EXPECT_EQ(
      group.resources,
      (std::vector<ResourceSpec>{{GetParam().script, GetParam().arguments, GetParam().text}}));
}

const std::vector<ResourceCase> kResources = {
    {"ScriptAlone", "apache", "apache", {}},
    {"Parameters",
     "Filesystem::/dev/sda1::/mnt::ext4",
     "Filesystem",
     {"/dev/sda1", "/mnt", "ext4"}},
    {"EmptyParametersVanish", "abc::::x::", "abc", {"x"}},
    {"ThreeColons", "abc:::x", "abc", {":x"}},
    {"SingleColonsBelongToTheWord", "abc::a:b", "abc", {"a:b"}},
    {"BareIpv4", "10.0.0.1", "IPaddr", {"10.0.0.1"}},
    {"BareIpv4WithAll",
     "10.0.0.1/24/eth0:1/10.0.0.255",
     "IPaddr",
     {"10.0.0.1/24/eth0:1/10.0.0.255"}},
    {"PatternOfTheShell", "1x.2.3.4y", "IPaddr", {"1x.2.3.4y"}},
    {"NotThePattern", "1.2.3.x4", "1.2.3.x4", {}},
    {"BareIpv6", "fd77::150", "IPv6addr", {"fd77::150"}},
    {"BareIpv6WithAll", "fd77::150/64/eth0", "IPv6addr", {"fd77::150/64/eth0"}},
    {"BareIpv6WrittenOut", "fd77:0:0:0:0:0:0:150", "IPv6addr", {"fd77:0:0:0:0:0:0:150"}},
    {"LikeIpv6ButAScript", "abc::1", "abc", {"1"}},
    {"LikeIpv6AndNoScript", "abd::1", "IPv6addr", {"abd::1"}},
    {"Ipv6ArgumentIsOne", "IPv6addr::fd77::150/64/eth0", "IPv6addr", {"fd77::150/64/eth0"}},
    {"Ipv6ForIpaddr2", "IPaddr2::fd77::150", "IPaddr2", {"fd77::150"}},
    {"FolderBelowResourceD", "sub/web::x", "sub/web", {"x"}},
    {"Ipv4ForIpaddr2", "IPaddr2::10.0.0.1/24", "IPaddr2", {"10.0.0.1/24"}},
};
INSTANTIATE_TEST_SUITE_P(Haresources, ResourceTest, testing::ValuesIn(kResources),
                         [](const auto& test) { return std::string(test.param.claim); });

// --- whose script it is -------------------------------------------------------------------------

struct OwnerCase {
  const char* claim;
  const char* script;  // text of resource.d/IPaddr2; none: there is no such file
  bool is_executable;
  bool is_built_in;
};

class IPaddr2Test : public testing::TestWithParam<OwnerCase> {};

// `::arp` is an error for our own IPaddr2, and the second argument of a script.
TEST_P(IPaddr2Test, IsAScriptAsAnyIfItWasReplaced) {
  FakeWorld world;
  const std::string path = "/etc/ha.d/resource.d/IPaddr2";
  if (GetParam().script != nullptr) {
    world.paths[path] = {true, false, true, GetParam().is_executable};
    world.files[path] = GetParam().script;
  }
  const auto result = parse_haresources(
      "node1 IPaddr2::10.0.0.1/24/eth0::arp IPaddr2::vip.example.com IPaddr2::fd77::1\n",
      "haresources", world);
  ASSERT_EQ(result.groups.size(), 1U);
  const auto& resources = result.groups[0].group.resources;
  EXPECT_EQ(resources[0].arguments, (std::vector<std::string>{"10.0.0.1/24/eth0", "arp"}));
  EXPECT_EQ(resources[2].arguments, GetParam().is_built_in
                                        ? (std::vector<std::string>{"fd77::1"})
                                        : (std::vector<std::string>{"fd77", "1"}));
  EXPECT_EQ(result.diagnostics.size(), GetParam().is_built_in ? 2U : 0U);
}

const std::vector<OwnerCase> kOwners = {
    {"NoScript", nullptr, false, true},
    {"Ours", "#!/bin/sh\n# heartbeat: built in\nexec hb_address\n", true, true},
    {"TheAdministrators", "#!/bin/sh\nexec /usr/local/sbin/vip \"$@\"\n", true, false},
    {"NotExecutable", "#!/bin/sh\nexec /usr/local/sbin/vip \"$@\"\n", false, true},
};
INSTANTIATE_TEST_SUITE_P(Haresources, IPaddr2Test, testing::ValuesIn(kOwners),
                         [](const auto& test) { return std::string(test.param.claim); });

TEST(Haresources, ABareAddressForAReplacedScriptIsNotChecked) {
  FakeWorld world;
  world.paths["/etc/ha.d/resource.d/IPaddr"] = {true, false, true, true};
  world.files["/etc/ha.d/resource.d/IPaddr"] = "#!/bin/sh\n";
  const auto result = parse_haresources("node1 10.0.0.1/own:way\n", "haresources", world);
  EXPECT_TRUE(result.diagnostics.empty());
  EXPECT_EQ(result.groups[0].group.resources[0].script, "IPaddr");
}

TEST(Haresources, ContinuationAppendsWithNothingInBetween) {
  const auto result = groups_of("Node1 10.0.0.1 ap\\\nache \\\r\n\tabc # x \\\r\nnode2 10.0.0.2\n");
  ASSERT_EQ(result.groups.size(), 2U);
  const auto& [group, node, places] = result.groups[0];
  EXPECT_EQ(group.preferred, NodeName("node1"));
  ASSERT_EQ(group.resources.size(), 3U);
  EXPECT_EQ(group.resources[1].text, "apache");
  EXPECT_EQ(group.resources[2].text, "abc");
  EXPECT_EQ(places[1], (Location{"haresources", 1, 16}));
  EXPECT_EQ(places[2], (Location{"haresources", 3, 2}));
  EXPECT_EQ(result.groups[1].node, (Location{"haresources", 4, 1}));
  EXPECT_TRUE(result.diagnostics.empty());
}

TEST(Haresources, CommentsAndEmptyLinesAreNothing) {
  const auto result = groups_of("# a\n\n   \t\n  # b \\\nnode1 10.0.0.1 #c\n");
  EXPECT_EQ(result.groups.size(), 1U);
  EXPECT_TRUE(result.diagnostics.empty());
}

TEST(Haresources, FileMayEndInAContinuedLine) {
  const auto result = groups_of("node1 10.0.0.1 \\");
  ASSERT_EQ(result.groups.size(), 1U);
  ASSERT_EQ(result.diagnostics.size(), 1U);
  EXPECT_EQ(result.diagnostics[0].where, (Location{"haresources", 1, 16}));
  EXPECT_EQ(groups_of("\\").diagnostics.size(), 1U);
}

TEST(Haresources, NulByteIsPointedAt) {
  const auto result = groups_of("node1 10.0.0.1\0\n"sv);
  ASSERT_EQ(result.diagnostics.size(), 1U);
  EXPECT_EQ(result.diagnostics[0].where, (Location{"haresources", 1, 15}));
  EXPECT_TRUE(result.groups.empty());
}

}  // namespace
}  // namespace hb::config
