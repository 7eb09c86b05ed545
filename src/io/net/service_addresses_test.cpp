#include "io/net/service_addresses.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/if_packet.h>

#include "io/net/arp_packet.h"
#include "io/net/packet_socket.h"
#include "io/net/test_network.h"

namespace hb::io {
namespace {

constexpr auto kIpaddr = AddressAgent::kIpaddr;
constexpr auto kIpaddr2 = AddressAgent::kIpaddr2;
constexpr auto kIpv6addr = AddressAgent::kIpv6addr;

class ServiceAddressesTest : public NetworkTest {
 protected:
  void SetUp() override {
    NetworkTest::SetUp();
    addresses_ = std::make_unique<ServiceAddresses>(loop, monitor());
  }

  ServiceAddresses& addresses() { return *addresses_; }
  void use(ServiceAddresses::Options options) {
    addresses_ = std::make_unique<ServiceAddresses>(loop, monitor(), options);
  }

  Expected<AddressPlace, IoError> add(AddressAgent agent, const std::string& text) {
    std::optional<Expected<AddressPlace, IoError>> result;
    addresses().add(agent, service(text),
                    [&](const Expected<AddressPlace, IoError>& added) { result = added; });
    EXPECT_TRUE(run_until([&] { return result.has_value(); })) << text;
    if (!result) return unexpected(IoError{EIO, "no answer"});
    return *result;
  }

  std::string place_of(AddressAgent agent, const std::string& text) {
    const auto place = addresses().find(agent, service(text));
    return place ? place->interface + "/" + std::to_string(place->prefix) : "nowhere";
  }

  const LinkAddress* entry(const std::string& address) {
    for (const LinkAddress& present : monitor().addresses()) {
      if (present.address == ip(address)) return &present;
    }
    return nullptr;
  }

  std::string add_error(AddressAgent agent, const std::string& text) {
    const auto added = add(agent, text);
    return added ? "no error" : added.error().text();
  }

  UniqueFd listen_on(const std::string& name) {
    auto socket = open_arp_socket(monitor().find(name)->index);
    EXPECT_TRUE(socket) << socket.error().text();
    return socket ? std::move(*socket) : UniqueFd();
  }

