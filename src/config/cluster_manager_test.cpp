#include "config/cluster_manager.h"

#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace hb::config {
namespace {

// Where the daemons lie, and what is made of that: one word a line.
std::vector<std::string> expand(ManagerMode mode, const ManagerOptions& options,
                                const std::set<std::string>& programs) {
  const ManagerLines lines = expand_manager(
      mode, options, [&](const std::string& path) { return programs.count(path) != 0; });
  std::vector<std::string> text;
  for (const auto& client : lines.clients) {
    text.push_back(fmt::format("{} {} {}", client.failfast ? "failfast" : "respawn", client.user,
                               client.command));
  }
  for (const std::string& name : lines.missing) text.push_back("missing " + name);
  return text;
}

std::vector<std::string> auth(ManagerMode mode) {
  std::vector<std::string> text;
  for (const auto& line : expand_manager(mode, {}, [](const auto&) { return true; }).auth) {
    text.push_back(line.client + " " + line.user);
  }
  return text;
}

using Lines = std::vector<std::string>;

const std::set<std::string> kAll = {
    "/usr/lib/heartbeat/ccm",        "/usr/libexec/pacemaker/cib",
    "/usr/libexec/pacemaker/crmd",   "/usr/libexec/pacemaker/stonithd",
    "/usr/libexec/pacemaker/lrmd",   "/usr/libexec/pacemaker/attrd",
    "/usr/libexec/pacemaker/pengine"};

struct ModeCase {
  const char* text;
  std::optional<ManagerMode> mode;
};
class ManagerModeTest : public testing::TestWithParam<ModeCase> {};
TEST_P(ManagerModeTest, IsRead) { EXPECT_EQ(parse_manager_mode(GetParam().text), GetParam().mode); }
INSTANTIATE_TEST_SUITE_P(
    Words, ManagerModeTest,
    testing::Values(ModeCase{"off", ManagerMode::kOff}, ModeCase{"0", ManagerMode::kOff},
                    ModeCase{"TRUE", ManagerMode::kOn}, ModeCase{"y", ManagerMode::kOn},
                    ModeCase{"Respawn", ManagerMode::kRespawn},
                    ModeCase{"minimal", ManagerMode::kMinimal},
                    ModeCase{"MANUAL", ManagerMode::kMinimal},
                    ModeCase{"ccm-only", ManagerMode::kCcmOnly},
                    ModeCase{"valgrind", ManagerMode::kValgrind},
                    ModeCase{"respawning", std::nullopt}, ModeCase{"", std::nullopt}));

TEST(ClusterManager, OffStandsForNothing) {
  const ManagerLines lines =
      expand_manager(ManagerMode::kOff, {}, [](const auto&) { return true; });
  EXPECT_TRUE(lines.clients.empty() && lines.auth.empty() && lines.environment.empty());
}

TEST(ClusterManager, OnMakesTheImportantOnesFailfast) {
  EXPECT_EQ(expand(ManagerMode::kOn, {}, kAll),
            (Lines{"failfast hacluster /usr/lib/heartbeat/ccm",
                   "failfast hacluster /usr/libexec/pacemaker/cib",
                   "respawn root /usr/libexec/pacemaker/stonithd",
                   "respawn root /usr/libexec/pacemaker/lrmd",
                   "respawn hacluster /usr/libexec/pacemaker/attrd",
                   "failfast hacluster /usr/libexec/pacemaker/crmd"}));
}

TEST(ClusterManager, RespawnMakesNone) {
  for (const std::string& line : expand(ManagerMode::kRespawn, {}, kAll)) {
    EXPECT_TRUE(line.starts_with("respawn ")) << line;
  }
  EXPECT_EQ(expand(ManagerMode::kRespawn, {}, kAll).size(), 6U);
}

TEST(ClusterManager, MinimalLeavesOutStonithdAndAttrd) {
  EXPECT_EQ(expand(ManagerMode::kMinimal, {}, kAll),
            (Lines{"failfast hacluster /usr/lib/heartbeat/ccm",
                   "failfast hacluster /usr/libexec/pacemaker/cib",
                   "respawn root /usr/libexec/pacemaker/lrmd",
                   "failfast hacluster /usr/libexec/pacemaker/crmd"}));
}

TEST(ClusterManager, CcmOnlyIsTheMembershipService) {
  EXPECT_EQ(expand(ManagerMode::kCcmOnly, {}, kAll),
            Lines{"respawn hacluster /usr/lib/heartbeat/ccm"});
}

TEST(ClusterManager, PengineIsStartedIfCrmdDoesNot) {
  const Lines lines = expand(ManagerMode::kOn, {.crmd_spawns_pengine = false}, kAll);
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_EQ(lines[5], "failfast hacluster /usr/libexec/pacemaker/pengine");
}

TEST(ClusterManager, ValgrindStandsBeforeFourOfThem) {
  const Lines lines = expand(ManagerMode::kValgrind, {.crmd_spawns_pengine = false}, kAll);
  int below = 0;
  for (const std::string& line : lines) below += line.find("valgrind /") != std::string::npos;
  EXPECT_EQ(below, 4);
  EXPECT_EQ(lines[0], "respawn hacluster /usr/lib/heartbeat/ccm");
}

TEST(ClusterManager, DaemonsAreLookedForInThreeDirectories) {
  std::set<std::string> programs = kAll;
  programs.insert("/opt/crm/cib");
  programs.insert("/opt/crm/ccm");  // ours is not looked for there
  programs.insert("/usr/libexec/heartbeat/lrmd");
  programs.insert("/usr/lib/heartbeat/lrmd");
  programs.insert("/usr/lib/heartbeat/crmd");
  EXPECT_EQ(expand(ManagerMode::kMinimal, {.daemon_dir = "/opt/crm"}, programs),
            (Lines{"failfast hacluster /usr/lib/heartbeat/ccm", "failfast hacluster /opt/crm/cib",
                   "respawn root /usr/libexec/heartbeat/lrmd -r",
                   "failfast hacluster /usr/lib/heartbeat/crmd"}));
}

TEST(ClusterManager, WhatIsNowhereIsNamed) {
  EXPECT_EQ(expand(ManagerMode::kMinimal, {}, {"/usr/lib/heartbeat/ccm"}),
            (Lines{"failfast hacluster /usr/lib/heartbeat/ccm", "missing cib", "missing lrmd",
                   "missing crmd"}));
}

TEST(ClusterManager, ItsDaemonsMayUseTheApi) {
  const Lines all = {"cib hacluster", "crmd hacluster",  "attrd hacluster",
                     "stonithd root", "stonith-ng root", "pingd root"};
  EXPECT_EQ(auth(ManagerMode::kOn), all);
  EXPECT_EQ(auth(ManagerMode::kRespawn), all);
  EXPECT_EQ(auth(ManagerMode::kMinimal), (Lines{"cib hacluster", "crmd hacluster"}));
  EXPECT_EQ(auth(ManagerMode::kCcmOnly), Lines{});
}

}  // namespace
}  // namespace hb::config
