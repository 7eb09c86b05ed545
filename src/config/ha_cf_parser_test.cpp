#include "config/ha_cf_parser.h"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/fake_world.h"

// What the transcripts of test/vectors/config cannot say: odd bytes, limits, single values.
namespace hb::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

HaCfResult parsed(std::string_view text, const FakeWorld& world = {}) {
  return parse_ha_cf(text, "ha.cf", NodeName("node1"), world);
}

std::vector<std::string> names(const HaCf& ha_cf) {
  std::vector<std::string> all;
  all.reserve(ha_cf.nodes.size());
  for (const auto& [node, where] : ha_cf.nodes) all.push_back(node.value());
  return all;
}

std::size_t errors(const HaCfResult& result) {
  std::size_t number = 0;
  for (const Diagnostic& diagnostic : result.diagnostics) {
    number += diagnostic.severity == Severity::kError ? 1 : 0;
  }
  return number;
}

struct LineCase {
  const char* claim;
  std::string_view text;
  std::vector<std::string> nodes;
};

class LinesTest : public testing::TestWithParam<LineCase> {};

TEST_P(LinesTest, Names) {
  const HaCfResult result = parsed(GetParam().text);
  EXPECT_EQ(names(result.ha_cf), GetParam().nodes);
  EXPECT_EQ(errors(result), 0U);
}

const std::vector<LineCase> kHaCfLines = {
    {"LeadingBlanksAreSkipped", " \t\f\rnode a", {"a"}},
    {"HashBeginsACommentAnywhere", "node a#b c\n#node d\n", {"a"}},
    {"CarriageReturnEndsTheLine", "node a\r\nnode b\rnode c\n", {"a", "b"}},
    {"LastLineNeedsNoNewline", "node a\nnode b", {"a", "b"}},
    {"CommasAndBlanksSeparate", "node ,a,,b , c;d\n", {"a", "b", "c;d"}},
    {"NamesAreLowered", "node Ada BOB\n", {"ada", "bob"}},
    {"NoContinuation", "node a \\\n", {"a", "\\"}},
};
INSTANTIATE_TEST_SUITE_P(HaCf, LinesTest, testing::ValuesIn(kHaCfLines),
                         [](const auto& test) { return std::string(test.param.claim); });

TEST(HaCf, LinesMayBeOfAnyLength) {
  const std::string blanks(6000, ' ');
  const HaCfResult result = parsed("#" + std::string(6000, 'x') + "\nnode a" + blanks + "b\n");
  EXPECT_EQ(names(result.ha_cf), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(result.ha_cf.nodes[1].where, (Location{"ha.cf", 2, 6007}));
  EXPECT_EQ(errors(result), 0U);
}

TEST(HaCf, VerticalTabIsNoBlankAndNoPartOfAName) {
  const HaCfResult result = parsed("node a\vb\n");
  EXPECT_TRUE(result.ha_cf.nodes.empty());
  EXPECT_EQ(errors(result), 1U);
}

TEST(HaCf, NulByteIsPointedAt) {
  using namespace std::string_view_literals;
  const HaCfResult result = parsed("node a\nnode b\0c\n"sv);
  ASSERT_EQ(errors(result), 1U);
  EXPECT_EQ(result.diagnostics[0].where, (Location{"ha.cf", 2, 7}));
}

TEST(HaCf, HundredNodesAreTheMost) {
  std::string text = "ping router\nnode";
  for (int i = 0; i < 100; ++i) text += fmt::format(" n{}", i);
  const HaCfResult result = parsed(text);
  EXPECT_EQ(result.ha_cf.nodes.size(), 99U);
  EXPECT_EQ(errors(result), 1U);
  EXPECT_EQ(parsed("node a\nping router\nping6 ::1\nping_group g router\n").ha_cf.media.size(), 3U);
}

TEST(HaCf, SixtyFourMediaAreTheMostWhateverTheirKind) {
  std::string text;
  for (int i = 0; i < 70; ++i) text += i % 2 == 0 ? "ucast eth0 node2\n" : "bcast eth0\n";
  const HaCfResult result = parsed(text);
  EXPECT_EQ(result.ha_cf.media.size(), 64U);
  EXPECT_EQ(errors(result), 6U);
}

TEST(HaCf, AFileOfErrorsCostsBoundedMemory) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "x\n";
  EXPECT_LE(parsed(text).diagnostics.size(), Diagnostics::kMostKept + 1);
}

struct TimerCase {
  const char* claim;
  const char* text;
  milliseconds warntime, initdead, deadping;
};

