#include "io/fencing/fence_devices.h"

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "io/process/test_directory.h"

namespace hb::io {
namespace {

using namespace std::chrono_literals;

const NodeName kTarget("bob");

// Plugins are small shell scripts that append what they are asked to `log`.
class FenceDevicesTest : public testing::Test {
 protected:
  FenceDevicesTest() { listen(devices); }

  void listen(FenceDevices& to) {
    to.on_event([this](const FenceEvent& event) {
      news +=
          fmt::format("{}|{}|{}|{}\n", name_of(event.kind), event.device, event.peer, event.detail);
    });
  }
  static const char* name_of(FenceEvent::Kind kind) {
    switch (kind) {
      case FenceEvent::Kind::kUnusable:
        return "unusable";
      case FenceEvent::Kind::kRefused:
        return "refused";
      case FenceEvent::Kind::kChecking:
        return "checking";
      case FenceEvent::Kind::kNotOperational:
        return "not operational";
      case FenceEvent::Kind::kNobodyFor:
        return "nobody for";
      case FenceEvent::Kind::kResetting:
        return "resetting";
      case FenceEvent::Kind::kOperatorNeeded:
        return "operator";
      case FenceEvent::Kind::kNotReset:
        return "not reset";
      case FenceEvent::Kind::kNotItsHost:
        return "not its host";
      case FenceEvent::Kind::kOutput:
        return "output";
    }
    return "";
  }
  void configure(const std::vector<FenceDeviceConfig>& configs) {
    devices.set_devices(configs, around, {kTarget});
  }

