#include "config/logd_cf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hb::config {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

LogdCfResult logd_of(std::string_view text) { return parse_logd_cf(text, "/etc/logd.cf"); }

TEST(LogdCf, WithoutALineSyslogFacilityDaemonIsAll) {
  const LogdCfResult result = logd_of("# nothing\n\n");
  EXPECT_TRUE(result.good);
  EXPECT_EQ(result.logd_cf.facility, 24);
  EXPECT_FALSE(result.logd_cf.logfile);
  EXPECT_FALSE(result.logd_cf.debugfile);
  EXPECT_EQ(result.logd_cf.entity, "logd");
  EXPECT_EQ(result.logd_cf.logmode, 0644U);
  EXPECT_TRUE(result.logd_cf.syslogmsgfmt);
}

TEST(LogdCf, EveryDirectiveIsTaken) {
  const LogdCfResult result = logd_of(
      "debugfile /var/log/ha-debug\nLogFile\t/var/log/ha-log  # all but debug\r\n"
      "LOGFACILITY none\nentity mylogd\nsyslogprefix linux-ha\nlogmode 0640\nsyslogmsgfmt off\n"
      "sendqlen 256\nrecvqlen 256\nuseapphbd no\n");
  EXPECT_TRUE(result.good);
  EXPECT_THAT(result.diagnostics, IsEmpty());
  EXPECT_EQ(result.logd_cf.debugfile, "/var/log/ha-debug");
  EXPECT_EQ(result.logd_cf.logfile, "/var/log/ha-log");
  EXPECT_EQ(result.logd_cf.facility, std::nullopt);
  EXPECT_EQ(result.logd_cf.entity, "mylogd");
  EXPECT_EQ(result.logd_cf.syslogprefix, "linux-ha");
  EXPECT_EQ(result.logd_cf.logmode, 0640U);
  EXPECT_FALSE(result.logd_cf.syslogmsgfmt);
}

TEST(LogdCf, AllErrorsAreToldWithTheirPlaces) {
  const LogdCfResult result =
      logd_of("foo bar\n  logmode 0640x\nlogfacility Daemon\nlogmode 9\nlogfacility\n");
  EXPECT_FALSE(result.good);
  ASSERT_THAT(result.diagnostics, SizeIs(5));
  EXPECT_EQ(render(result.diagnostics[0]),
            "/etc/logd.cf:1:1: error: Illegal directive; found \"foo\"; expected a directive of "
            "logd.cf");
  EXPECT_EQ(result.diagnostics[1].where, (Location{"/etc/logd.cf", 2, 11}));
  EXPECT_EQ(result.diagnostics[2].where.line, 3U);
  EXPECT_EQ(result.diagnostics[3].where.line, 4U);
  EXPECT_EQ(result.diagnostics[4].where.line, 5U);
}

struct Wrong {
  const char* name;
  const char* text;
};
class WrongLogdCfTest : public ::testing::TestWithParam<Wrong> {};
TEST_P(WrongLogdCfTest, IsRefused) { EXPECT_FALSE(logd_of(GetParam().text).good); }
INSTANTIATE_TEST_SUITE_P(
    , WrongLogdCfTest,
    ::testing::Values(
        Wrong{"ModeOfTooManyBits", "logmode 17777"}, Wrong{"ModeWithRest", "logmode 0640x"},
        Wrong{"NoBoolean", "syslogmsgfmt maybe"}, Wrong{"NegativeNumber", "sendqlen -1"},
        Wrong{"NoFacility", "logfacility"}, Wrong{"NothingForABoolean", "useapphbd"},
        Wrong{"EntityTooLong",
              "entity 1234567890123456789012345678901234567890123456789012345678901234"},
        Wrong{"Misspelt", "logfil /x"}),
    [](const auto& row) { return row.param.name; });

class OddLogdCfTest : public ::testing::TestWithParam<Wrong> {};
TEST_P(OddLogdCfTest, IsWarnedOf) {
  const LogdCfResult result = logd_of(GetParam().text);
  EXPECT_TRUE(result.good);
  ASSERT_THAT(result.diagnostics, SizeIs(1));
  EXPECT_EQ(result.diagnostics[0].severity, Severity::kWarning);
}
INSTANTIATE_TEST_SUITE_P(
    , OddLogdCfTest,
    ::testing::Values(Wrong{"RelativePath", "debugfile ha-debug"},
                      Wrong{"LogfileWithoutAPath", "logfile"}, Wrong{"NoEntity", "entity"},
                      Wrong{"NoPrefix", "syslogprefix\t"}, Wrong{"NoMode", "logmode # 0644"},
                      Wrong{"NoLength", "recvqlen"}, Wrong{"NoNumber", "sendqlen many"},
                      Wrong{"ModeWithASetuidBit", "logmode 4644"}),
    [](const auto& row) { return row.param.name; });

TEST(LogdCf, OnlyThePermissionsOfAModeCount) {
  EXPECT_EQ(logd_of("logmode 1640").logd_cf.logmode, 0640U);
  EXPECT_EQ(logd_of("logfile ha-log").logd_cf.logfile, "ha-log");
  EXPECT_EQ(logd_of("entity").logd_cf.entity, "logd");
}

TEST(LogdCf, AMisspeltDirectiveGetsAProposal) {
  EXPECT_EQ(logd_of("logfil /x").diagnostics[0].expected, "perhaps \"logfile\"");
}

}  // namespace
}  // namespace hb::config
