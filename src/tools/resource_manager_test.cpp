#include "tools/resource_manager.h"

#include <sstream>

#include <gtest/gtest.h>

#include "base/text.h"
#include "io/process/test_directory.h"

namespace hb::tools {
namespace {

// Scripts that keep their state in a file, as services do, and write down what they are asked.
class ResourceManagerTest : public testing::Test {
 protected:
  void SetUp() override {
    service("web");
    service("mail");
    service("disk");
    io::ResourceAgents::Directories directories;
    directories.scripts = {files / "resource.d"};
    directories.working = "/";
    const auto opened = agents.open(directories, {});
    ASSERT_TRUE(opened) << opened.error();
  }

  void service(const std::string& name) {
    files.script("resource.d/" + name,
                 "here=" + (files / "") +
                     "\n"
                     "echo \"$0 $*\" | sed 's,.*/,,' >>$here/calls\n"
                     "state=$here/$(basename \"$0\").up\n"
                     "case $1 in\n"
                     "  start) [ ! -e $here/$(basename \"$0\").broken ] && touch $state ;;\n"
                     "  stop) rm -f $state ;;\n"
                     "  status) [ -e $state ] && echo running || echo stopped ;;\n"
                     "esac");
  }

  static ResourceSpec resource(const std::string& name) { return {name, {}, name}; }

  int run(const std::vector<std::string>& words) {
    out.str("");
    log.str("");
    debug.str("");
    ResourceManager::Setup setup;
    setup.local_node = "ada";
    setup.stop_retries = 1;
    setup.groups = {
        {GroupKey("disk"), NodeName("ada"), {resource("disk"), resource("web")}},
        {GroupKey("mail"), NodeName("bob"), {resource("mail")}},
    };
    return ResourceManager(setup, agents, {out, log, debug}).run(words);
  }

  // What the scripts were asked since the last time, without status.
  std::vector<std::string> calls() {
    std::ifstream file(files / "calls");
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
      if (line.find("status") == std::string::npos) lines.push_back(line);
    }
    std::filesystem::remove(files / "calls");
    return lines;
  }

  io::TestDirectory files;
  AgentHost agents;
  std::ostringstream out, log, debug;
};

using Lines = std::vector<std::string>;

TEST_F(ResourceManagerTest, ListsKeysOfNodes) {
  EXPECT_EQ(run({"listkeys", "ada"}), 0);
  EXPECT_EQ(out.str(), "disk\n");
  EXPECT_EQ(run({"listkeys", "BOB"}), 0);
  EXPECT_EQ(out.str(), "mail\n");
  EXPECT_EQ(run({"listkeys", ".*"}), 0);
  EXPECT_EQ(out.str(), "disk\nmail\n");
  EXPECT_EQ(run({"listkeys", "ad"}), 0);
  EXPECT_EQ(out.str(), "") << "a node is compared as a whole";
  EXPECT_EQ(run({"allkeys"}), 0);
  EXPECT_EQ(out.str(), "disk\nmail\n");
  EXPECT_EQ(run({"listkeys", "("}), 1);
}

TEST_F(ResourceManagerTest, ListsResourcesOfThisNodeAndOfTheOthers) {
  EXPECT_EQ(run({"ourkeys"}), 0);
  EXPECT_EQ(out.str(), "disk web \n");
  EXPECT_EQ(run({"otherkeys"}), 0);
  EXPECT_EQ(out.str(), "mail \n");
}

TEST_F(ResourceManagerTest, TakesLeftToRightAndGivesRightToLeft) {
  EXPECT_EQ(run({"takegroup", "disk"}), 0);
  EXPECT_EQ(calls(), (Lines{"disk start", "web start"}));
  EXPECT_EQ(run({"takegroup", "disk"}), 0);
  EXPECT_EQ(calls(), Lines{}) << "what runs is not started";
  EXPECT_EQ(run({"givegroup", "disk"}), 0);
  EXPECT_EQ(calls(), (Lines{"web stop", "disk stop"}));
}

TEST_F(ResourceManagerTest, AMemberNamesItsGroup) {
  EXPECT_EQ(run({"givegroup", "web"}), 0);
  EXPECT_EQ(calls(), (Lines{"web stop", "disk stop"}));
}

TEST_F(ResourceManagerTest, AKeyIsComparedLetterByLetter) {
  EXPECT_EQ(run({"givegroup", "d.sk"}), 1);
  EXPECT_EQ(log.str(), "ERROR: haresources has no group d.sk\n");
}

TEST_F(ResourceManagerTest, AFailedStartReleasesTheGroup) {
  files.write("web.broken", "");
  EXPECT_EQ(run({"takegroup", "disk"}), 0) << "the exit code of takegroup tells nothing";
  EXPECT_EQ(calls(), (Lines{"disk start", "web start", "web stop", "disk stop"}));
  EXPECT_NE(log.str().find("CRIT: Giving up resources due to failure of web"), std::string::npos);
}

TEST_F(ResourceManagerTest, AStopThatFailsIsRepeatedAndThenTold) {
  files.script("resource.d/mail", "echo \"mail $*\" >>" + (files / "calls") +
                                      "; [ \"$1\" != status ] || echo running; [ \"$1\" != stop ]");
  EXPECT_EQ(run({"givegroup", "mail"}), 1);
  EXPECT_EQ(calls(), (Lines{"mail stop", "mail stop"}));
  EXPECT_NE(log.str().find("CRIT: Resource STOP failure: mail runs on"), std::string::npos);
}

TEST_F(ResourceManagerTest, TellsTheStatusOfAResource) {
  EXPECT_EQ(run({"status", "web"}), 3);
  ASSERT_EQ(run({"takegroup", "disk"}), 0);
  EXPECT_EQ(run({"status", "web"}), 0);
  EXPECT_EQ(run({"status", "missing"}), 3);
}

TEST_F(ResourceManagerTest, TellsTheDebugLogHowMuchOfAGroupRuns) {
  EXPECT_EQ(run({"statgroup", "disk"}), 0);
  EXPECT_EQ(debug.str(), "NONE\n");
  files.write("disk.up", "");
  EXPECT_EQ(run({"statgroup", "disk"}), 0);
  EXPECT_EQ(debug.str(), "SOME\n");
  files.write("web.up", "");
  EXPECT_EQ(run({"statgroup", "disk"}), 0);
  EXPECT_EQ(debug.str(), "ALL\n");
  EXPECT_EQ(out.str(), "");
  EXPECT_EQ(run({"statgroup", "missing"}), 0);
  EXPECT_EQ(debug.str(), "NONE\n");
}

TEST_F(ResourceManagerTest, CountsWhatRunsAlready) {
  EXPECT_EQ(run({"verifyallidle"}), 0);
  files.write("disk.up", "");
  files.write("mail.up", "");
  EXPECT_EQ(run({"verifyallidle"}), 2);
  EXPECT_NE(log.str().find("CRITICAL: Resource mail is active, and should not be!"),
            std::string::npos);
}

TEST_F(ResourceManagerTest, AnythingElseGetsTheUsage) {
  for (const Lines& words : {Lines{}, Lines{"takegroup"}, Lines{"allkeys", "x"}, Lines{"fly"}}) {
    EXPECT_EQ(run(words), 1);
    EXPECT_EQ(log.str().substr(0, 6), "usage:");
  }
}

}  // namespace
}  // namespace hb::tools