 private:
  std::unique_ptr<ServiceAddresses> addresses_;
};

TEST_F(ServiceAddressesTest, AddsFindsAndRemoves) {
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.7/24/left"), "nowhere");
  const auto added = add(kIpaddr2, "192.0.2.7/24/left");
  ASSERT_TRUE(added) << added.error().text();
  EXPECT_EQ(added->interface, "left");
  EXPECT_EQ(added->prefix, 24U);
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.7/24/left"), "left/24");
  ASSERT_NE(entry("192.0.2.7"), nullptr);
  EXPECT_EQ(entry("192.0.2.7")->broadcast, ip("192.0.2.255"));
  EXPECT_EQ(entry("192.0.2.7")->label, "left");

  ASSERT_TRUE(addresses().remove(kIpaddr2, service("192.0.2.7/24/left")));
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.7/24/left"), "nowhere");
  EXPECT_TRUE(addresses().announcer().idle());
}

TEST_F(ServiceAddressesTest, IsThereWhenAddReturns) {
  addresses().add(kIpaddr2, service("192.0.2.7/24/left"), [](const auto&) {});
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.7/24/left"), "left/24");
  EXPECT_EQ(addresses().announcer().packets_sent(), 1U);
}

TEST_F(ServiceAddressesTest, DoingItTwiceSucceeds) {
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.7/24/left"));
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.7/24/left"));
  ASSERT_TRUE(addresses().remove(kIpaddr2, service("192.0.2.7/24/left")));
  ASSERT_TRUE(addresses().remove(kIpaddr2, service("192.0.2.7/24/left")));
}

TEST_F(ServiceAddressesTest, TakesInterfaceAndPrefixFromTheRoute) {
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.1/24/left"));
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.7"));
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.7"), "left/24");
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.7/24/left"), "left/24");
  ASSERT_TRUE(add(kIpaddr, "192.0.2.8"));
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.8/24/left"), "left/24");
  ASSERT_TRUE(addresses().remove(kIpaddr2, service("192.0.2.7")));
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.7"), "nowhere");
}

TEST_F(ServiceAddressesTest, RunningIsStricterForIpaddr2) {
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.7/24/left"));
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.7/32/left"), "nowhere");
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.7/24/right"), "nowhere");
  EXPECT_EQ(place_of(kIpaddr, "192.0.2.7/32/right"), "left/24");
}

TEST_F(ServiceAddressesTest, KeepsLabelAndBroadcast) {
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.7/24/left:web/192.0.2.99"));
  EXPECT_EQ(entry("192.0.2.7")->label, "left:web");
  EXPECT_EQ(entry("192.0.2.7")->broadcast, ip("192.0.2.99"));
}

TEST_F(ServiceAddressesTest, SetsTheInterfaceUp) {
  set_flags("left", 0);
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.7/24/left"));
  EXPECT_TRUE(run_until([&] { return monitor().has_carrier("left"); }));
}

TEST_F(ServiceAddressesTest, PutsBackWhatTheKernelDropsAlong) {
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.7/24/left"));
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.8/24/left"));
  ASSERT_TRUE(entry("192.0.2.8")->secondary);
  ASSERT_TRUE(addresses().remove(kIpaddr2, service("192.0.2.7/24/left")));
  EXPECT_EQ(entry("192.0.2.7"), nullptr);
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.8/24/left"), "left/24");
}

TEST_F(ServiceAddressesTest, TakesTheAddressFromLoAndGivesItBack) {
  ASSERT_TRUE(add(kIpaddr, "192.0.2.7/32/lo"));
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.7"), "nowhere") << "on lo nobody can reach it";
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.7/24/left"));
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.7/32/lo"), "nowhere");
  ASSERT_TRUE(addresses().remove(kIpaddr2, service("192.0.2.7/24/left")));
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.7/32/lo"), "lo/32");
}

TEST_F(ServiceAddressesTest, SaysWhatWasTriedWhenItFails) {
  EXPECT_EQ(add_error(kIpaddr2, "192.0.2.7/24/none"),
            "add 192.0.2.7/24/none to interface none: No such device");
  EXPECT_EQ(add_error(kIpaddr2, "192.0.2.7"),
            "find by the routes where 192.0.2.7 belongs (give mask and interface): Cannot assign "
            "requested address");
}

TEST_F(ServiceAddressesTest, Ipv6IsUsableAtOnceWithoutDetection) {
  ASSERT_TRUE(add(kIpv6addr, "fd77::150/64/left"));
  ASSERT_NE(entry("fd77::150"), nullptr);
  EXPECT_FALSE(entry("fd77::150")->tentative);
  EXPECT_EQ(place_of(kIpv6addr, "fd77::150"), "left/64");
  ASSERT_TRUE(addresses().remove(kIpv6addr, service("fd77::150/64/left")));
  EXPECT_EQ(place_of(kIpv6addr, "fd77::150"), "nowhere");
}

TEST_F(ServiceAddressesTest, Ipv6DetectionIsWaitedFor) {
  use({.detect_duplicates = true});
  ASSERT_TRUE(add(kIpaddr2, "fd77::150/64/left"));
  EXPECT_FALSE(entry("fd77::150")->tentative);
}

TEST_F(ServiceAddressesTest, Ipv6DetectionFindsAnotherOwner) {
  ASSERT_TRUE(add(kIpv6addr, "fd77::150/64/right"));
  use({.detect_duplicates = true});
  EXPECT_EQ(add_error(kIpv6addr, "fd77::150/64/left"),
            "add fd77::150/64 on left, which another machine has: Address already in use");
  EXPECT_EQ(place_of(kIpv6addr, "fd77::150/64/left"), "nowhere");
}

TEST_F(ServiceAddressesTest, RemovingEndsAnAddThatWaits) {
  use({.probe_before = std::chrono::seconds(60)});
  std::optional<Expected<AddressPlace, IoError>> result;
  addresses().add(kIpaddr2, service("192.0.2.7/24/left"),
                  [&](const Expected<AddressPlace, IoError>& added) { result = added; });
  ASSERT_TRUE(addresses().remove(kIpaddr2, service("192.0.2.7/24/left")));
  ASSERT_TRUE(run_until([&] { return result.has_value(); }));
  ASSERT_FALSE(*result);
  EXPECT_EQ(result->error().code, ECANCELED);
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.7"), "nowhere");
}

// Sends ARP out of `right` as another machine would that has the address.
void answer_as_owner(Link right, const std::string& address) {
  right.hardware = {0x02, 0, 0, 0, 0, 0x07};
  auto socket = open_sending_packet_socket();
  ASSERT_TRUE(socket);
  ASSERT_TRUE(send_to_all(socket->get(), right, kEtherTypeArp,
                          encode(gratuitous_arp(ArpOperation::kReply, ip(address), right))));
}

TEST_F(ServiceAddressesTest, AProbeThatIsAnsweredRefusesTheAddress) {
  use({.probe_before = std::chrono::seconds(60)});
  std::optional<Expected<AddressPlace, IoError>> result;
  addresses().add(kIpaddr2, service("192.0.2.7/24/left"),
                  [&](const Expected<AddressPlace, IoError>& added) { result = added; });
  answer_as_owner(*monitor().find("right"), "192.0.2.7");
  ASSERT_TRUE(run_until([&] { return result.has_value(); }));
  ASSERT_FALSE(*result);
  EXPECT_EQ(result->error().code, EADDRINUSE);
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.7"), "nowhere");
}

TEST_F(ServiceAddressesTest, AnUnansweredProbeLetsItThrough) {
  use({.probe_before = std::chrono::milliseconds(30)});
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.7/24/left"));
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.7/24/left"), "left/24");
}

TEST_F(ServiceAddressesTest, AnotherOwnerIsReportedAfterTaking) {
  use({.watch_after = std::chrono::seconds(60)});
  std::optional<AddressConflict> conflict;
  addresses().on_conflict([&](const AddressConflict& found) { conflict = found; });
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.7/24/left"));
  answer_as_owner(*monitor().find("right"), "192.0.2.7");
  ASSERT_TRUE(run_until([&] { return conflict.has_value(); }));
  EXPECT_EQ(conflict->address, ip("192.0.2.7"));
  EXPECT_EQ(conflict->interface, "left");
  EXPECT_EQ(conflict->owner, "02:00:00:00:00:07");
}

TEST_F(ServiceAddressesTest, ASecondCardOfThisMachineIsNoOtherOwner) {
  // Both ends of the cable are ours, and `right` answers for all addresses of the machine.
  use({.watch_after = std::chrono::milliseconds(90)});
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.1/24/right"));
  bool conflict = false;
  addresses().on_conflict([&](const AddressConflict&) { conflict = true; });
  const UniqueFd left = listen_on("left");
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.7/24/left"));
  bool answered = false;
  ASSERT_TRUE(run_until([&] {
    const auto packet = decode_arp(receive_packet(left.get()).bytes);
    answered = answered || (packet && packet->operation == ArpOperation::kReply &&
                            packet->sender == ip("192.0.2.7"));
    return answered;
  }));
  loop.poll();
  EXPECT_FALSE(conflict);
}

TEST_F(ServiceAddressesTest, TheListenerHearsOnlyWhomItListensTo) {
  ArpListener listener(loop);
  std::vector<std::string> heard;
  const auto hear = [&](const ArpPacket& packet, int link) {
    heard.push_back(packet.sender.text() + " on " + monitor().find(link)->name);
  };
  ASSERT_TRUE(listener.listen(ip("192.0.2.7"), hear));
  ASSERT_TRUE(listener.listen(ip("192.0.2.9"), hear));
  const Link right = *monitor().find("right");
  for (const std::string address : {"192.0.2.7", "192.0.2.8", "192.0.2.9"}) {
    answer_as_owner(right, address);
  }
  ASSERT_TRUE(run_until([&] { return heard.size() >= 2; }));
  listener.ignore(ip("192.0.2.7"));
  answer_as_owner(right, "192.0.2.7");
  answer_as_owner(right, "192.0.2.9");
  ASSERT_TRUE(run_until([&] { return heard.size() >= 3; }));
  EXPECT_EQ(heard, (std::vector<std::string>{"192.0.2.7 on left", "192.0.2.9 on left",
                                             "192.0.2.9 on left"}));
}

// What the other end of the cable hears of the address.
struct Heard {
  std::chrono::steady_clock::time_point at;
  ArpPacket packet;
};

TEST_F(ServiceAddressesTest, NeighboursHearFivePairsOfArp) {
  const UniqueFd right = listen_on("right");
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.7/24/left"));

  std::vector<Heard> heard;
  ASSERT_TRUE(run_until([&] {
    for (auto received = receive_packet(right.get()); !received.bytes.empty();
         received = receive_packet(right.get())) {
      const auto packet = decode_arp(received.bytes);
      if (packet && packet->sender == ip("192.0.2.7")) {
        heard.push_back({std::chrono::steady_clock::now(), *packet});
      }
    }
    return heard.size() >= 10;
  }));
  const Link left = *monitor().find("left");
  for (std::size_t i = 0; i < heard.size(); ++i) {
    const auto operation = i % 2 == 0 ? ArpOperation::kRequest : ArpOperation::kReply;
    EXPECT_EQ(heard[i].packet, gratuitous_arp(operation, ip("192.0.2.7"), left)) << i;
  }
  const auto took = heard.back().at - heard.front().at;
  EXPECT_GE(took, std::chrono::milliseconds(850));
}

TEST_F(ServiceAddressesTest, TheReturnOfTheCableAnnouncesAgain) {
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.7/24/left"));
  ASSERT_TRUE(run_until([&] { return addresses().announcer().packets_sent() >= 3; }));
  set_flags("right", 0);
  ASSERT_TRUE(run_until([&] { return !monitor().has_carrier("left"); }));
  set_flags("right", IFF_UP);
  ASSERT_TRUE(run_until([&] { return monitor().has_carrier("left"); }));
  const UniqueFd right = listen_on("right");
  std::optional<ArpPacket> first;
  ASSERT_TRUE(run_until([&] {
    if (!first) first = decode_arp(receive_packet(right.get()).bytes);
    return first.has_value();
  }));
  EXPECT_EQ(first->sender, ip("192.0.2.7"));
}

TEST_F(ServiceAddressesTest, AnnouncingEndsWhenSomebodyElseRemovesTheAddress) {
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.7/24/left"));
  EXPECT_FALSE(addresses().announcer().idle());
  ServiceAddresses somebody_else(loop, monitor());
  ASSERT_TRUE(somebody_else.remove(kIpaddr2, service("192.0.2.7/24/left")));
  EXPECT_TRUE(run_until([&] { return addresses().announcer().idle(); }));
}

TEST_F(ServiceAddressesTest, RemovingAndAddingAgainGoesOnAnnouncing) {
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.7/24/left"));
  ASSERT_TRUE(addresses().remove(kIpaddr2, service("192.0.2.7/24/left")));
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.7/24/left"));
  const auto sent = addresses().announcer().packets_sent();
  EXPECT_TRUE(run_until([&] { return addresses().announcer().packets_sent() >= sent + 3; }));
}

// ---- what goes without our doing ----

class RestoredTest : public ServiceAddressesTest {
 protected:
  void SetUp() override {
    ServiceAddressesTest::SetUp();
    addresses().on_restored(
        [&](const ServiceAddresses::Restored& restored) { told_.push_back(restored); });
  }

