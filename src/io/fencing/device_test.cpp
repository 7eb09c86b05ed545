#include "io/fencing/device.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "io/process/test_directory.h"

namespace hb::io {
namespace {

using namespace std::chrono_literals;

const NodeName kBob("bob");

class DeviceTest : public testing::Test {
 protected:
  Expected<std::unique_ptr<FenceDevice>, std::string> make(const std::string& type,
                                                           const std::string& parameters) {
    return make_fence_device({type, parameters, ""}, around);
  }
  // One that has been told these names of its parameters and lists these hosts.
  std::unique_ptr<FenceDevice> plugin(const std::string& parameters, const std::string& names,
                                      const std::string& hosts = "ada bob") {
    auto device = *make("external/ratest", parameters);
    EXPECT_TRUE(device->introduced(true, names));
    EXPECT_TRUE(device->introduced(true, hosts));
    EXPECT_FALSE(device->introduction());
    return device;
  }
  std::unique_ptr<FenceDevice> agent(const std::string& type, const std::string& parameters,
                                     const std::string& description) {
    auto device = *make(type, parameters);
    EXPECT_TRUE(device->introduced(true, description));
    EXPECT_FALSE(device->introduction());
    return device;
  }
  static bool has(const ProcessRequest& request, const std::string& variable) {
    return std::find(request.environment.begin(), request.environment.end(), variable) !=
           request.environment.end();
  }