  void plugin(const std::string& name, const std::string& reset, const std::string& more = {}) {
    files.write("external/" + name,
                "#!/bin/sh\necho \"" + name + " $*\" >>\"$LOG\"\ncase $1 in\n" + more +
                    "\n getconfignames) echo hostlist ;;\n gethosts) echo $hostlist ;;\n"
                    " status) exit 0 ;;\n reset) " +
                    reset + " ;;\nesac\n",
                0755);
  }
  std::string asked() const {
    std::ifstream file(files / "log");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  // The outcome and its detail; empty if there is none.
  std::string reset() {
    std::string told;
    devices.reset(kTarget, [&](const FenceDevices::Outcome& outcome) {
      told = std::string(word(outcome.result)) + " " + outcome.detail;
      loop.stop();
    });
    loop.restart();
    loop.run();
    return told;
  }
  void run_programs() {
    loop.restart();
    loop.poll();
    while (runner.running() > 0) loop.run_one_for(20s);
    loop.poll();
  }
  void run_checks() {
    devices.check();
    run_programs();
  }
  bool was_told(const std::string& line) const {
    return news.find(line + "\n") != std::string::npos;
  }

  TestDirectory files;
  asio::io_context loop;
  ProcessRunner runner{loop, {.grace = 100ms}};
  FenceSurroundings around{.self = NodeName("ada"),
                           .paths = {files / "external", files / "sbin", files / "stonith"},
                           .environment = {{"PATH", "/usr/bin:/bin"}, {"LOG", files / "log"}}};
  FenceDevices devices{runner};
  std::string news;
};

TEST_F(FenceDevicesTest, TriesOneAfterTheOther) {
  plugin("one", "exit 5");
  plugin("two", "echo on my way");
  plugin("three", "");
  configure(
      {{"external/one", "bob", ""}, {"external/two", "bob", ""}, {"external/three", "bob", ""}});
  EXPECT_EQ(reset(), "OK external/two");
  EXPECT_EQ(asked(),
            "one getconfignames\none gethosts\none reset bob\n"
            "two getconfignames\ntwo gethosts\ntwo reset bob\n");
  EXPECT_EQ(news,
            "resetting|external/one|bob|\nnot reset|external/one|bob|exit code 5\n"
            "resetting|external/two|bob|\noutput|external/two||on my way\n");
}

TEST_F(FenceDevicesTest, WhatIsKnownIsNotAskedAgain) {
  plugin("one", "exit 5");
  configure({{"external/one", "bob", ""}});
  EXPECT_EQ(reset(), "bad external/one: exit code 5");
  EXPECT_EQ(reset(), "bad external/one: exit code 5");
  EXPECT_EQ(asked(), "one getconfignames\none gethosts\none reset bob\none reset bob\n");
}

TEST_F(FenceDevicesTest, WhatHangsIsKilledWithAllItsChildren) {
  plugin("hangs", "sleep 30 & echo $! >\"$LOG.pid\"; wait");
  around.time_limit = 3s;
  configure({{"external/hangs", "bob", ""}});
  EXPECT_EQ(reset(), "bad external/hangs: time limit, signal 15");
  std::ifstream file(files / "log.pid");
  pid_t child = 0;
  file >> child;
  ASSERT_GT(child, 0);
  // The signal is out to all of them, but each dies when it is its turn on a processor.
  const auto is_gone = [&] {
    std::ifstream status("/proc/" + std::to_string(child) + "/stat");
    std::string line;
    std::getline(status, line);
    return line.empty() || line.find(") Z ") != std::string::npos;
  };
  const auto end = std::chrono::steady_clock::now() + 20s;  // the child itself sleeps for longer
  while (!is_gone() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_TRUE(is_gone());
}

// As with external/ipmi, a line for each node: whoever is told to, it resets its one machine.
TEST_F(FenceDevicesTest, TheDeviceOfThisNodeIsNeverUsedForAnother) {
  plugin("ipmi", "");
  configure({{"external/ipmi", "ada", ""}, {"external/ipmi", "bob", ""}});
  EXPECT_EQ(reset(), "OK external/ipmi");
  EXPECT_EQ(asked(),
            "ipmi getconfignames\nipmi gethosts\nipmi getconfignames\nipmi gethosts\n"
            "ipmi reset bob\n");
  EXPECT_TRUE(was_told("not its host|external/ipmi|bob|does not list bob"));
  news.clear();
  run_checks();
  EXPECT_FALSE(was_told("nobody for")) << "each has its own: no reason to warn";
}

TEST_F(FenceDevicesTest, WhoDoesNotListTheVictimIsNotAsked) {
  plugin("other", "");
  configure({{"external/other", "cyd", ""}});
  run_checks();
  EXPECT_TRUE(was_told("nobody for||bob|external/other: does not list bob")) << news;
  EXPECT_EQ(reset(), "badhost external/other: does not list bob");
  EXPECT_EQ(asked().find("reset"), std::string::npos);
}

TEST_F(FenceDevicesTest, ACheckRunsWhatItAsksAndNothingElse) {
  plugin("one", "");
  configure({{"external/one", "bob", ""}});
  EXPECT_EQ(asked(), "") << "nothing runs before";
  run_checks();
  EXPECT_EQ(asked(), "one getconfignames\none gethosts\none status\none gethosts\n");
  EXPECT_EQ(news, "checking|external/one||\n");
}

// As when communication is up a moment after the start.
TEST_F(FenceDevicesTest, ACheckWaitsForTheOneBefore) {
  plugin("one", "");
  configure({{"external/one", "bob", ""}});
  devices.check();
  run_checks();
  EXPECT_EQ(asked(),
            "one getconfignames\none gethosts\none status\none gethosts\n"
            "one status\none gethosts\n");
}

TEST_F(FenceDevicesTest, ADeviceThatIsNotThereIsTold) {
  plugin("sick", "", " status) exit 3 ;;");
  configure({{"external/missing", "bob", ""}, {"external/sick", "bob", ""}});
  run_checks();
  EXPECT_NE(news.find("refused|external/missing||"), std::string::npos);
  EXPECT_NE(news.find("not operational|external/missing||"), std::string::npos);
  EXPECT_TRUE(was_told("not operational|external/sick||its status: exit code 3"));
  EXPECT_EQ(reset(), "OK external/sick") << "it is tried all the same";
}

TEST_F(FenceDevicesTest, AResetDoesNotWaitForACheck) {
  plugin("slow", "", " status) sleep 30 ;;");
  configure({{"external/slow", "bob", ""}});
  devices.check();
  while (asked().find("status") == std::string::npos) loop.run_one_for(20ms);
  EXPECT_EQ(reset(), "OK external/slow");
  run_programs();
  EXPECT_FALSE(was_told("not operational")) << "a check that was broken off tells nothing";
}

TEST_F(FenceDevicesTest, ACancelledResetEndsAndSaysNothing) {
  plugin("slow", "sleep 30; echo done >>\"$LOG\"");
  configure({{"external/slow", "bob", ""}});
  bool told = false;
  const FenceRun run = devices.reset(kTarget, [&](const FenceDevices::Outcome&) { told = true; });
  while (asked().find("reset") == std::string::npos) loop.run_one_for(20ms);
  devices.cancel(run);
  run_programs();
  EXPECT_FALSE(told);
  EXPECT_EQ(asked(), "slow getconfignames\nslow gethosts\nslow reset bob\n");
}

TEST_F(FenceDevicesTest, ResetsUnderWayGoOnWithTheOldDevices) {
  plugin("old", "sleep 0.2");
  plugin("new", "");
  configure({{"external/old", "bob", ""}});
  std::string told;
  devices.reset(kTarget, [&](const FenceDevices::Outcome& outcome) { told = outcome.detail; });
  while (asked().find("reset") == std::string::npos) loop.run_one_for(20ms);
  configure({{"external/new", "bob", ""}});
  run_programs();
  EXPECT_EQ(told, "external/old");
  EXPECT_EQ(reset(), "OK external/new");
}

TEST_F(FenceDevicesTest, WithoutAnyDeviceItFails) { EXPECT_EQ(reset(), "bad no device"); }

TEST_F(FenceDevicesTest, ALineThatMakesNoDeviceFailsAndIsTold) {
  configure({{"fence_x", "action=off password=hunter2", ""}});
  EXPECT_EQ(reset(), "bad fence_x: action is ours to say and cannot be a parameter");
  EXPECT_EQ(news.find("hunter2"), std::string::npos);
}

TEST_F(FenceDevicesTest, AnAgentReadsItsInputAndIsTriedAgain) {
  files.write("sbin/fence_x",
              "#!/bin/sh\nread action\ncase $action in\n"
              " action=metadata) echo '<parameter name=\"plug\">' ;;\n"
              " action=reboot) cat >>\"$LOG\"; echo 'failed to log in with secret' >&2\n"
              "  [ $(grep -c nodename \"$LOG\") -ge 3 ] ;;\n *) exit 1 ;;\nesac\n",
              0755);
  configure({{"fence_x", "ip=1.2.3.4 password=secret", ""}});
  EXPECT_EQ(reset(), "OK fence_x");
  const std::string once = "nodename=bob\nplug=bob\nip=1.2.3.4\npassword=secret\n";
  EXPECT_EQ(asked(), once + once + once);
  EXPECT_TRUE(was_told("output|fence_x||failed to log in with ***"));
  EXPECT_EQ(news.find("secret"), std::string::npos);
}

TEST_F(FenceDevicesTest, AChattyDeviceDoesNotFillTheLog) {
  plugin("chatty", "i=0; while [ $i -lt 500 ]; do echo line $i; i=$((i+1)); done");
  configure({{"external/chatty", "bob", ""}});
  EXPECT_EQ(reset(), "OK external/chatty");
  EXPECT_TRUE(was_told("output|external/chatty||(what follows is not logged)"));
  EXPECT_FALSE(was_told("output|external/chatty||line 100"));
}

// meatware, ssh and the hardware of cluster-glue: what our call of its command means.
TEST_F(FenceDevicesTest, TheStonithCommandIsFedThroughItsFile) {
  files.write("stonith",
              "#!/bin/sh\necho \"$*\" >>\"$LOG\"\ncase \"$*\" in\n *-n) echo hostlist ;;\n"
              " *-l) cat /dev/stdin ;;\n *reset*) cat /dev/stdin >>\"$LOG\" ;;\nesac\n",
              0755);
  configure({{"meatware", "bob", ""}});
  EXPECT_EQ(reset(), "OK meatware");
  EXPECT_EQ(asked(),
            "-t meatware -n\n-t meatware -F /dev/stdin -l\n"
            "-t meatware -F /dev/stdin -T reset bob\nbob\n");
  EXPECT_TRUE(was_told("operator|meatware|bob|"));
}

}  // namespace
}  // namespace hb::io
