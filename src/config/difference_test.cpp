#include "config/difference.h"

#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "config/directives.h"
#include "config/fake_world.h"

namespace hb::config {
namespace {

constexpr const char* kKeys = "auth 1\n1 sha1 secret\n";
constexpr const char* kOneGroup = "node1 10.0.0.100 apache\n";

struct Files {
  std::string ha_cf;
  std::string authkeys = kKeys;
  std::string haresources = kOneGroup;
};

Configuration read(const Files& files) {
  Sources sources;
  sources.self = NodeName("node1");
  sources.ha_cf = {
      "ha.cf", "node node1 node2\nbcast eth0\nlogfacility local0\nauto_failback on\n" + files.ha_cf,
      0, 0600, 0};
  sources.authkeys = {"authkeys", files.authkeys, 0, 0600, 0};
  sources.haresources = {"haresources", files.haresources, 0, 0644, 0};
  CheckResult result = check(sources, FakeWorld());
  for (const Diagnostic& diagnostic : result.diagnostics) {
    if (diagnostic.severity == Severity::kError) ADD_FAILURE() << render(diagnostic);
  }
  return result.configuration.value_or(Configuration());
}

std::vector<std::string> told(const Difference& difference) {
  std::vector<std::string> lines;
  for (const Change& change : difference.changes()) lines.push_back(render(change));
  return lines;
}

// What a change of each directive amounts to.
struct DirectiveCase {
  std::string directive;
  std::string before;  // lines of ha.cf
  std::string after;
  std::vector<std::string> told;
};

const std::vector<DirectiveCase> kDirectiveCases = {
    {"cluster",
     "",
     "cluster web",
     {"cluster: linux-ha -> web (applied in place: environment of scripts and clients started from "
      "now on)"}},
    {"hopfudge", "", "hopfudge 3", {"hopfudge: 1 -> 3 (applied in place: packets sent)"}},
    {"keepalive", "", "keepalive 500ms", {"keepalive: 1000ms -> 500ms (applied in place: timers)"}},
    {"deadtime",
     "deadtime 30",
     "deadtime 20",
     {"deadtime: 30 -> 20 (applied in place: timers)",
      "deadping: 30000ms -> 20000ms (applied in place: timers)",
      "initdead: 30000ms -> 20000ms (applied in place: timers)",
      "warntime: 15000ms -> 10000ms (applied in place: timers)"}},
    {"deadping", "", "deadping 12", {"deadping: 30000ms -> 12 (applied in place: timers)"}},
    {"initdead", "", "initdead 2min", {"initdead: 30000ms -> 2min (applied in place: timers)"}},
    {"warntime", "", "warntime 5", {"warntime: 15000ms -> 5 (applied in place: timers)"}},
    {"baud",
     "serial /dev/ttyS0",
     "baud 57600\nserial /dev/ttyS0",
     {"baud: 19200 -> 57600 (applied in place: environment of scripts and clients started from now "
      "on)",
      "serial /dev/ttyS0: serial /dev/ttyS0, 19200 baud -> serial /dev/ttyS0, 57600 baud (applied "
      "in place: media; closed and opened again; a peer hears it once its own fits)"}},
    {"udpport",
     "ucast eth1 10.0.0.2",
     "udpport 700\nucast eth1 10.0.0.2",
     {"udpport: 694 -> 700 (applied in place: environment of scripts and clients started from now "
      "on)",
      "ucast eth1 10.0.0.2: ucast eth1 10.0.0.2, port 694 -> ucast eth1 10.0.0.2, "
      "port 700 (applied in place: media; closed and opened again; a peer hears it once its own "
      "fits)"}},
    {"logfacility",
     "",
     "logfacility daemon",
     {"logfacility: local0 -> daemon (applied in place: logging)"}},
    {"logfile",
     "",
     "logfile /var/log/ha-log",
     {"logfile: /dev/null -> /var/log/ha-log (applied in place: logging)"}},
    {"debugfile",
     "debugfile /a",
     "debugfile /b",
     {"debugfile: /a -> /b (applied in place: logging)"}},
    {"auto_failback",
     "auto_failback on",
     "auto_failback off",
     {"auto_failback: on -> off (applied in place: failback)"}},
    {"hbgenmethod",
     "",
     "hbgenmethod time",
     {"hbgenmethod: file -> time (needs a restart; the generation is chosen once, at start)"}},
    {"realtime",
     "",
     "realtime off",
     {"realtime: true -> off (applied in place: the daemon's own process)"}},
    {"debug", "", "debug 2", {"debug: 0 -> 2 (applied in place: debug level)"}},
    {"rtprio", "", "rtprio 50", {"rtprio: added 50 (applied in place: the daemon's own process)"}},
    {"msgfmt",
     "",
     "msgfmt netstring",
     {"msgfmt: classic -> netstring (applied in place: packets "
      "sent)"}},
    {"conn_logd_time",
     "",
     "conn_logd_time 10",
     {"conn_logd_time: 60 -> 10 (applied in place: logging)"}},
    {"log_badpack", "", "log_badpack no", {"log_badpack: true -> no (applied in place: logging)"}},
    {"syslogmsgfmt",
     "",
     "syslogmsgfmt no",
     {"syslogmsgfmt: true -> no (applied in place: logging)"}},
    {"coredumps",
     "",
     "coredumps no",
     {"coredumps: true -> no (applied in place: the daemon's own process)"}},
    {"coreroot",
     "",
     "coreroot /var/cores",
     {"coreroot: /var/lib/heartbeat/cores -> /var/cores (applied in place: the daemon's own "
      "process)"}},
    {"pacemaker",
     "pacemaker off",
     "pacemaker no",
     {"pacemaker: off -> no (applied in place: environment of scripts and clients started from now "
      "on; the same value, written otherwise)"}},
    {"autojoin", "", "autojoin none", {}},
    {"uuidfrom",
     "",
     "uuidfrom nodename",
     {"uuidfrom: file -> nodename (needs a restart; a node has one uuid for as long as it runs, or "
      "the others would take it for another)"}},
    {"compression",
     "",
     "compression bz2",
     {"compression: zlib -> bz2 (applied in place: packets "
      "sent)"}},
    {"compression_threshold",
     "",
     "compression_threshold 8",
     {"compression_threshold: 2 -> 8 (applied in place: packets sent)"}},
    {"traditional_compression",
     "",
     "traditional_compression yes",
     {"traditional_compression: no -> yes (applied in place: packets sent)"}},
    {"max_rexmit_delay",
     "",
     "max_rexmit_delay 100",
     {"max_rexmit_delay: 250 -> 100 (applied in place: packets sent)"}},
    {"record_config_changes",
     "",
     "record_config_changes off",
     {"record_config_changes: on -> off (applied in place: environment of scripts and clients "
      "started from now on)"}},
    {"record_pengine_inputs",
     "",
     "record_pengine_inputs off",
     {"record_pengine_inputs: on -> off (applied in place: environment of scripts and clients "
      "started from now on)"}},
    {"enable_config_writes",
     "",
     "enable_config_writes off",
     {"enable_config_writes: on -> off (applied in place: environment of scripts and clients "
      "started from now on)"}},
    {"memreserve",
     "",
     "memreserve 100",
     {"memreserve: 6500 -> 100 (applied in place: the daemon's own process)"}},
    {"watchdog",
     "",
     "watchdog /dev/watchdog",
     {"watchdog: added /dev/watchdog (applied in place: the daemon's own process)"}},
    {"use_logd",
     "use_logd no",
     "use_logd yes",
     {"use_logd: no -> yes (applied in place: "
      "logging)"}},
    {"use_apphbd",
     "",
     "use_apphbd on",
     {"use_apphbd: no -> on (applied in place: the daemon's own process)"}},
    {"quorum_server",
     "quorum_server qs",
     "",
     {"quorum_server: removed qs (applied in place: environment of scripts and clients started "
      "from now on)"}},
    {"crm_daemon_dir",
     "",
     "crm_daemon_dir /opt",
     {"crm_daemon_dir: /usr/libexec/pacemaker -> /opt (applied in place: environment of scripts "
      "and clients started from now on)"}},
    {"crmd_spawns_pengine",
     "",
     "crmd_spawns_pengine no",
     {"crmd_spawns_pengine: yes -> no (applied in place: environment of scripts and clients "
      "started from now on)"}},
    {"node", "", "node node3", {"node node3: added (applied in place: membership; waited for)"}},
    {"env",
     "env A=1 B=1",
     "env B=2 C=1",
     {"env A: removed 1 (applied in place: environment of scripts and clients started from now "
      "on)",
      "env B: 1 -> 2 (applied in place: environment of scripts and clients started from now on)",
      "env C: added 1 (applied in place: environment of scripts and clients started from now "
      "on)"}},
    {"bcast",
     "",
     "bcast eth1",
     {"bcast eth1: added bcast eth1, port 694 (applied in place: media; opened)"}},
    {"ucast",
     "ucast eth0 node2",
     "",
     {"ucast eth0 node2: removed ucast eth0 node2, port 694 (applied in place: media; "
      "closed)"}},
    {"mcast",
     "mcast eth0 225.0.0.1 694 1 0",
     "mcast eth0 225.0.0.1 694 2 0",
     {"mcast eth0 225.0.0.1: mcast eth0 225.0.0.1 694 1 0 -> mcast eth0 225.0.0.1 694 2 0 (applied "
      "in place: media; closed and opened again; a peer hears it once its own fits)"}},
    {"ucast6",
     "",
     "ucast6 eth0 fd00::2",
     {"ucast6 eth0 fd00::2: added ucast6 eth0 fd00::2, port 694 (applied in place: media; "
      "opened)"}},
    {"mcast6",
     "",
     "mcast6 eth0 ff05::694 694 1 0",
     {"mcast6 eth0 ff05::694: added mcast6 eth0 ff05::694 694 1 0 (applied in place: media; "
      "opened)"}},
    {"tcp",
     "",
     "tcp eth0 10.0.0.2",
     {"tcp eth0 10.0.0.2: added tcp eth0 10.0.0.2, port 694 (applied in place: media; opened)"}},
    {"serial",
     "",
     "serial /dev/ttyS0",
     {"serial /dev/ttyS0: added serial /dev/ttyS0, 19200 baud (applied in place: media; opened)"}},
    {"ping",
     "ping 10.0.0.254",
     "ping router",
     {"ping 10.0.0.254: removed ping 10.0.0.254 (applied in place: ping nodes; not "
      "watched any more)",
      "ping router: added ping router (applied in place: ping nodes; watched)"}},
    {"ping6",
     "",
     "ping6 fd00::1",
     {"ping6 fd00::1: added ping6 fd00::1 (applied in place: ping nodes; watched)"}},
    {"ping_group",
     "ping_group g 10.0.0.1",
     "ping_group g 10.0.0.1 10.0.0.2",
     {"ping_group g: ping_group g 10.0.0.1 -> ping_group g 10.0.0.1 10.0.0.2 (applied in place: "
      "ping nodes; watched anew)"}},
    {"hbaping",
     "",
     "hbaping fc0",
     {"hbaping fc0: added hbaping fc0 (applied in place: ping nodes; watched)"}},
    {"apiauth",
     "",
     "apiauth ipfail uid=root",
     {"apiauth ipfail: uid=hacluster -> uid=root (applied in place: rights of API clients; "
      "sessions already open stay)"}},
    {"respawn",
     "respawn hacluster /usr/lib/heartbeat/ipfail",
     "respawn root /usr/lib/heartbeat/ipfail",
     {"respawn /usr/lib/heartbeat/ipfail: as hacluster -> as root (applied in place: managed "
      "clients; stopped, then started)"}},
    {"failfast",
     "respawn root /usr/lib/heartbeat/ipfail",
     "failfast root /usr/lib/heartbeat/ipfail",
     {"failfast /usr/lib/heartbeat/ipfail: as root -> as root (failfast) (applied in place: "
      "managed clients; stopped, then started)"}},
    {"stonith",
     "",
     "stonith external/x /etc/ha.d/rps.cf",
     {"stonith external/x /etc/ha.d/rps.cf: added (applied in place: fencing devices; used for the "
      "next fencing)"}},
    {"stonith_host",
     "stonith_host * ssh login hush",
     "stonith_host * ssh login hush2",
     {"stonith_host * ssh: parameters not shown (stonith_host) -> parameters not shown "
      "(stonith_host), another one (applied in place: fencing devices; used for the next "
      "fencing)"}},
};

class DirectiveDifferenceTest : public testing::TestWithParam<DirectiveCase> {};

TEST_P(DirectiveDifferenceTest, IsTold) {
  const auto& [directive, before, after, want] = GetParam();
  EXPECT_EQ(told(compare(read({before + "\n"}), read({after + "\n"}))), want);
}

bool alike(const std::string& a, const std::string& b) {
  const std::set<std::string> clients = {"respawn", "failfast"};
  return a == b || (clients.count(a) != 0 && clients.count(b) != 0);
}

// And nothing more is told than what differs: the way back has the same places.
TEST_P(DirectiveDifferenceTest, IsTheSameOnTheWayBack) {
  const auto& [directive, before, after, want] = GetParam();
  const Difference there = compare(read({before + "\n"}), read({after + "\n"}));
  const Difference back = compare(read({after + "\n"}), read({before + "\n"}));
  ASSERT_EQ(there.changes().size(), back.changes().size());
  for (const Change& change : back.changes()) {
    int same = 0;
    for (const Change& other : there.changes()) {
      if (other.subject != change.subject || !alike(other.directive, change.directive)) continue;
      ++same;
      EXPECT_EQ(other.before.has_value(), change.after.has_value());
      EXPECT_EQ(other.after.has_value(), change.before.has_value());
      EXPECT_EQ(other.impact, change.impact);
    }
    EXPECT_EQ(same, 1) << render(change);
  }
}

INSTANTIATE_TEST_SUITE_P(All, DirectiveDifferenceTest, testing::ValuesIn(kDirectiveCases),
                         [](const auto& one) { return one.param.directive; });

TEST(Difference, EveryDirectiveHasItsCase) {
  std::set<std::string_view> covered;
  for (const DirectiveCase& one : kDirectiveCases) covered.insert(one.directive);
  for (const Directive& directive : directives()) {
    if (directive.effect == Effect::kRefused || directive.effect == Effect::kObsolete) continue;
    EXPECT_EQ(covered.count(directive.name), 1U) << directive.name;
  }
}

TEST(Difference, OnlyARestartNeedsAReason) {
  for (const Directive& directive : directives()) {
    EXPECT_EQ(directive.impact == Impact::kRestart, !directive.impact_note.empty())
        << directive.name;
    if (directive.impact != Impact::kNothing) continue;
    EXPECT_TRUE(directive.effect == Effect::kRefused || directive.effect == Effect::kObsolete)
        << directive.name;
  }
}

struct FilesCase {
  std::string claim;
  Files before;
  Files after;
  std::vector<std::string> told;
};

const std::vector<FilesCase> kFilesCases = {
    {"TheSameIsNoChange", {"deadtime 10\n"}, {"deadtime 10\n"}, {}},
    {"PlacesDoNotCount",
     {"# old\nkeepalive 2\ndeadtime 10\nucast eth0 node2\nucast eth1 node2\n"},
     {"deadtime 10 # ten\n\nkeepalive 2\nucast eth1 node2\nucast eth0 node2\n"},
     {}},
    {"ADefaultWrittenOutIsNoChange", {""}, {"keepalive 1000ms\nautojoin none\n"}, {}},
    {"ScriptsSeeHowAValueIsWritten",
     {"keepalive 2\n"},
     {"keepalive 2s\n"},
     {"keepalive: 2 -> 2s (applied in place: environment of scripts and clients started from now "
      "on; the same value, written otherwise)"}},
    {"LegacyIsAnotherProtocol",
     {"auto_failback legacy\n"},
     {"auto_failback on\n"},
     {"auto_failback: legacy -> on (needs a restart; the two ways to hand resources over do not "
      "mix)"}},
    {"ALineGivenTwiceCountsTwice",
     {"ucast eth0 node2\n"},
     {"ucast eth0 node2\nucast eth0 node2\n"},
     {"ucast eth0 node2 (2): added ucast eth0 node2, port 694 (applied in place: media; "
      "opened)"}},
    {"AProgramMayBeBothManagedAndFailfast",
     {"respawn root /usr/lib/heartbeat/ipfail\nfailfast root /usr/lib/heartbeat/ipfail\n"},
     {"respawn root /usr/lib/heartbeat/ipfail\n"},
     {"failfast /usr/lib/heartbeat/ipfail (2): removed as root (failfast) (applied in place: "
      "managed clients; stopped)"}},
    {"ClientsStartInFileOrder",
     {"respawn root /usr/lib/heartbeat/ipfail a\nrespawn root /usr/lib/heartbeat/ipfail b\n"},
     {"respawn root /usr/lib/heartbeat/ipfail b\nrespawn root /usr/lib/heartbeat/ipfail a\n"},
     {"respawn order: /usr/lib/heartbeat/ipfail a, /usr/lib/heartbeat/ipfail b -> "
      "/usr/lib/heartbeat/ipfail b, /usr/lib/heartbeat/ipfail a (applied in place: managed "
      "clients; what runs is not touched)"}},
    {"AnotherSecretIsNotShown",
     {"", "auth 1\n1 sha1 hush\n"},
     {"", "auth 1\n1 sha1 louder\n"},
     {"key 1: sha1 -> sha1, another one (applied in place: keys; the new one is accepted, the old "
      "one not)"}},
    {"AnotherMethod",
     {"", "auth 1\n1 md5 hush\n"},
     {"", "auth 1\n1 sha1 hush\n"},
     {"key 1: md5 -> sha1 (applied in place: keys; the new one is accepted, the old one not)"}},
    {"AKeyComesFirstAsASecond",
     {"", "auth 1\n1 sha1 hush\n"},
     {"", "auth 1\n1 sha1 hush\n2 md5 new\n"},
     {"key 2: added md5 (applied in place: keys; accepted)"}},
    {"ThenItSigns",
     {"", "auth 1\n1 sha1 hush\n2 md5 new\n"},
     {"", "1 sha1 hush\n2 md5 new\nauth 2\n"},
     {"auth: 1 -> 2 (applied in place: keys; what is sent is signed with it from now on)"}},
    {"ThenTheOldOneGoes",
     {"", "auth 2\n1 sha1 hush\n2 md5 new\n"},
     {"", "auth 2\n2 md5 new\n"},
     {"key 1: removed sha1 (applied in place: keys; not accepted any more)"}},
    {"GroupsComeGoAndChange",
     {"", kKeys, "node1 10.0.0.100 apache\nnode2 10.0.0.101\nnode1 10.0.0.103\n"},
     {"", kKeys, "node1 10.0.0.103\nnode2 10.0.0.100 apache\nnode1 10.0.0.102\n"},
     {"haresources 10.0.0.100: node1 10.0.0.100 apache -> node2 10.0.0.100 apache (applied in "
      "place: resource groups; released, then started where it belongs)",
      "haresources 10.0.0.101: removed node2 10.0.0.101 (applied in place: resource groups; "
      "released)",
      "haresources 10.0.0.102: added node1 10.0.0.102 (applied in place: resource groups; started "
      "where it belongs)",
      "haresources order: 10.0.0.100, 10.0.0.103 -> 10.0.0.103, 10.0.0.100 (applied in place: "
      "resource groups; what runs is not touched)"}},
};

class FilesDifferenceTest : public testing::TestWithParam<FilesCase> {};

TEST_P(FilesDifferenceTest, IsTold) {
  const auto& [claim, before, after, want] = GetParam();
  EXPECT_EQ(told(compare(read(before), read(after))), want);
}

INSTANTIATE_TEST_SUITE_P(All, FilesDifferenceTest, testing::ValuesIn(kFilesCases),
                         [](const auto& one) { return one.param.claim; });

TEST(Difference, AnotherNodeNameNeedsARestart) {
  Configuration before = read({""});
  Configuration after = before;
  after.self = NodeName("node9");
  const Difference difference = compare(before, after);
  EXPECT_EQ(told(difference),
            std::vector<std::string>{"node name: node1 -> node9 (needs a restart; the other nodes "
                                     "know this one by its name)"});
  EXPECT_TRUE(difference.needs_restart());
}

// What programs are told fits what is done.
TEST(Difference, WhatNeedsARestartIsToldAsItIsUntilThen) {
  const Configuration running = read({"auto_failback legacy\nhbgenmethod file\n"});
  Configuration fresh = read({"auto_failback off\nhbgenmethod time\nuuidfrom nodename\n"});
  keep_what_needs_restart(running, fresh);
  EXPECT_EQ(fresh.ha_cf.auto_failback, AutoFailback::kLegacy);
  EXPECT_EQ(fresh.ha_cf.parameters, running.ha_cf.parameters);
  EXPECT_TRUE(compare(running, fresh).empty());
}

TEST(Difference, ReportsCountAndTellWhatNeedsARestart) {
  const Configuration before = read({""});
  EXPECT_EQ(render(compare(before, before)), "no change\n");
  EXPECT_EQ(render(compare(before, read({"debug 1\n"}))),
            "debug: 0 -> 1 (applied in place: debug level)\n1 change, without a restart\n");
  const std::string two = render(compare(before, read({"debug 1\nhbgenmethod time\n"})));
  EXPECT_TRUE(two.ends_with("\n2 changes, of which 1 only with a restart\n")) << two;
  const std::string all = render(compare(before, read({"hbgenmethod time\n"})));
  EXPECT_TRUE(all.ends_with("\n1 change, only with a restart\n")) << all;
}

TEST(Difference, JsonHasTheSame) {
  const auto report = nlohmann::json::parse(
      render_json(compare(read({""}), read({"debug 1\nnode node3\nhbgenmethod time\n"}))));
  EXPECT_EQ(report["restart"], true);
  ASSERT_EQ(report["changes"].size(), 3U);
  EXPECT_EQ(report["changes"][0]["impact"], "restart");
  EXPECT_EQ(report["changes"][1],
            nlohmann::json({{"directive", "debug"},
                            {"subject", ""},
                            {"before", "0"},
                            {"after", "1"},
                            {"impact", "debug"},
                            {"restart", false},
                            {"note", ""},
                            {"text", "debug: 0 -> 1 (applied in place: debug level)"}}));
  EXPECT_EQ(report["changes"][2]["subject"], "node3");
  EXPECT_EQ(report["changes"][2]["before"], nullptr);
}

TEST(Difference, ListsAreComparedElementByElement) {
  const auto change = compare_lists<int>({1, 2, 2, 3}, {4, 2, 1, 4});
  EXPECT_EQ(change.removed, (std::vector<int>{2, 3}));
  EXPECT_EQ(change.added, (std::vector<int>{4, 4}));
}

}  // namespace
}  // namespace hb::config
