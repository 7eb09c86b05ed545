#include "io/net/link_monitor.h"

#include <gtest/gtest.h>

#include "io/net/test_network.h"

namespace hb::io {
namespace {

class LinkMonitorTest : public NetworkTest {
 protected:
  void SetUp() override {
    NetworkTest::SetUp();
    subscription_ =
        monitor().subscribe([this](const LinkEvent& event) { events.push_back(event); });
  }

  bool happened(LinkChange change, const std::string& link) {
    return std::any_of(events.begin(), events.end(), [&](const LinkEvent& event) {
      return event.change == change && event.link.name == link;
    });
  }

  // Addresses as an administrator would set them.
  void give(const std::string& text) {
    ServiceAddresses addresses(loop, monitor());
    bool done = false;
    addresses.add(AddressAgent::kIpaddr2, service(text),
                  [&](const Expected<AddressPlace, IoError>& added) {
                    EXPECT_TRUE(added) << added.error().text();
                    done = true;
                  });
    ASSERT_TRUE(run_until([&] { return done; }));
  }

  std::vector<LinkEvent> events;

 private:
  LinkMonitor::Subscription subscription_;
};

TEST_F(LinkMonitorTest, KnowsWhatWasThereBefore) {
  const Link* left = monitor().find("left");
  ASSERT_NE(left, nullptr);
  EXPECT_EQ(left->hardware.size(), 6U);
  EXPECT_EQ(left->hardware_type, 1U);
  EXPECT_TRUE(left->arp);
  EXPECT_TRUE(monitor().has_carrier("left"));
  ASSERT_NE(monitor().find("lo"), nullptr);
  EXPECT_TRUE(monitor().find("lo")->loopback);
  EXPECT_FALSE(monitor().find("lo")->arp);
  EXPECT_EQ(monitor().find("none"), nullptr);
  EXPECT_FALSE(monitor().has_carrier("none"));
}

TEST_F(LinkMonitorTest, TellsThatACableIsPulledAndPluggedAgain) {
  set_flags("right", 0);
  ASSERT_TRUE(run_until([&] { return happened(LinkChange::kCarrierLost, "left"); }));
  EXPECT_FALSE(monitor().has_carrier("left"));
  set_flags("right", IFF_UP);
  ASSERT_TRUE(run_until([&] { return happened(LinkChange::kCarrierGained, "left"); }));
  EXPECT_TRUE(monitor().has_carrier("left"));
}

TEST_F(LinkMonitorTest, TellsThatAnInterfaceVanishesWithItsAddresses) {
  give("192.0.2.1/24/left");
  nl_sock* socket = nl_socket_alloc();
  nl_connect(socket, NETLINK_ROUTE);
  rtnl_link* link = rtnl_link_alloc();
  rtnl_link_set_name(link, "left");
  ASSERT_EQ(rtnl_link_delete(socket, link), 0);
  rtnl_link_put(link);
  nl_socket_free(socket);

  ASSERT_TRUE(run_until([&] { return happened(LinkChange::kVanished, "left"); }));
  EXPECT_TRUE(happened(LinkChange::kAddressRemoved, "left"));
  EXPECT_EQ(monitor().find("left"), nullptr);
  EXPECT_EQ(monitor().ipv4_address("left"), std::nullopt);
}

TEST_F(LinkMonitorTest, TellsNewInterfacesAndNewNames) {
  nl_sock* socket = nl_socket_alloc();
  nl_connect(socket, NETLINK_ROUTE);
  ASSERT_EQ(rtnl_link_veth_add(socket, "third", "fourth", getpid()), 0);
  ASSERT_TRUE(run_until([&] { return happened(LinkChange::kAppeared, "third"); }));

  rtnl_link* third = rtnl_link_alloc();
  rtnl_link_set_ifindex(third, monitor().find("third")->index);
  rtnl_link* changes = rtnl_link_alloc();
  rtnl_link_set_name(changes, "public");
  ASSERT_EQ(rtnl_link_change(socket, third, changes, 0), 0);
  rtnl_link_put(third);
  rtnl_link_put(changes);
  nl_socket_free(socket);
  ASSERT_TRUE(run_until([&] { return happened(LinkChange::kRenamed, "public"); }));
  EXPECT_EQ(monitor().find("third"), nullptr);
}

TEST_F(LinkMonitorTest, AnswersForTheFirstAddressOfAnInterface) {
  give("192.0.2.1/24/left");
  give("192.0.2.2/24/left");
  EXPECT_EQ(monitor().ipv4_address("left"), ip("192.0.2.1"));
  EXPECT_EQ(monitor().ipv4_broadcast("left"), ip("192.0.2.255"));
  EXPECT_EQ(monitor().ipv4_address("right"), std::nullopt);
}

TEST_F(LinkMonitorTest, FindsTheMostSpecificRoute) {
  give("10.0.0.1/8/left");
  give("10.1.0.1/16/right");
  const auto wide = monitor().best_link_route(ip("10.9.0.5"), {}, {});
  ASSERT_TRUE(wide && *wide);
  EXPECT_EQ((*wide)->link, monitor().find("left")->index);
  EXPECT_EQ((*wide)->prefix, 8U);

  const auto narrow = monitor().best_link_route(ip("10.1.0.5"), {}, {});
  ASSERT_TRUE(narrow && *narrow);
  EXPECT_EQ((*narrow)->link, monitor().find("right")->index);
  EXPECT_EQ((*narrow)->prefix, 16U);

  const auto masked = monitor().best_link_route(ip("10.1.0.5"), 8, {});
  ASSERT_TRUE(masked && *masked);
  EXPECT_EQ((*masked)->prefix, 8U);

  const auto through_left =
      monitor().best_link_route(ip("10.1.0.5"), {}, monitor().find("left")->index);
  ASSERT_TRUE(through_left && *through_left);
  EXPECT_EQ((*through_left)->prefix, 8U);

  const auto nowhere = monitor().best_link_route(ip("192.0.2.1"), {}, {});
  ASSERT_TRUE(nowhere);
  EXPECT_EQ(*nowhere, std::nullopt);
}

TEST_F(LinkMonitorTest, ADroppedSubscriptionHearsNothing) {
  int heard = 0;
  auto subscription = monitor().subscribe([&](const LinkEvent&) { ++heard; });
  subscription.reset();
  set_flags("right", 0);
  ASSERT_TRUE(run_until([&] { return happened(LinkChange::kCarrierLost, "left"); }));
  EXPECT_EQ(heard, 0);
}

}  // namespace
}  // namespace hb::io
