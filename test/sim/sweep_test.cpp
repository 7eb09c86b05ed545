#include <gtest/gtest.h>

#include "base/random.h"
#include "sim/small_cluster.h"

// Random trouble, then quiet: whatever happened, every group must end up on exactly one host.
namespace hb::sim {
namespace {

using core::Failback;
using testing::AssertionFailure;
using testing::AssertionResult;
using testing::AssertionSuccess;

constexpr Duration kTrouble = 60s;
constexpr Duration kQuiet = 60s;

ClusterOptions options(Failback failback) {
  ClusterOptions options = pair(failback);
  options.settings.deadtime = 2s;
  options.links = {"eth0"};
  options.agent_time = 20ms;
  options.network = {.loss = 0.05, .duplicate = 0.05, .least_delay = 100us, .most_delay = 5ms};
  return options;
}

// What may happen besides crashes, restarts and commands.
enum class Trouble { kHostsAndCommands, kNetworkAndPauses };

class Chaos {
 public:
  Chaos(std::uint64_t seed, Failback failback, Trouble trouble)
      : random_(seed), trouble_(trouble), cluster_(seed, options(failback)) {}

  Cluster& run() {
    cluster_.start("ada");
    if (random_.chance(0.7)) cluster_.start("bob");
    const Instant end = cluster_.now() + kTrouble;
    while (cluster_.now() < end) {
      cluster_.run_for(random_.between(1ms, random_.chance(0.5) ? 500ms : 8s));
      happen();
    }
    cluster_.heal();
    cluster_.set_network({});
    cluster_.run_for(10s);  // who is leaving, leaves
    const bool one_stays_away = random_.chance(0.2);
    for (const char* host : {"ada", "bob"}) {
      if (cluster_.up(host) || (one_stays_away && cluster_.up(other(host)))) continue;
      cluster_.start(host);
    }
    cluster_.run_for(kQuiet);
    return cluster_;
  }

 private:
  static const char* other(std::string_view host) { return host == "ada" ? "bob" : "ada"; }

  void happen() {
    const char* host = random_.chance(0.5) ? "ada" : "bob";
    constexpr wire::Hold kSets[] = {wire::kHoldAll, wire::kHoldLocal, wire::kHoldForeign};
    const wire::Hold set = kSets[random_.below(3)];
    switch (random_.below(trouble_ == Trouble::kHostsAndCommands ? 8 : 14)) {
      case 0:
      case 1:
        if (cluster_.up(host)) cluster_.crash(host);
        if (random_.chance(0.5)) cluster_.start(host);  // at once: nobody saw it dead
        return;
      case 2:
      case 3:
        if (!cluster_.up(host)) cluster_.start(host);
        return;
      case 4:
      case 5:
        cluster_.standby(host, set);
        return;
      case 6:
        cluster_.takeover(host, set, random_.chance(0.3));
        return;
      case 7:
        cluster_.stop(host);
        return;
      case 8:
        cluster_.cut(host, other(host));
        return;
      case 9:
        cluster_.partition(host, other(host));
        return;
      case 10:
      case 11:
        cluster_.heal();
        return;
      case 12:
        if (cluster_.up(host)) cluster_.pause(host, random_.between(100ms, 6s));
        return;
      case 13:
        if (cluster_.up(host)) cluster_.kill(host);
        return;
    }
  }

  Random random_;
  Trouble trouble_;
  Cluster cluster_;
};

AssertionResult settled(const Cluster& c, Failback failback) {
  for (const char* host : {"ada", "bob"}) {
    if (c.status(host) == "transition") return AssertionFailure() << host << " is in transition";
  }
  for (const char* resource : {"ip1", "web", "ip2"}) {
    int serving = 0;
    for (const std::string& owner : c.owners(resource)) serving += c.up(owner) ? 1 : 0;
    if (serving != 1) return AssertionFailure() << resource << " is on " << serving << " hosts";
  }
  if (failback == Failback::kLegacy) return AssertionSuccess();
  for (const char* host : {"ada", "bob"}) {
    const std::string status = c.status(host);
    const bool ada = std::string_view(host) == "ada";
    const bool local = c.running(host, ada ? "ip1" : "ip2");
    const bool foreign = c.running(host, ada ? "ip2" : "ip1");
    const char* truth = local && foreign ? "all" : local ? "local" : foreign ? "foreign" : "none";
    if (c.up(host) && status != truth) {
      return AssertionFailure() << host << " says " << status << " and has " << truth;
    }
  }
  return AssertionSuccess();
}

struct Sweep {
  const char* name;
  Failback failback;
  Trouble trouble;
};
class SweepTest : public testing::TestWithParam<Sweep> {};

TEST_P(SweepTest, EndsWithEachGroupOnOneHost) {
  const auto& [name, failback, trouble] = GetParam();
  int failures = 0;
  for (std::uint64_t seed = 1; seed <= 100 && failures < 3; ++seed) {
    Chaos chaos(seed, failback, trouble);
    const Cluster& c = chaos.run();
    const AssertionResult result = settled(c, failback);
    EXPECT_TRUE(result) << name << " seed " << seed << "\n" << c.trace();
    failures += result ? 0 : 1;
    if (trouble != Trouble::kHostsAndCommands) continue;
    // Nobody was cut off or held up, so nothing may ever have run twice.
    for (const char* resource : {"ip1", "web", "ip2"}) {
      EXPECT_EQ(c.doubly_owned(resource), 0ns) << resource << " seed " << seed << "\n" << c.trace();
    }
  }
}
INSTANTIATE_TEST_SUITE_P(
    Random, SweepTest,
    testing::Values(Sweep{"OffCalm", Failback::kOff, Trouble::kHostsAndCommands},
                    Sweep{"OffStormy", Failback::kOff, Trouble::kNetworkAndPauses},
                    Sweep{"OnCalm", Failback::kOn, Trouble::kHostsAndCommands},
                    Sweep{"OnStormy", Failback::kOn, Trouble::kNetworkAndPauses},
                    Sweep{"LegacyCalm", Failback::kLegacy, Trouble::kHostsAndCommands},
                    Sweep{"LegacyStormy", Failback::kLegacy, Trouble::kNetworkAndPauses}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace hb::sim
