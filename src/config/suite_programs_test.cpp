#include "config/suite_programs.h"

#include <gtest/gtest.h>

#include "config/fake_world.h"

namespace hb::config {
namespace {

struct Case {
  const char* name;
  const char* asked;
  const char* found;  // null: nowhere
};

class SuiteProgramTest : public testing::TestWithParam<Case> {};

TEST_P(SuiteProgramTest, IsFound) {
  FakeWorld world;
  world.paths = {{"/usr/libexec/heartbeat/ipfail", {true, false, true, true}},
                 {"/usr/lib/heartbeat/dopd", {true, false, true, true}},
                 {"/usr/share/heartbeat/hb_standby", {true, false, true, true}},
                 {"/usr/libexec/heartbeat/notes", {true, false, true, false}},
                 {"/opt/mine", {true, false, true, true}}};
  const auto found = find_program(GetParam().asked, world);
  EXPECT_EQ(found.value_or("nowhere"), GetParam().found == nullptr ? "nowhere" : GetParam().found);
}

INSTANTIATE_TEST_SUITE_P(
    Paths, SuiteProgramTest,
    testing::Values(
        Case{"AsItStands", "/opt/mine", "/opt/mine"},
        Case{"Debian7", "/usr/lib/heartbeat/ipfail", "/usr/libexec/heartbeat/ipfail"},
        Case{"RedHat64", "/usr/lib64/heartbeat/ipfail", "/usr/libexec/heartbeat/ipfail"},
        Case{"MultiArch", "/usr/lib/x86_64-linux-gnu/heartbeat/ipfail",
             "/usr/libexec/heartbeat/ipfail"},
        Case{"OwnBuild", "/usr/local/lib/heartbeat/ipfail", "/usr/libexec/heartbeat/ipfail"},
        Case{"TheOtherWay", "/usr/libexec/heartbeat/dopd", "/usr/lib/heartbeat/dopd"},
        Case{"Tools", "/usr/lib/heartbeat/hb_standby", "/usr/share/heartbeat/hb_standby"},
        Case{"UnknownName", "/usr/lib/heartbeat/nothing", nullptr},
        Case{"NotExecutable", "/usr/lib/heartbeat/notes", nullptr},
        Case{"NoSuiteDirectory", "/usr/bin/ipfail", nullptr},
        Case{"DeeperIsNoSuiteDirectory", "/usr/lib/a/b/heartbeat/ipfail", nullptr},
        Case{"NoName", "/usr/lib/heartbeat/", nullptr}, Case{"Relative", "ipfail", nullptr}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace hb::config
