#include "io/process/event_scripts.h"

#include <gtest/gtest.h>

#include "io/process/test_directory.h"

namespace hb::io {
namespace {

class EventScriptsTest : public testing::Test {
 protected:
  EventScriptsTest() : scripts(runner, {files / "harc", files / "rc.d", "/"}) {
    scripts.on_output([this](const std::string& type, OutputStream, std::string_view line) {
      output.push_back(type + ": " + std::string(line));
    });
  }

  // Runs the loop until all programs have ended.
  void finish() {
    loop.restart();
    loop.run();
  }

  TestDirectory files;
  asio::io_context loop;
  ProcessRunner runner{loop};
  EventScripts scripts;
  std::vector<std::string> output;
};

TEST_F(EventScriptsTest, RunsHarcWithTheTypeAndTheFields) {
  files.script("harc", "echo \"$* $HA_st $HA_src\"");
  files.script("rc.d/status", "");
  scripts.run("status", {{"st", "dead"}, {"src", "bob"}});
  finish();
  EXPECT_EQ(output, std::vector<std::string>{"status: status dead bob"});
}

TEST_F(EventScriptsTest, TellsWhatThisNodeItselfWasAtTheTime) {
  files.script("rc.d/status", "echo ${HA_OSTATUS-unset}");
  scripts.run("status", {}, "up");
  scripts.run("status", {{"OSTATUS", "dead"}}, "active");
  scripts.run("status", {{"OSTATUS", "dead"}});
  finish();
  EXPECT_EQ(output, (std::vector<std::string>{"status: up", "status: active", "status: unset"}));
}

TEST_F(EventScriptsTest, WithoutHarcTheScriptItselfIsRun) {
  files.script("rc.d/status", "echo direct $*");
  scripts.run("STATUS", {});
  finish();
  EXPECT_EQ(output, std::vector<std::string>{"status: direct status"});
}

TEST_F(EventScriptsTest, TypesWithoutScriptAreNoEvents) {
  files.write("rc.d/not-executable", "");
  EXPECT_FALSE(scripts.has_script("missing"));
  EXPECT_FALSE(scripts.has_script("not-executable"));
  EXPECT_FALSE(scripts.has_script("../rc.d/status"));
  EXPECT_FALSE(scripts.has_script(""));
  scripts.run("missing", {});
  finish();
  EXPECT_TRUE(output.empty());
}

TEST_F(EventScriptsTest, AMessageCannotChooseWhatRootReads) {
  files.script("rc.d/status", "env | grep ^HA_ | sort");
  scripts.set_environment({{"HA_FUNCS", "/etc/ha.d/shellfuncs"}, {"HA_src", "base"}});
  scripts.run("status", {{"FUNCS", "/tmp/evil"},
                         {"funcs", "/tmp/evil"},
                         {"auth", "secret"},
                         {"src", "liar"},
                         {"info", std::string("cut\0off", 7)},
                         {"st", "dead"}});
  finish();
  EXPECT_EQ(output, (std::vector<std::string>{"status: HA_FUNCS=/etc/ha.d/shellfuncs",
                                              "status: HA_src=base", "status: HA_st=dead"}));
}

TEST_F(EventScriptsTest, OneAfterTheOtherInOrder) {
  files.script("rc.d/status", "echo $HA_st begins; echo $HA_st ends");
  for (const std::string state : {"up", "active", "dead"}) scripts.run("status", {{"st", state}});
  finish();
  EXPECT_EQ(output, (std::vector<std::string>{"status: up begins", "status: up ends",
                                              "status: active begins", "status: active ends",
                                              "status: dead begins", "status: dead ends"}));
}

TEST_F(EventScriptsTest, WhenTooManyWaitTheOldestIsDropped) {
  files.script("rc.d/status", "echo $HA_seq");
  // The first runs at once, then as many wait as may, and two more come.
  const std::size_t all = 1 + EventScripts::kMostWaiting + 2;
  for (std::size_t i = 0; i < all; ++i) scripts.run("status", {{"seq", std::to_string(i)}});
  EXPECT_EQ(scripts.dropped(), 2U);
  finish();
  ASSERT_EQ(output.size(), all - 2);
  EXPECT_EQ(output[0], "status: 0");
  EXPECT_EQ(output[1], "status: 3");
  EXPECT_EQ(output.back(), "status: " + std::to_string(all - 1));
}

TEST_F(EventScriptsTest, TellsHowAScriptEnded) {
  files.script("rc.d/status", "exit 4");
  std::string end;
  scripts.on_exit([&](const std::string& type, const Expected<ProcessExit, IoError>& result) {
    end = type + " " + result->text();
  });
  scripts.run("status", {});
  finish();
  EXPECT_EQ(end, "status exit code 4");
}

}  // namespace
}  // namespace hb::io
