// What holds for any two configurations that are compared.

#include <algorithm>
#include <iterator>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "config/difference.h"
#include "config/fake_world.h"
#include "config/ha_cf_parser.h"

namespace hb::config {
namespace {

template <class T>
std::vector<T> some_of(const std::vector<T>& all) {
  std::vector<T> some;
  for (const T& one : all) {
    for (int i = *rc::gen::inRange(0, 3); i > 0; i -= 2) some.push_back(one);
  }
  for (std::size_t i = some.size(); i > 1; --i) {
    std::swap(some[i - 1], some[*rc::gen::inRange<std::size_t>(0, i)]);
  }
  return some;
}

// Lines from a small stock, so that two configurations have much in common.
const std::vector<std::string> kLines = {"keepalive 1",
                                         "keepalive 1000ms",
                                         "keepalive 2",
                                         "deadtime 10",
                                         "deadtime 20",
                                         "warntime 3",
                                         "debug 1",
                                         "msgfmt netstring",
                                         "hbgenmethod time",
                                         "auto_failback on",
                                         "auto_failback off",
                                         "realtime off",
                                         "rtprio 9",
                                         "logfile /var/log/a",
                                         "logfile /var/log/b",
                                         "use_logd no",
                                         "node node3",
                                         "node node4",
                                         "env A=1",
                                         "env A=2",
                                         "env B=2",
                                         "bcast eth1",
                                         "bcast eth0",
                                         "udpport 700",
                                         "ucast eth0 node2",
                                         "ucast eth1 10.0.0.2",
                                         "mcast eth0 225.0.0.1 694 1 0",
                                         "mcast eth0 225.0.0.1 695 1 0",
                                         "ucast6 eth0 fd00::2",
                                         "serial /dev/ttyS0",
                                         "ping router",
                                         "ping_group g router 10.0.0.9",
                                         "ping_group h router",
                                         "apiauth ipfail uid=root",
                                         "apiauth other gid=haclient",
                                         "respawn root /usr/lib/heartbeat/ipfail",
                                         "respawn hacluster /usr/lib/heartbeat/ipfail",
                                         "respawn root /usr/lib/heartbeat/ipfail -x",
                                         "failfast root /usr/lib/heartbeat/ipfail",
                                         "stonith_host * apcmaster 10.0.0.9 hushone",
                                         "stonith_host node1 apcmaster 10.0.0.9 hushtwo",
                                         "stonith rps10 /etc/ha.d/rps.cf"};
const std::vector<std::string> kGroups = {"node1 10.0.0.100 apache", "node2 10.0.0.100 apache",
                                          "node1 10.0.0.101", "node2 10.0.0.102 apache",
                                          "node1 apache"};
const std::vector<std::string> kKeyLines = {"1 sha1 hushthree", "1 md5 hushthree",
                                            "1 sha1 hushfour", "2 crc", "3 sha1 hushfive"};

Configuration any_configuration() {
  Configuration configuration;
  configuration.self = NodeName(*rc::gen::element("node1", "node1", "node1", "node9"));
  const FakeWorld world;
  std::string text = "node node1 node2\nbcast eth0\n";
  for (const std::string& line : some_of(kLines)) text += line + "\n";
  configuration.ha_cf = parse_ha_cf(text, "ha.cf", configuration.self, world).ha_cf;
  std::string keys = fmt::format("auth {}\n", *rc::gen::element(1, 2));
  for (const std::string& line : some_of(kKeyLines)) keys += line + "\n";
  configuration.keys =
      parse_authkeys(keys + "1 sha1 hushsix\n2 crc\n", "authkeys").keys.value_or(Authkeys());
  std::string groups;
  for (const std::string& line : some_of(kGroups)) groups += line + "\n";
  for (const LocatedGroup& located : parse_haresources(groups, "haresources", world).groups) {
    configuration.groups.push_back(located.group);
  }
  return configuration;
}

std::vector<Statement> plain(const Configuration& configuration) {
  return statements(configuration, [](std::string_view secret) { return std::string(secret); });
}

bool less(const Statement& a, const Statement& b) {
  return std::tie(a.directive, a.subject, a.shown, a.meaning) <
         std::tie(b.directive, b.subject, b.shown, b.meaning);
}

std::vector<Statement> sorted(std::vector<Statement> all) {
  std::sort(all.begin(), all.end(), less);
  return all;
}

TEST(DifferenceProperty, OfAConfigurationToItselfThereIsNone) {
  EXPECT_TRUE(rc::check([] {
    const Configuration one = any_configuration();
    RC_ASSERT(compare(one, one).empty());
  }));
}

TEST(DifferenceProperty, NothingThatDiffersIsLeftOut) {
  EXPECT_TRUE(rc::check([] {
    const Configuration a = any_configuration();
    const Configuration b = any_configuration();
    const Difference difference = compare(a, b);
    // Taken back one by one, the changes leave what was said before.
    std::vector<Statement> said = plain(b);
    const std::vector<Statement> before = plain(a);
    for (const Change& change : difference.changes()) {
      const auto is_it = [&](const Statement& s) {
        return s.subject == change.subject && list_of(s.directive) == list_of(change.directive);
      };
      said.erase(std::remove_if(said.begin(), said.end(), is_it), said.end());
      std::copy_if(before.begin(), before.end(), std::back_inserter(said), is_it);
    }
    // A name that resolves alike is the same whatever it is called; its spelling may stay.
    for (Statement& statement : said) {
      const auto same = std::find_if(before.begin(), before.end(), [&](const Statement& s) {
        return s.directive == statement.directive && s.subject == statement.subject;
      });
      RC_ASSERT(same != before.end());
      RC_ASSERT(same->meaning == statement.meaning);
      statement.shown = same->shown;
    }
    RC_ASSERT(sorted(said) == sorted(before));
  }));
}

TEST(DifferenceProperty, TheWayBackHasTheSameChanges) {
  EXPECT_TRUE(rc::check([] {
    const Configuration a = any_configuration();
    const Configuration b = any_configuration();
    const Difference there = compare(a, b);
    const Difference back = compare(b, a);
    RC_ASSERT(there.changes().size() == back.changes().size());
    RC_ASSERT(there.needs_restart() == back.needs_restart());
  }));
}

TEST(DifferenceProperty, NoSecretIsShown) {
  EXPECT_TRUE(rc::check([] {
    const Difference difference = compare(any_configuration(), any_configuration());
    RC_ASSERT(render(difference).find("hush") == std::string::npos);
    RC_ASSERT(render_json(difference).find("hush") == std::string::npos);
  }));
}

TEST(DifferenceProperty, ListChangesLeadFromOneToTheOther) {
  EXPECT_TRUE(rc::check([] {
    const auto before = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 5));
    const auto after = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 5));
    const ListChange<int> change = compare_lists(before, after);
    std::vector<int> list = before;
    for (const int one : change.removed) list.erase(std::find(list.begin(), list.end(), one));
    list.insert(list.end(), change.added.begin(), change.added.end());
    RC_ASSERT(std::is_permutation(list.begin(), list.end(), after.begin(), after.end()));
    for (const int one : change.added) {
      RC_ASSERT(std::find(change.removed.begin(), change.removed.end(), one) ==
                change.removed.end());
    }
  }));
}

}  // namespace
}  // namespace hb::config
