#include <gtest/gtest.h>

#include "sim/fences.h"
#include "sim/small_cluster.h"

// Two nodes with a device each, on one virtual clock.
namespace hb::sim {
namespace {

using core::Failback;
using core::FenceOutcome;
using core::NoteId;

struct FencedPair : testing::Test {
  Cluster& started(Failback failback = Failback::kOff) {
    ClusterOptions options = pair(failback);
    options.settings.fencing.configured = true;
    cluster.emplace(1, options);
    fences.emplace(cluster->world());
    cluster->start_all();
    cluster->run_for(2s);
    return *cluster;
  }
  // ada serves its own, bob its own; every shot of `by` comes to this.
  void device(const std::string& by, Shot shot) {
    fences->set_devices([this, by, shot](HostId host, HostId) {
      return cluster->world().name(host) == by ? shot : Shot{};
    });
  }
  std::optional<Cluster> cluster;
  std::optional<Fences> fences;
};

TEST_F(FencedPair, ACutEndsWithOneShotAndOneOwner) {
  Cluster& c = started();
  c.partition("ada", "bob");
  c.run_for(20s);
  EXPECT_EQ(fences->shots(), 1U) << c.trace();
  EXPECT_FALSE(c.up("bob")) << "ada is first in the node lines, so it need not wait";
  EXPECT_EQ(c.status("ada"), "all");
  EXPECT_EQ(c.doubly_owned("ip1") + c.doubly_owned("ip2"), 0ns);
}

TEST_F(FencedPair, AStalledOwnerIsGoneBeforeItsGroupsAreTaken) {
  Cluster& c = started();
  device("ada", {.takes = 3s});
  c.pause("bob", 20s);
  c.run_for(3500ms);
  EXPECT_EQ(c.owners("ip2"), std::vector<std::string>{"bob"});
  c.run_for(2s);
  EXPECT_EQ(c.owners("ip2"), std::vector<std::string>{"ada"});
  EXPECT_EQ(c.doubly_owned("ip2"), 0ns);
}

TEST_F(FencedPair, ACutThatHealsBeforeTheShotCostsNothing) {
  Cluster& c = started();
  device("ada", {.takes = 60s});
  const Duration before = c.unowned("ip1") + c.unowned("ip2");  // of the start
  c.partition("ada", "bob");
  c.run_for(2s);
  c.heal();
  c.run_for(90s);
  EXPECT_EQ(fences->shots(), 0U) << c.trace();
  EXPECT_EQ(c.status("ada"), "local");
  EXPECT_EQ(c.status("bob"), "local");
  EXPECT_EQ(c.unowned("ip1") + c.unowned("ip2"), before) << c.trace();
}

TEST_F(FencedPair, TheVictimBootsAndServesAgain) {
  Cluster& c = started(Failback::kOn);
  fences->set_boot_time(5s);
  c.partition("ada", "bob");
  c.run_for(4s);
  EXPECT_EQ(c.status("ada"), "all");
  c.heal();
  c.run_for(20s);
  EXPECT_EQ(c.status("ada"), "local") << c.trace();
  EXPECT_EQ(c.status("bob"), "local");
  EXPECT_EQ(c.noted("ada", NoteId::kFenceDidNotWork), 0);
}

TEST_F(FencedPair, AnOldGroupsOwnerReturnsWhileItsShotsFail) {
  Cluster& c = started();
  device("bob", {.told = FenceOutcome::kFailed, .acts = false});
  c.crash("ada");
  c.run_for(8s);
  EXPECT_GE(c.noted("bob", NoteId::kFenceFailed), 1);
  EXPECT_TRUE(c.owners("ip1").empty());
  c.start("ada");
  c.run_for(10s);
  EXPECT_EQ(c.owners("ip1"), std::vector<std::string>{"ada"}) << c.trace();
  EXPECT_EQ(fences->shots(), 0U);
  EXPECT_EQ(c.noted("bob", NoteId::kFenceCancelled), 1);
}

}  // namespace
}  // namespace hb::sim