class ComputedTimersTest : public testing::TestWithParam<TimerCase> {};

TEST_P(ComputedTimersTest, FollowDeadtime) {
  const HaCf ha_cf = parsed(GetParam().text).ha_cf;
  EXPECT_EQ(ha_cf.warntime, GetParam().warntime);
  EXPECT_EQ(ha_cf.initdead, GetParam().initdead);
  EXPECT_EQ(ha_cf.deadping, GetParam().deadping);
}

const std::vector<TimerCase> kTimers = {
    {"Default", "", seconds(15), seconds(30), seconds(30)},
    {"BelowSixSeconds", "deadtime 5999ms", milliseconds(2999), seconds(12), milliseconds(5999)},
    {"FromSixSeconds", "deadtime 6", seconds(3), seconds(12), seconds(6)},
    {"TenSeconds", "deadtime 10", seconds(5), seconds(20), seconds(10)},
    {"AboveTenSeconds", "deadtime 11", milliseconds(5500), seconds(11), seconds(11)},
    {"GivenOnesStay", "warntime 1\ninitdead 2\ndeadping 3\ndeadtime 4", seconds(1), seconds(2),
     seconds(3)},
};
INSTANTIATE_TEST_SUITE_P(HaCf, ComputedTimersTest, testing::ValuesIn(kTimers),
                         [](const auto& test) { return std::string(test.param.claim); });

TEST(HaCf, RecordsGivenAndDefaultedTexts) {
  const HaCf ha_cf = parsed("deadtime 1\nlogfacility local0\nnice_failback off\n").ha_cf;
  const auto text = [&](std::string_view name) {
    const Parameter* parameter = find_parameter(ha_cf, name);
    return parameter == nullptr ? "unset" : parameter->text;
  };
  EXPECT_EQ(text("deadtime"), "1");
  EXPECT_EQ(text("deadping"), "1000ms");
  EXPECT_EQ(text("warntime"), "500ms");
  EXPECT_EQ(text("initdead"), "12000ms");
  EXPECT_EQ(text("conn_logd_time"), "60");
  EXPECT_EQ(text("udpport"), "694");
  EXPECT_EQ(text("logfile"), "/dev/null");
  EXPECT_EQ(text("debugfile"), "/dev/null");
  EXPECT_EQ(text("auto_failback"), "legacy");
  EXPECT_EQ(text("watchdog"), "unset");
  EXPECT_EQ(text("node"), "unset");
  EXPECT_TRUE(find_parameter(ha_cf, "deadtime")->given);
  EXPECT_EQ(find_parameter(ha_cf, "deadtime")->where, (Location{"ha.cf", 1, 10}));
  EXPECT_FALSE(find_parameter(ha_cf, "deadping")->given);
  EXPECT_EQ(find_parameter(parsed("logfacility none").ha_cf, "logfile"), nullptr);
}

// Spec ha-cf 13: what scripts have always found in their environment.
TEST(HaCf, ExportsTheParametersOf306) {
  const HaCf ha_cf = parsed("logfile /l\ndebugfile /d\nlogfacility local0\n").ha_cf;
  for (const std::string_view name : {"auto_failback",
                                      "autojoin",
                                      "baud",
                                      "cluster",
                                      "compression",
                                      "compression_threshold",
                                      "conn_logd_time",
                                      "coredumps",
                                      "deadping",
                                      "deadtime",
                                      "debug",
                                      "debugfile",
                                      "enable_config_writes",
                                      "hbgenmethod",
                                      "hopfudge",
                                      "initdead",
                                      "keepalive",
                                      "log_badpack",
                                      "logfacility",
                                      "logfile",
                                      "max_rexmit_delay",
                                      "memreserve",
                                      "msgfmt",
                                      "pacemaker",
                                      "realtime",
                                      "record_config_changes",
                                      "record_pengine_inputs",
                                      "syslogmsgfmt",
                                      "traditional_compression",
                                      "udpport",
                                      "uuidfrom",
                                      "warntime"}) {
    EXPECT_NE(find_parameter(ha_cf, name), nullptr) << name;
  }
}

TEST(HaCf, PortComesFromTheServicesIfNotGiven) {
  FakeWorld world;
  world.services["ha-cluster"] = 1999;
  const HaCf ha_cf = parsed("bcast eth0", world).ha_cf;
  EXPECT_EQ(std::get<Bcast>(ha_cf.media[0].value).port, 1999);
  EXPECT_EQ(ha_cf.udpport, 1999);
  world.services.clear();
  EXPECT_EQ(parsed("bcast eth0", world).ha_cf.udpport, 694);
}

