#include "io/process/agent.h"

#include <vector>

#include <gtest/gtest.h>

namespace hb::io {
namespace {

constexpr auto kRunning = AgentResult::kRunning;
constexpr auto kStopped = AgentResult::kStopped;

struct Case {
  std::string claim;
  std::string output;
  int exit_code;
  AgentResult want;
};

const std::vector<Case> kCases = {
    {"Running", "running\n", 0, kRunning},
    {"RunningWithACapital", "httpd is Running", 0, kRunning},
    {"RunningWinsOverTheExitCode", "httpd is running", 3, kRunning},
    {"Ok", "OK", 1, kRunning},
    {"NotOkCountsAsRunningAsEver", "disk is NOT OK", 1, kRunning},
    {"SystemdSaysActiveRunning", "Active: active (running) since Monday", 0, kRunning},
    {"NotRunning", "httpd is not running", 0, kStopped},
    {"NotRunningInAnyCase", "httpd is NoT Running", 0, kStopped},
    {"NotCurrentlyRunning", "httpd is not currently running", 0, kStopped},
    {"RunningAllInCapitalsSaysNothing", "RUNNING", 3, kStopped},
    {"NotBehindRunningIsRunning", "running, but not well", 0, kRunning},
    {"NotJoinedToAWordIsNoNot", "notrunning", 0, kRunning},
    {"SilenceIsStopped", "", 0, kStopped},
    {"AnEmptyLineIsSilence", "\n", 0, kStopped},
    {"Stopped", "httpd is stopped", 0, kStopped},
    {"Dead", "httpd dead but pid file exists", 0, kStopped},
    {"UsageIsStopped", "Usage: httpd {start|stop}", 0, kStopped},
    {"UndecidedTextWithExitZero", "up 3 days", 0, kRunning},
    {"UndecidedTextWithExitThree", "up 3 days", 3, kStopped},
    {"UndecidedTextWithAnyOtherExit", "cannot say", 1, kStopped},
};

class StatusOutput : public testing::TestWithParam<Case> {};

TEST_P(StatusOutput, Decides) {
  const Case& c = GetParam();
  EXPECT_EQ(judge_status(c.output, c.exit_code), c.want);
}

INSTANTIATE_TEST_SUITE_P(, StatusOutput, testing::ValuesIn(kCases),
                         [](const auto& param_info) { return param_info.param.claim; });

}  // namespace
}  // namespace hb::io