  // As an administrator would, behind our back.
  void remove_by_hand(const std::string& text) {
    ServiceAddresses hand(loop, monitor());
    ASSERT_TRUE(hand.remove(kIpaddr2, service(text)));
  }

  std::vector<ServiceAddresses::Restored> told_;
};

TEST_F(RestoredTest, WhatSomebodyRemovesIsPutBackAndAnnounced) {
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.7/24/left"));
  const auto announced = addresses().announcer().packets_sent();
  remove_by_hand("192.0.2.7");
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.7"), "nowhere");
  ASSERT_TRUE(run_until([&] { return !told_.empty(); }));
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.7"), "left/24");
  EXPECT_GT(addresses().announcer().packets_sent(), announced);
}

TEST_F(RestoredTest, WhatVanishesWithItsInterfaceIsPutBackWhenThatReturns) {
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.7/24/left"));
  pull_cable();
  ASSERT_TRUE(run_until([&] { return told_.size() == 1; }));
  ASSERT_FALSE(told_[0].result);
  EXPECT_EQ(told_[0].result.error().code, ENODEV);
  lay_cable();
  ASSERT_TRUE(run_until([&] { return told_.size() == 2; }));
  ASSERT_TRUE(told_[1].result) << told_[1].result.error().text();
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.7"), "left/24");
}

TEST_F(RestoredTest, WhatWeRemovedOurselvesStaysAway) {
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.7/24/left"));
  ASSERT_TRUE(add(kIpaddr2, "192.0.2.8/24/left"));
  ASSERT_TRUE(addresses().remove(kIpaddr2, service("192.0.2.7/24/left")));
  remove_by_hand("192.0.2.8");
  ASSERT_TRUE(run_until([&] { return !told_.empty(); }));
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.8"), "left/24");
  EXPECT_EQ(place_of(kIpaddr2, "192.0.2.7"), "nowhere");
}

}  // namespace
}  // namespace hb::io