TEST(HaCf, MediaHoldWhatTheySay) {
  const HaCf ha_cf = parsed(
                         "udpport 700\nbaud 9600\nbcast eth0\nucast eth1 node2\n"
                         "mcast eth0 239.1.2.3 701 255 1\nmcast6 eth0 ff02::5 702 9 0\n"
                         "ucast6 eth1 fd00::2\ntcp eth0 fd00::9\nserial /dev/ttyS0\n"
                         "ping router\nping6 fd00::3\nping_group gw 10.0.0.254 nowhere\n"
                         "hbaping fc0\n")
                         .ha_cf;
  const auto ip = [](std::string_view text) { return *IpAddress::parse(text); };
  const std::vector<Medium> want = {
      Bcast{"eth0", 700},
      Ucast{"eth1", "node2", std::nullopt, 700},
      Mcast{"eth0", ip("239.1.2.3"), 701, 255, true},
      Mcast6{"eth0", ip("ff02::5"), 702, 9, false},
      Ucast6{"eth1", ip("fd00::2"), 700},
      Tcp{"eth0", "fd00::9", ip("fd00::9"), 700},
      Serial{"/dev/ttyS0", 9600},
      Ping{"router", std::nullopt},
      Ping6{"fd00::3", ip("fd00::3")},
      PingGroup{"gw", {{"10.0.0.254", ip("10.0.0.254")}, {"nowhere", std::nullopt}}},
      HbaPing{"fc0"},
  };
  const std::vector<std::string> types = {"bcast",  "ucast", "mcast", "mcast6",     "ucast6", "tcp",
                                          "serial", "ping",  "ping6", "ping_group", "hbaping"};
  const std::vector<std::string> links = {"eth0",       "eth1",   "eth0",    "eth0", "eth1", "eth0",
                                          "/dev/ttyS0", "router", "fd00::3", "gw",   "fc0"};
  ASSERT_EQ(ha_cf.media.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    EXPECT_EQ(ha_cf.media[i].value, want[i]) << types[i];
    EXPECT_EQ(medium_type(want[i]), types[i]);
    EXPECT_EQ(link_name(want[i]), LinkName(links[i]));
    EXPECT_EQ(ping_node(want[i]).has_value(), types[i].find("ping") != std::string::npos)
        << types[i];
  }
}

TEST(HaCf, NamesOfPeersAreLookedUpLater) {
  const HaCfResult result = parsed("ucast eth0 node2\nucast eth0 nobody\ntcp eth0 node2\n");
  EXPECT_EQ(std::get<Ucast>(result.ha_cf.media[0].value).address, std::nullopt);
  EXPECT_EQ(std::get<Tcp>(result.ha_cf.media[2].value).host, "node2");
  ASSERT_EQ(result.diagnostics.size(), 1U) << "only of the one that does not resolve";
  EXPECT_EQ(result.diagnostics[0].severity, Severity::kWarning);
  EXPECT_EQ(result.diagnostics[0].problem, "ucast: the host does not resolve at present");
}

TEST(HaCf, WithoutTimeNoNameIsAskedFor) {
  struct Hasty final : FakeWorld {
    bool has_time() const override { return false; }
    std::optional<IpAddress> resolve(std::string_view, AddressFamily) const override {
      ADD_FAILURE() << "asked";
      return std::nullopt;
    }
  } world;
  EXPECT_TRUE(parsed("ucast eth0 nobody\ntcp eth0 nobody\nping nobody\nping6 noone\n"
                     "ping_group g nobody none\n",
                     world)
                  .diagnostics.empty());
}

TEST(HaCf, WhatIsNoNameIsRefused) {
  for (const char* host : {"-f", "b;c", "10.0.0.0.1", "300.1.1.1", "x/y", "fd00::1"}) {
    EXPECT_TRUE(parsed(std::string("ucast eth0 ") + host).refused.contains("ucast")) << host;
    EXPECT_TRUE(parsed(std::string("ping ") + host).refused.contains("ping")) << host;
  }
}

