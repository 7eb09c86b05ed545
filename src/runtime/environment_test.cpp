#include "runtime/environment.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace hb::runtime {
namespace {

config::Configuration configuration() {
  config::Configuration c;
  c.self = NodeName("ada");
  c.ha_cf.parameters = {{.name = "deadtime", .text = "1", .given = true, .where = {}},
                        {.name = "deadping", .text = "1000ms", .given = false, .where = {}}};
  c.ha_cf.logfacility = "local0";
  return c;
}

TEST(ScriptEnvironment, HasEachRecordedDirectiveAsItsText) {
  const auto environment = script_environment(configuration(), 0);
  EXPECT_EQ(environment.at("HA_deadtime"), "1");
  EXPECT_EQ(environment.at("HA_deadping"), "1000ms");
  EXPECT_EQ(environment.at("HA_CURHOST"), "ada");
  EXPECT_EQ(environment.at("HA_LOGFACILITY"), "local0");
  EXPECT_EQ(environment.at("HA_FUNCS"), "/etc/ha.d/shellfuncs");
  EXPECT_FALSE(environment.contains("HA_NICEFAILBACK"));  // legacy is the default
}

TEST(ScriptEnvironment, TellsWhereThingsAre) {
  const auto environment = script_environment(configuration(), 0);
  EXPECT_EQ(environment.at("PATH"),
            "/usr/libexec/heartbeat:/usr/share/heartbeat:"
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  EXPECT_EQ(environment.at("HA_BIN"), "/usr/libexec/heartbeat");
  EXPECT_EQ(environment.at("HA_FIFO"), "/var/lib/heartbeat/fifo");
  EXPECT_EQ(environment.at("HA_RCDIR"), "/etc/ha.d/rc.d");
  EXPECT_EQ(environment.at("HA_RESOURCEDIR"), "/etc/ha.d/resource.d");
  EXPECT_EQ(environment.at("HOME"), "/root");
  EXPECT_EQ(environment.at("OCF_AGENTS"), "/usr/lib/ocf/resource.d/heartbeat/");
  EXPECT_EQ(environment.at("OCF_ROOT"), "/usr/lib/ocf");
}

TEST(ScriptEnvironment, EnvLinesComeLast) {
  config::Configuration c = configuration();
  c.ha_cf.auto_failback = config::AutoFailback::kOff;
  c.ha_cf.env = {{"MINE", "x"}, {"deadtime", "2"}};
  const auto environment = script_environment(c, 0);
  EXPECT_EQ(environment.at("HA_MINE"), "x");
  EXPECT_EQ(environment.at("HA_deadtime"), "2");
  EXPECT_EQ(environment.at("HA_NICEFAILBACK"), "yes");
}

TEST(ScriptEnvironment, TellsTheDebugLevelInForceNotThatOfTheFile) {
  config::Configuration c = configuration();
  EXPECT_FALSE(script_environment(c, 0).contains("HA_debug"));
  EXPECT_EQ(script_environment(c, 2).at("HA_debug"), "2");
  c.ha_cf.debug = 1;
  c.ha_cf.parameters.push_back({.name = "debug", .text = "1", .given = true, .where = {}});
  EXPECT_EQ(script_environment(c, 3).at("HA_debug"), "3");
  EXPECT_EQ(script_environment(c, 0).at("HA_debug"), "0") << "lowered by a signal";
}

TEST(ScriptEnvironment, FacilityNoneIsNoName) {
  config::Configuration c = configuration();
  c.ha_cf.logfacility = "none";
  EXPECT_EQ(script_environment(c, 0).at("HA_LOGFACILITY"), "");
}

TEST(ClientEnvironment, IsThatOfScriptsWithAPathAndWithoutWhatConcernsThemAlone) {
  config::Configuration c = configuration();
  c.ha_cf.auto_failback = config::AutoFailback::kOff;
  c.ha_cf.env = {{"MINE", "x"}};
  const auto environment = client_environment(c, 0);
  EXPECT_EQ(environment.at("HA_deadtime"), "1");
  EXPECT_EQ(environment.at("HA_MINE"), "x");
  EXPECT_EQ(environment.at("PATH"), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  EXPECT_FALSE(environment.contains("HA_FIFO"));
  EXPECT_FALSE(environment.contains("HA_LOGD"));
  EXPECT_FALSE(environment.contains("HA_NICEFAILBACK"));
}

TEST(ClientStopLimit, IsHalfAMinuteUnlessEnvSaysOtherwise) {
  using std::chrono::seconds;
  config::HaCf ha_cf;
  EXPECT_EQ(client_stop_limit(ha_cf), seconds(30));
  for (const auto& [text, limit] : std::vector<std::pair<std::string, int>>{{"2", 2},
                                                                            {"86400", 86400},
                                                                            {"0", 30},
                                                                            {"-3", 30},
                                                                            {"86401", 30},
                                                                            {"2s", 30},
                                                                            {"", 30}}) {
    ha_cf.env = {{"CLIENTSTOPMAX", text}};
    EXPECT_EQ(client_stop_limit(ha_cf), seconds(limit)) << text;
  }
}

TEST(FenceDelay, IsFiveSecondsUnlessEnvSaysANumber) {
  using std::chrono::seconds;
  config::HaCf ha_cf;
  EXPECT_EQ(fence_delay(ha_cf), seconds(5));
  for (const auto& [text, delay] : std::vector<std::pair<std::string, int>>{
           {"0", 0}, {"3600", 3600}, {"3601", 5}, {"-1", 5}, {"1s", 5}, {"", 5}}) {
    ha_cf.env = {{"FENCEDELAY", text}};
    EXPECT_EQ(fence_delay(ha_cf), seconds(delay)) << text;
  }
}

TEST(StopRetries, AreTenUnlessEnvSaysANumber) {
  config::HaCf ha_cf;
  EXPECT_EQ(stop_retries(ha_cf), 10);
  ha_cf.env = {{"STOPRETRYMAX", "2"}};
  EXPECT_EQ(stop_retries(ha_cf), 2);
  ha_cf.env = {{"STOPRETRYMAX", "many"}};
  EXPECT_EQ(stop_retries(ha_cf), 10);
}

}  // namespace
}  // namespace hb::runtime
