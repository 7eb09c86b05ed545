#include "config/configuration.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "config/fake_world.h"
#include "config/ha_cf_parser.h"
#include "config/logging_policy.h"
#include "config/report.h"

namespace hb::config {
namespace {

Sources sources(std::string ha_cf) {
  Sources all;
  all.self = NodeName("node1");
  all.ha_cf = {"ha.cf", std::move(ha_cf), 0, 0600, 0};
  all.authkeys = {"authkeys", "auth 1\n1 sha1 s\n", 0, 0600, 0};
  all.haresources = {"haresources", "", 0, 0644, 0};
  return all;
}

TEST(LocalNodeName, ComesFromNodeinfoElseUname) {
  EXPECT_EQ(local_node_name(std::nullopt, "Host"), NodeName("host"));
  EXPECT_EQ(local_node_name("MyNode\nother\n", "host"), NodeName("mynode"));
  EXPECT_EQ(local_node_name("MyNode", "host"), NodeName("mynode"));
  EXPECT_EQ(local_node_name(" MyNode \r\n", "host"), NodeName("mynode"));
  EXPECT_EQ(local_node_name("", "host"), NodeName("host"));
  EXPECT_EQ(local_node_name("\nnode", "host"), NodeName("host"));
}

struct LogCase {
  const char* claim;
  const char* text;
  bool accepted;
  LogTargets targets;
};

class LogPolicyTest : public testing::TestWithParam<LogCase> {};

TEST_P(LogPolicyTest, Decides) {
  const std::string text =
      std::string("node node1 node2\nbcast eth0\nauto_failback on\n") + GetParam().text;
  const CheckResult result = check(sources(text), FakeWorld());
  EXPECT_EQ(result.configuration.has_value(), GetParam().accepted);
  const HaCf ha_cf = parse_ha_cf(text, "f", NodeName("node1"), FakeWorld()).ha_cf;
  EXPECT_EQ(log_targets(ha_cf), GetParam().targets);
}

constexpr int kDaemon = 3 << 3;
const std::vector<LogCase> kLogs = {
    {"NothingFallsBackToDaemon", "", true, {{}, {}, kDaemon, true, true}},
    {"LogdAloneFallsBackToo", "use_logd on", true, {{}, {}, kDaemon, true, true}},
    {"NothingAndNoLogdIsRefused", "use_logd off", false, {{}, {}, kDaemon, true}},
    {"FacilityNoneIsNoEntry", "logfacility none\nuse_logd off", false, {{}, {}, kDaemon, true}},
    {"Logfile", "logfile /l\nuse_logd off", true, {"/l", {}, {}, false}},
    {"Debugfile", "debugfile /d", true, {{}, "/d", {}, false}},
    {"NullIsAnEntryAndNoLog", "logfile /dev/null", true, {{}, {}, {}, false}},
    {"Kern", "logfacility kern", true, {{}, {}, 0, false}},
    {"All",
     "logfile /l\ndebugfile /d\nlogfacility local7\nuse_logd on",
     true,
     {"/l", "/d", 23 << 3, false, true}},
    {"LogdAndNullFallsBackToo",
     "logfile /dev/null\nuse_logd on",
     true,
     {{}, {}, kDaemon, true, true}},
};
INSTANTIATE_TEST_SUITE_P(Logging, LogPolicyTest, testing::ValuesIn(kLogs),
                         [](const auto& test) { return std::string(test.param.claim); });

TEST(SyslogFacility, KnowsItsNames) {
  EXPECT_EQ(syslog_facility("daemon"), 24);
  EXPECT_EQ(syslog_facility("local0"), 128);
  EXPECT_EQ(syslog_facility("none"), std::nullopt);
  EXPECT_EQ(syslog_facility("DAEMON"), std::nullopt);
}

TEST(Report, CountsAndGivesAVerdict) {
  const CheckResult bad =
      check(sources("node node1 node2\nbcast eth0\nfoo\nlogfacility user\n"), FakeWorld());
  EXPECT_EQ(render_report(bad),
            "ha.cf:3:1: error: Illegal directive [foo] in ha.cf; found \"foo\"; expected a "
            "directive of ha.cf\n" +
                render(bad.diagnostics[1]) + "\nconfiguration is not valid: 1 error, 1 warning\n");
  const CheckResult good = check(
      sources("node node1 node2\nbcast eth0\nauto_failback on\nlogfacility user\n"), FakeWorld());
  EXPECT_EQ(render_report(good), "configuration is valid: 0 errors, 0 warnings\n");
}

TEST(Report, JsonHoldsTheFieldsAndSurvivesOddBytes) {
  const auto json = nlohmann::json::parse(render_report_json(
      check(sources("node node1 node2\nbcast eth0\n\xff\nauto_failback on\nlogfacility user\n"),
            FakeWorld())));
  EXPECT_EQ(json["valid"], false);
  EXPECT_EQ(json["errors"], 1);
  EXPECT_EQ(json["warnings"], 0);
  ASSERT_EQ(json["diagnostics"].size(), 1U);
  const auto& one = json["diagnostics"][0];
  EXPECT_EQ(one["severity"], "error");
  EXPECT_EQ(one["file"], "ha.cf");
  EXPECT_EQ(one["line"], 3);
  EXPECT_EQ(one["column"], 1);
  EXPECT_EQ(one["expected"], "a directive of ha.cf");
  EXPECT_FALSE(one["text"].get<std::string>().empty());
}

// A cable pulled while the keys are changed must not keep the old keys in force.
TEST(Check, WhatIsMissingForAMomentDoesNotStopAReload) {
  const std::string text =
      "node node1 node2\nbcast eth7\nserial /dev/ttyS7\nauto_failback on\nlogfacility user\n";
  FakeWorld world;
  EXPECT_FALSE(check(sources(text), world).configuration);
  world.has_daemon = true;
  const CheckResult result = check(sources(text), world);
  ASSERT_TRUE(result.configuration);
  EXPECT_EQ(result.configuration->ha_cf.media.size(), 2U);
  ASSERT_EQ(result.diagnostics.size(), 2U);
  EXPECT_EQ(render(result.diagnostics[0]),
            "ha.cf:2:7: warning: bcast: there is no such interface at present; it is waited for; "
            "found \"eth7\"; expected a network interface of this machine");
  EXPECT_EQ(result.diagnostics[1].where, (Location{"ha.cf", 3, 8}));
  EXPECT_EQ(result.diagnostics[1].severity, Severity::kWarning);
}

TEST(Check, AddressThatIsGoneForAMomentDoesNotStopAReload) {
  const std::string text = "node node1 node2\nbcast eth0\nauto_failback on\nlogfacility user\n";
  FakeWorld world;
  world.interfaces["eth0"] = {};
  EXPECT_FALSE(check(sources(text), world).configuration);
  world.has_daemon = true;
  EXPECT_TRUE(check(sources(text), world).configuration);
  world.interfaces["eth0"].has_ipv4 = true;  // a line between two points, which never broadcasts
  EXPECT_FALSE(check(sources(text), world).configuration);
}

TEST(Check, FileThatIsNotThereIsAnErrorWithItsReason) {
  Sources all = sources("");
  all.ha_cf.text.reset();
  all.ha_cf.error = ENOENT;
  all.authkeys.text.reset();
  const CheckResult result = check(all, FakeWorld());
  ASSERT_EQ(result.diagnostics.size(), 2U);
  EXPECT_EQ(result.diagnostics[0].problem,
            "Cannot open config file [ha.cf]: No such file or directory");
  EXPECT_EQ(result.diagnostics[1].problem, "Cannot open keyfile [authkeys]: not given");
}

}  // namespace
}  // namespace hb::config