TEST(HaCf, AMissingInterfaceIsWaitedForIfAnotherMediumWorks) {
  for (const char* line : {"bcast eth9", "mcast eth9 239.0.0.1 694 1 0",
                           "mcast6 eth9 ff02::1 694 1 0", "ucast6 eth9 fd00::1"}) {
    const HaCfResult alone = parsed(line);
    EXPECT_EQ(alone.refused.size(), 1U) << line;
    for (const char* other : {"\nbcast eth0\n", "\nserial /dev/ttyS0\n"}) {
      const HaCfResult result = parsed(std::string(line) + other);
      EXPECT_TRUE(result.refused.empty()) << line;
      EXPECT_EQ(result.ha_cf.media.size(), 2U) << line;
      ASSERT_EQ(result.diagnostics.size(), 1U) << line;
      EXPECT_EQ(result.diagnostics[0].severity, Severity::kWarning);
    }
    EXPECT_EQ(parsed(std::string(line) + "\nping router\n").refused.size(), 1U) << line;
  }
}

TEST(HaCf, BaudBelowTheSerialLineIsToldAndTheLineKeepsItsSpeed) {
  const HaCfResult result = parsed("serial /dev/ttyS0\nbaud 57600x\n");
  EXPECT_EQ(std::get<Serial>(result.ha_cf.media[0].value).baud, 19200);
  EXPECT_EQ(result.ha_cf.baud, 57600);
  ASSERT_EQ(result.diagnostics.size(), 1U);
  EXPECT_EQ(result.diagnostics[0].problem,
            "baud 57600 stands below the serial line (line 1), which runs at 19200");
  const HaCfResult again = parsed(print(result.ha_cf));
  EXPECT_EQ(std::get<Serial>(again.ha_cf.media[0].value).baud, 19200);
}

TEST(HaCf, ChoicesReachTheirValues) {
  const HaCf ha_cf =
      parsed(
          "autojoin OTHER\nuuidfrom nodename\nhbgenmethod time\nmsgfmt netstring\n"
          "compression bz2\nauto_failback on\nrtprio 50\nmax_rexmit_delay 90\nuse_logd no\n"
          "quorum_server q\nenv A=1 B= A=2=3\n")
          .ha_cf;
  EXPECT_EQ(ha_cf.autojoin, Autojoin::kOther);
  EXPECT_EQ(ha_cf.uuidfrom, UuidSource::kNodename);
  EXPECT_EQ(ha_cf.hbgenmethod, GenerationMethod::kTime);
  EXPECT_EQ(ha_cf.msgfmt, MessageFormat::kNetstring);
  EXPECT_EQ(ha_cf.compression, Compression::kBz2);
  EXPECT_EQ(ha_cf.auto_failback, AutoFailback::kOn);
  EXPECT_EQ(ha_cf.rtprio, 50);
  EXPECT_EQ(ha_cf.max_rexmit_delay, milliseconds(90));
  EXPECT_EQ(ha_cf.use_logd, false);
  EXPECT_EQ(ha_cf.quorum_server, "q");
  EXPECT_EQ(ha_cf.cluster, "linux-ha");
  EXPECT_EQ(ha_cf.env, (std::vector<EnvironmentEntry>{{"A", "2=3"}, {"B", ""}}));
  EXPECT_EQ(parsed("auto_failback LEGACY").ha_cf.auto_failback, AutoFailback::kLegacy);
  EXPECT_EQ(parsed("nice_failback off").ha_cf.auto_failback, AutoFailback::kLegacy);
}

TEST(HaCf, ClientsAndDevicesKeepTheirText) {
  const HaCf ha_cf = parsed(
                         "respawn hacluster  /usr/lib/heartbeat/ipfail  -a   b  # note\n"
                         "failfast root /usr/lib/heartbeat/ipfail\n"
                         "apiauth x uid=hacluster,4294967294 gid=haclient\n"
                         "stonith_host NODE1 ssh  p1  p2\nstonith rps10 /etc/ha.d/rps.cf\n")
                         .ha_cf;
  ASSERT_EQ(ha_cf.clients.size(), 2U);
  EXPECT_EQ(
      ha_cf.clients[0],
      (ManagedClient{"hacluster", 111, 111, {112}, "/usr/lib/heartbeat/ipfail  -a   b", false}));
  EXPECT_EQ(ha_cf.clients[1], (ManagedClient{"root", 0, 0, {}, "/usr/lib/heartbeat/ipfail", true}));
  EXPECT_EQ(ha_cf.apiauth[0],
            (ApiAuth{"x", {{"hacluster", 111}, {"4294967294", 4294967294U}}, {{"haclient", 112}}}));
  ASSERT_EQ(ha_cf.apiauth.size(), 6U);
  EXPECT_EQ(ha_cf.apiauth.back(), (ApiAuth{"anon", {{"root", 0}}, {{"haclient", 112}}}));
  EXPECT_EQ(ha_cf.stonith, (std::vector<StonithDevice>{{"node1", "ssh", "p1  p2", ""},
                                                       {"*", "rps10", "", "/etc/ha.d/rps.cf"}}));
}