  TestDirectory files;
  FenceSurroundings around{.self = NodeName("ada"),
                           .paths = {files / "external", files / "sbin", files / "stonith"},
                           .environment = {{"PATH", "/bin"}}};
};

// As agents of today describe themselves.
constexpr const char* kHasPlugs = R"(<parameter name="plug" unique="0" required="1"
 obsoletes="port"> <parameter name="port" deprecated="1"> <parameter name="ipport">)";
constexpr const char* kHasNone = R"(<parameter name="ip"> <parameter name="ipport">)";
constexpr const char* kPlugIsAddress =
    R"(<parameter name="plug" required="0"> <parameter name="port_as_ip">)";

TEST_F(DeviceTest, APluginIsAskedForItsParametersAndItsHostsFirst) {
  auto device = *make("external/ratest", "n1,n2 two words");
  EXPECT_EQ(device->introduction()->argv.back(), "getconfignames");
  ASSERT_TRUE(device->introduced(true, "hostlist\narg2 \n"));
  EXPECT_EQ(device->introduction()->argv.back(), "gethosts");
  EXPECT_TRUE(has(*device->introduction(), "hostlist=n1,n2"));
  EXPECT_FALSE(device->introduced(true, " \n")) << "who lists nobody might reset anybody";
  EXPECT_FALSE(device->introduced(false, "ada bob"));
  EXPECT_TRUE(device->cannot_reset(kBob));
  ASSERT_TRUE(device->introduced(true, "ada bob"));
  EXPECT_FALSE(device->introduction());
}

TEST_F(DeviceTest, APluginGetsItsParametersInTheEnvironment) {
  const ProcessRequest reset = plugin("n1,n2 two words", "hostlist\narg2 \n")->reset(kBob);
  EXPECT_EQ(reset.argv, (std::vector<std::string>{files / "external/ratest", "reset", "bob"}));
  EXPECT_TRUE(has(reset, "hostlist=n1,n2"));
  EXPECT_TRUE(has(reset, "arg2=two words"));
  EXPECT_TRUE(has(reset, "HA_LOGTAG=external/ratest"));
  EXPECT_TRUE(has(reset, "PATH=/usr/share/cluster-glue:/bin"));
  EXPECT_EQ(reset.time_limit, 60s);
}

TEST_F(DeviceTest, APluginsParametersMayBeNamed) {
  const auto device = plugin("arg2=z hostlist=\"n1 n2\"", "hostlist arg2");
  EXPECT_TRUE(has(device->reset(kBob), "hostlist=n1 n2"));
}

TEST_F(DeviceTest, AValueWithAnEqualsSignIsNoName) {
  const auto device = plugin("uri=qemu:///system rest", "hostlist hypervisor");
  EXPECT_TRUE(has(device->reset(kBob), "hostlist=uri=qemu:///system"));
}

TEST_F(DeviceTest, APluginThatListsOthersIsNotAskedForThisOne) {
  const auto device = plugin("n1", "hostlist", "ada,BOB");
  EXPECT_FALSE(device->cannot_reset(kBob));
  device->hosts_listed("ada bobby\n");
  EXPECT_EQ(device->cannot_reset(kBob), "does not list bob");
}

TEST_F(DeviceTest, AProgramThatOthersMayChangeIsRefused) {
  auto plugin = *make("external/ratest", "n1");
  EXPECT_TRUE(plugin->objection());
  files.write("external/ratest", "#!/bin/sh\n", 0755);
  EXPECT_FALSE(plugin->objection());
  files.write("external/ratest", "#!/bin/sh\n", 0775);
  EXPECT_NE(plugin->objection()->find("may be changed by others"), std::string::npos);
  files.write("external/ratest", "#!/bin/sh\n", 0644);
  EXPECT_NE(plugin->objection()->find("not executable"), std::string::npos);
}

TEST_F(DeviceTest, AnAgentIsToldAllOnStandardInputAndItsActionFirst) {
  auto asked = *make("fence_apc", "ip=10.0.0.9");
  EXPECT_EQ(asked->introduction()->input.substr(0, 16), "action=metadata\n");
  const auto device =
      agent("fence_apc", "ip=10.0.0.9 username=apc password=\"two words \"", kHasPlugs);
  const ProcessRequest reset = device->reset(kBob);
  EXPECT_EQ(reset.argv, std::vector<std::string>{files / "sbin/fence_apc"});
  EXPECT_EQ(reset.input,
            "action=reboot\nnodename=bob\nplug=bob\nip=10.0.0.9\nusername=apc\n"
            "password=\"two words \"\n")
      << "an agent trims what is not quoted";
  EXPECT_TRUE(std::none_of(reset.environment.begin(), reset.environment.end(),
                           [](const auto& v) { return v.find("two words") != std::string::npos; }));
  EXPECT_EQ(device->status().input.substr(0, 15), "action=monitor\n");
  EXPECT_EQ(device->secrets(), std::vector<std::string>{"two words "});
}

TEST_F(DeviceTest, OurParametersOfAnAgentStayHere) {
  const auto device =
      agent("fence_apc", "host_map=Ada:1;bob:2 reboot-action=off timeout=7 retries=1 ip=10.0.0.9",
            "name=\"port\"");
  const ProcessRequest reset = device->reset(kBob);
  EXPECT_EQ(reset.input, "action=off\nnodename=bob\nport=2\nip=10.0.0.9\n");
  EXPECT_EQ(reset.time_limit, 7s);
  EXPECT_EQ(device->retries(), 1U);
  EXPECT_EQ(device->cannot_reset(NodeName("cyd")), "host_map does not name cyd");
}

// What each of these would reset without a host_list is the machine of `ip`: perhaps this one.
TEST_F(DeviceTest, AnAgentOfOneMachineMustSayWhose) {
  struct Case {
    const char* parameters;
    const char* description;
    bool bob, cyd;
  };
  const std::vector<Case> cases = {
      {"ip=10.0.0.9", kHasNone, false, false},
      {"ip=10.0.0.9 host_list=bob", kHasNone, true, false},
      {"ip=10.0.0.9 host_list=\"bob ada\"", kHasNone, false, false},
      {"ip=10.0.0.9", kPlugIsAddress, false, false},
      {"ip=10.0.0.9 host_list=bob", kPlugIsAddress, true, false},
      {"host_map=bob:10.0.0.2 port_as_ip=1", kPlugIsAddress, true, false},
      {"ip=10.0.0.9 plug=3", kHasPlugs, false, false},
      {"ip=10.0.0.9 plug=3 host_list=bob", kHasPlugs, true, false},
      {"ip=10.0.0.9", kHasPlugs, true, true},
      {"ip=10.0.0.9 host_list=bob,dan", kHasPlugs, true, false},
      {"ip=10.0.0.9 host_map=ada:bob host_list=bob", kHasPlugs, false, false},
  };
  for (const Case& row : cases) {
    const auto device = agent("fence_x", row.parameters, row.description);
    EXPECT_EQ(!device->cannot_reset(kBob), row.bob) << row.parameters << row.description;
    EXPECT_EQ(!device->cannot_reset(NodeName("cyd")), row.cyd) << row.parameters;
  }
  EXPECT_EQ(agent("fence_x", "ip=10.0.0.9 host_list=bob", kPlugIsAddress)->reset(kBob).input,
            "action=reboot\nnodename=bob\nip=10.0.0.9\n");
  EXPECT_EQ(
      agent("fence_x", "host_map=bob:10.0.0.2 port_as_ip=1", kPlugIsAddress)->reset(kBob).input,
      "action=reboot\nnodename=bob\nplug=10.0.0.2\nport_as_ip=1\n");
}

TEST_F(DeviceTest, NobodyTellsAnAgentWhatToDoButWe) {
  for (const char* text :
       {"action=off", "option=off", "nodename=x", "node-name=x action=on", "timeout=0",
        "timeout=1h", "retries=-1", "reboot_action=on", "host_map=bob", "host_map=ada:1;bob:1",
        "plug=1 host_map=bob:2", "password=\"a\naction=on\""}) {
    EXPECT_FALSE(make("fence_apc", text)) << text;
  }
}

TEST_F(DeviceTest, APlugThatAnAgentDoesNotListIsDoubted) {
  const auto device = agent("fence_apc", "host_map=bob:2;cyd:7", kHasPlugs);
  EXPECT_EQ(device->list_hosts()->input, "action=list\n");
  device->hosts_listed("Getting the list\n1,one\n2,two,ON\n");
  EXPECT_FALSE(device->doubt(kBob));
  EXPECT_EQ(device->doubt(NodeName("cyd")), "it does not list plug 7");
  EXPECT_FALSE(device->cannot_reset(NodeName("cyd"))) << "the agent has the last word";
}

TEST_F(DeviceTest, TheRestIsLeftToTheStonithCommand) {
  auto device = *make("apcsmart", "/dev/ttyS0 bob");
  EXPECT_EQ(device->introduction()->argv,
            (std::vector<std::string>{files / "stonith", "-t", "apcsmart", "-n"}));
  ASSERT_TRUE(device->introduced(true, "ttydev  hostlist  \n"));
  EXPECT_FALSE(device->introduction());
  const ProcessRequest reset = device->reset(kBob);
  EXPECT_EQ(reset.argv, (std::vector<std::string>{files / "stonith", "-t", "apcsmart", "-F",
                                                  "/dev/stdin", "-T", "reset", "bob"}));
  EXPECT_EQ(reset.input, "/dev/ttyS0 bob\n");
  EXPECT_EQ(reset.time_limit, 60s);
  EXPECT_EQ(device->judge({.code = 0, .signal = {}}), FenceOutcome::kConfirmed);
  EXPECT_EQ(device->judge({.code = 4, .signal = {}}), FenceOutcome::kBadHost);
  EXPECT_EQ(device->judge({.code = 5, .signal = {}}), FenceOutcome::kFailed);
  EXPECT_EQ(device->judge({.code = 0, .signal = {}, .timed_out = true}), FenceOutcome::kFailed);
}

TEST_F(DeviceTest, TheStonithCommandTakesNamedParametersInItsOrder) {
  auto device = *make("apcmaster", "password=\"pass phrase\" login=apc ipaddr=10.0.0.9");
  ASSERT_TRUE(device->introduced(true, "ipaddr  login  password  "));
  EXPECT_EQ(device->reset(kBob).input, "10.0.0.9 apc pass phrase\n");
  EXPECT_EQ(device->secrets(), std::vector<std::string>{"pass phrase"});
  auto few = *make("apcmaster", "10.0.0.9 apc");
  EXPECT_FALSE(few->introduced(true, "ipaddr login password"));
  auto blank = *make("apcmaster", "password=x login=\"a b\" ipaddr=10.0.0.9");
  EXPECT_FALSE(blank->introduced(true, "ipaddr login password"));
}

// The command itself would take any host for meatware.
TEST_F(DeviceTest, AHumanMayTakeTheirTimeButIsNotSentToOthers) {
  auto device = *make("meatware", "bob");
  ASSERT_TRUE(device->introduced(true, "hostlist"));
  EXPECT_EQ(device->introduction()->argv.back(), "-l");
  ASSERT_TRUE(device->introduced(true, "bob\n"));
  EXPECT_FALSE(device->introduction());
  EXPECT_TRUE(device->needs_operator());
  EXPECT_EQ(device->reset(kBob).time_limit, 0s);
  EXPECT_EQ(device->status().time_limit, 60s);
  EXPECT_FALSE(device->cannot_reset(kBob));
  EXPECT_TRUE(device->cannot_reset(NodeName("cyd")));
}

TEST_F(DeviceTest, NullNeedsNothingAndTakesAnyHost) {
  auto device = *make("null", "whoever");
  EXPECT_FALSE(device->introduction());
  EXPECT_FALSE(device->objection());
  EXPECT_FALSE(device->cannot_reset(kBob));
}

TEST_F(DeviceTest, ParametersMayStandInAFile) {
  files.write("device.cf", "# comment\n\nn1,n2 second\nnot this\n", 0600);
  auto device = *make_fence_device({"external/ratest", "", files / "device.cf"}, around);
  ASSERT_TRUE(device->introduced(true, "hostlist arg2"));
  EXPECT_TRUE(has(device->reset(kBob), "arg2=second"));
  EXPECT_FALSE(make_fence_device({"external/ratest", "", files / "none"}, around));

  files.write("agent.cf", "# comment\n ip=10.0.0.9\npassword=two words\n", 0600);
  auto agent = *make_fence_device({"fence_apc", "", files / "agent.cf"}, around);
  ASSERT_TRUE(agent->introduced(true, kHasPlugs));
  EXPECT_EQ(agent->reset(kBob).input,
            "action=reboot\nnodename=bob\nplug=bob\nip=10.0.0.9\npassword=two words\n");
}

}  // namespace
}  // namespace hb::io