TEST(HaCf, ADeviceThatCannotFenceIsRefused) {
  for (const char* line : {"stonith_host * suicide x", "stonith_host node1 external/nosuch hunter2",
                           "stonith_host * fence_nosuch hunter2", "stonith nosuch /etc/ha.d/rps.cf",
                           "stonith_host * external/../../../bin/sh hunter2"}) {
    const HaCfResult result = parsed(std::string(line) + "\n");
    EXPECT_EQ(errors(result), 1U) << line;
    EXPECT_TRUE(result.ha_cf.stonith.empty()) << line;
    for (const Diagnostic& diagnostic : result.diagnostics)
      EXPECT_EQ(render_for_log(diagnostic).find("hunter2"), std::string::npos);
  }
}

TEST(HaCf, AFileOfADeviceThatEverybodyCanReadIsWarnedOf) {
  FakeWorld world;
  const std::string line = "stonith rps10 /etc/ha.d/rps.cf\n";
  const std::size_t before = parsed(line, world).diagnostics.size();
  world.paths["/etc/ha.d/rps.cf"] = {
      .is_regular = true, .is_readable = true, .is_readable_by_all = true};
  const HaCfResult result = parsed(line, world);
  ASSERT_EQ(result.diagnostics.size(), before + 1);
  EXPECT_EQ(errors(result), 0U);
  EXPECT_NE(render_for_log(result.diagnostics.back()).find("everybody can read"),
            std::string::npos);
}

TEST(HaCf, ADeviceOfAnotherNodeIsNotOurs) {
  const HaCfResult unknown = parsed("stonith_host node2 nosuch hunter2\n");
  EXPECT_EQ(errors(unknown), 0U);
  EXPECT_TRUE(unknown.ha_cf.stonith.empty());
  const auto warns = [](const Diagnostic& d) {
    return d.problem.find("no STONITH device of that type") != std::string::npos;
  };
  EXPECT_TRUE(std::any_of(unknown.diagnostics.begin(), unknown.diagnostics.end(), warns));
  const HaCfResult known = parsed("stonith_host node2 apcmaster x\n");
  EXPECT_FALSE(std::any_of(known.diagnostics.begin(), known.diagnostics.end(), warns));
}

TEST(HaCf, ADeviceForTestsIsTakenWithAWarning) {
  for (const char* type : {"null", "ssh"}) {
    const HaCfResult result = parsed(std::string("stonith_host * ") + type + " node1 node2\n");
    EXPECT_EQ(errors(result), 0U) << type;
    EXPECT_EQ(result.ha_cf.stonith.size(), 1U) << type;
    EXPECT_TRUE(std::any_of(result.diagnostics.begin(), result.diagnostics.end(),
                            [&](const Diagnostic& d) { return d.problem.starts_with(type); }))
        << type;
  }
}

TEST(HaCf, AProgramOfTheSuiteIsFoundWhereItIsHere) {
  const HaCfResult result = parsed("respawn hacluster /usr/lib64/heartbeat/ipfail -x  y\n");
  EXPECT_EQ(errors(result), 0U);
  ASSERT_EQ(result.ha_cf.clients.size(), 1U);
  EXPECT_EQ(result.ha_cf.clients[0].command, "/usr/lib/heartbeat/ipfail -x  y");
  const auto& told = result.diagnostics;
  EXPECT_TRUE(std::any_of(told.begin(), told.end(), [](const Diagnostic& diagnostic) {
    return render(diagnostic).find("is /usr/lib/heartbeat/ipfail on this machine") !=
           std::string::npos;
  }));
}

TEST(HaCf, TheApiAuthOfTheFileWinsInAnyOrder) {
  for (const std::string text :
       {"apiauth ipfail uid=nobody\ncrm off\n", "crm off\napiauth ipfail uid=nobody\n"}) {
    const HaCf ha_cf = parsed(text).ha_cf;
    const auto count = std::count_if(ha_cf.apiauth.begin(), ha_cf.apiauth.end(),
                                     [](const ApiAuth& auth) { return auth.client == "ipfail"; });
    EXPECT_EQ(count, 1);
    EXPECT_EQ(ha_cf.apiauth[0], (ApiAuth{"ipfail", {{"nobody", 65534}}, {}}));
  }
}

TEST(HaCf, AClusterManagerIsRefusedWithWhatToDo) {
  for (const std::string value : {"on", "RESPAWN", "minimal", "manual", "ccm-only", "valgrind"}) {
    const HaCfResult result = parsed("crm " + value + "\n");
    ASSERT_EQ(errors(result), 1U) << value;
    const std::string text = render(result.diagnostics.front());
    EXPECT_NE(text.find("haresources"), std::string::npos) << text;
    EXPECT_NE(text.find("lacks ccm"), std::string::npos) << text;
  }
  EXPECT_EQ(errors(parsed("crm off\n")), 0U);
}

TEST(HaCf, NumberTooLargeForAUserIsNoUser) {
  EXPECT_EQ(errors(parsed("apiauth x uid=4294967296")), 1U);
  EXPECT_EQ(errors(parsed("apiauth x uid=99999999999999999999999")), 1U);
}

struct AddressCase {
  const char* claim;
  std::string_view written;
  std::string_view meant;  // empty: no address
};
class ClassfulAddressTest : public testing::TestWithParam<AddressCase> {};

// As the resolver behind 3.0.6 reads them.
TEST_P(ClassfulAddressTest, IsReadAsEver) {
  const HaCfResult result = parsed(fmt::format("ucast eth0 {}\n", GetParam().written));
  EXPECT_EQ(errors(result), GetParam().meant.empty() ? 1U : 0U);
  if (GetParam().meant.empty()) return;
  const auto& ucast = std::get<Ucast>(result.ha_cf.media.at(0).value);
  EXPECT_EQ(ucast.address, IpAddress::parse(GetParam().meant));
  EXPECT_EQ(ucast.host, GetParam().written);
  EXPECT_EQ(result.diagnostics.size(), 1U);
}
INSTANTIATE_TEST_SUITE_P(HaCf, ClassfulAddressTest,
                         testing::Values(AddressCase{"OneNumber", "169672706", "10.29.0.2"},
                                         AddressCase{"TwoNumbers", "10.1", "10.0.0.1"},
                                         AddressCase{"ThreeNumbers", "10.77.2", "10.77.0.2"},
                                         AddressCase{"LastOfThreeIsTwoBytes", "10.77.258",
                                                     "10.77.1.2"},
                                         AddressCase{"OctalNumber", "012.77.0.2", "10.77.0.2"},
                                         AddressCase{"NoOctalDigit", "09.1", ""},
                                         AddressCase{"ByteTooLarge", "10.77.0.300", ""},
                                         AddressCase{"RestTooLarge", "10.77.65536", ""},
                                         AddressCase{"FiveNumbers", "10.0.0.0.1", ""},
                                         AddressCase{"EmptyNumber", "10..1", ""},
                                         AddressCase{"DotAtTheEnd", "10.77.0.2.", ""},
                                         AddressCase{"MoreThanAllBytes", "4294967296", ""}),
                         [](const auto& test) { return std::string(test.param.claim); });

TEST(HaCf, ScopeMayBeTheNumberOfTheInterface) {
  EXPECT_EQ(errors(parsed("ucast6 eth0 fe80::1%2\n")), 0U);
  EXPECT_EQ(parsed("ucast6 eth0 fe80::1%2\n").diagnostics.size(), 1U);
  EXPECT_EQ(errors(parsed("ucast6 eth0 fe80::1%3\n")), 1U);
  EXPECT_EQ(errors(parsed("bcast eth0\nucast6 eth7 fe80::1%3\n")), 0U);
  EXPECT_EQ(errors(parsed("ucast6 eth0 fe80::1%\n")), 1U);
}

TEST(HaCf, OwnNameMayBeOdd) {
  const auto said = [](const char* self) {
    return parse_ha_cf("node a+b\n", "ha.cf", NodeName(self), FakeWorld()).diagnostics.size();
  };
  EXPECT_EQ(said("a+b"), 0U);
  EXPECT_EQ(said("node1"), 1U);
}

TEST(HaCf, NoSecretOfAStonithLineIsQuoted) {
  for (const std::string line :
       {"stonith_host node1 hunter2", "stonith_hst node1 apc hunter2",
        "stonith_host node1 apc hunter2", "stonith apc /etc/ha.d/rps.cf hunter2"}) {
    for (const Diagnostic& diagnostic : parsed(line).diagnostics) {
      EXPECT_EQ(render(diagnostic).find("hunter2"), std::string::npos) << render(diagnostic);
    }
  }
}

}  // namespace
}  // namespace hb::config
