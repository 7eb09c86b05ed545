#include "io/media/tcp_medium.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "io/media/length_framer.h"
#include "io/media/namespaces_testing.h"
#include "io/media/patience_testing.h"

namespace hb::io {
namespace {

using namespace std::chrono_literals;
using asio::ip::make_address;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::NetworkNamespace;

const std::string kTcpPacket = "###\npacket";

// What one of the two nodes hears and is told.
struct Ear final : MediumObserver {
  void on_datagram(Medium&, std::string_view packet) override { heard.emplace_back(packet); }
  void on_report(Medium&, const Message& report) override { reports.push_back(report.text); }
  std::vector<std::string> heard, reports;
};

// Node 1 (10.77.0.1, fd77::1) and node 2 with a medium each, in namespaces of their own.
class TcpMediumTest : public ::testing::Test {
 protected:
  TcpMediumTest() {
    home_[0].in([&] {
      NetworkNamespace::run("ip link add eth0 type veth peer name eth0 netns " + home_[1].path());
    });
    for (int i = 0; i < 2; ++i) home_[i].in([&] { set_up(i + 1); });
  }
  static void set_up(int number) {
    const std::string n = std::to_string(number);
    NetworkNamespace::run("ip addr add 10.77.0." + n + "/24 brd + dev eth0; ip addr add fd77::" +
                          n + "/64 dev eth0 nodad; ip addr add fe80::77:" + n +
                          "/64 dev eth0 nodad; ip link set eth0 up");
  }

  // The media look at their interface in their own namespace.
  void turn() {
    for (int i = 0; i < 2; ++i) {
      home_[i].in([&] { loop_[i].run_for(5ms); });
      loop_[i].restart();
    }
  }
  void until(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!condition() && std::chrono::steady_clock::now() < end) turn();
    ASSERT_TRUE(condition()) << ::testing::PrintToString(ear_[0].reports) << " and "
                             << ::testing::PrintToString(ear_[1].reports);
  }
  void turn_for(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) turn();
  }

  std::unique_ptr<Medium> open(int node, const std::vector<std::string>& peers) {
    TcpConfig config{.interface = "eth0", .peers = {}, .names = {}, .port = 694};
    for (const std::string& peer : peers) config.peers.push_back(make_address(peer));
    return home_[node].in([&] {
      auto medium = make_tcp_medium({loop_[node], batch_, ear_[node]}, config);
      const auto opened = medium->open();
      EXPECT_TRUE(opened) << opened.error().text();
      return medium;
    });
  }
  // Both ends, with the same lines, as people write them.
  void open_both(const std::vector<std::string>& peers = {"10.77.0.1", "10.77.0.2"}) {
    for (int i = 0; i < 2; ++i) medium_[i] = open(i, peers);
    until([&] { return is_connected(0) && is_connected(1); });
  }
  [[nodiscard]] bool is_connected(int node) const {
    return !ear_[node].reports.empty() &&
           ear_[node].reports.back().find(": connected with") != std::string::npos;
  }
  // Established connections as the kernel counts them, on port 694 at either end.
  int connections(int node) {
    return home_[node].in([] {
      int count = 0;
      FILE* list =
          ::popen("ss -Htn state established '( sport = 694 or dport = 694 )' | wc -l", "r");
      EXPECT_EQ(::fscanf(list, "%d", &count), 1);
      ::pclose(list);
      return count;
    });
  }
  void exchange() {
    for (int i = 0; i < 2; ++i) medium_[i]->send(kTcpPacket);
    until([&] { return !ear_[0].heard.empty() && !ear_[1].heard.empty(); });
    EXPECT_EQ(ear_[0].heard.front(), kTcpPacket);
    EXPECT_EQ(ear_[1].heard.front(), kTcpPacket);
  }
  // A plain socket of the other machine, connected to ours.
  UniqueFd plain(int from, const std::string& to) {
    return home_[from].in([&] {
      UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(694);
      EXPECT_EQ(::inet_pton(AF_INET, to.c_str(), &address.sin_addr), 1);
      EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0)
          << std::strerror(errno);
      return fd;
    });
  }
  static bool is_closed(const UniqueFd& fd) {
    char byte = 0;
    const ssize_t got = ::recv(fd.get(), &byte, 1, MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno == ECONNRESET);
  }

  NetworkNamespace home_[2];
  asio::io_context loop_[2];
  ReceiveBatch batch_;
  Ear ear_[2];
  std::unique_ptr<Medium> medium_[2];
};

TEST_F(TcpMediumTest, CarriesPacketsBothWaysOverOneConnection) {
  open_both();
  exchange();
  turn_for(500ms);
  EXPECT_EQ(connections(0), 1);
  EXPECT_EQ(connections(1), 1);
  exchange();
  EXPECT_EQ(medium_[0]->description(), "tcp eth0");
  EXPECT_EQ(medium_[0]->link_name(), LinkName("eth0"));
}

TEST_F(TcpMediumTest, WorksWithIpv6AndWithLinkLocalAddresses) {
  open_both({"fd77::1", "fd77::2"});
  exchange();
}

TEST_F(TcpMediumTest, WorksWithLinkLocalAddresses) {
  open_both({"fe80::77:1", "fe80::77:2"});
  exchange();
}

TEST_F(TcpMediumTest, OneSideMayBeTheOnlyOneThatCanDial) {
  home_[1].in([] {  // nobody gets in at node 2
    NetworkNamespace::run(
        "nft 'add table t; add chain t i { type filter hook input priority 0; }; "
        "add rule t i tcp dport 694 tcp flags & (syn | ack) == syn drop'");
  });
  open_both();
  exchange();
  EXPECT_EQ(connections(0), 1);
}

TEST_F(TcpMediumTest, TheLargestPacketAndManyPass) {
  open_both();
  const std::string large(LengthFramer::kLongest, 'x');
  medium_[0]->send(large);
  for (int i = 0; i < 200; ++i) medium_[0]->send(kTcpPacket);
  until([&] { return ear_[1].heard.size() == 201; });
  EXPECT_EQ(ear_[1].heard.front(), large);
  medium_[0]->send(large + "x");
  EXPECT_EQ(medium_[0]->statistics().send_errors, 1U);
}

TEST_F(TcpMediumTest, IsConnectedAgainAfterThePeersRestart) {
  open_both();
  medium_[1].reset();
  until([&] { return !is_connected(0); });
  EXPECT_THAT(ear_[0].reports.back(), HasSubstr("10.77.0.2"));
  medium_[0]->send(kTcpPacket);
  EXPECT_EQ(medium_[0]->statistics().unsent, 1U);
  medium_[1] = open(1, {"10.77.0.1", "10.77.0.2"});
  until([&] { return is_connected(0); });
  exchange();
}

TEST_F(TcpMediumTest, ASlowPeerCostsItsOldestPacketsAndNothingElse) {
  medium_[0] = open(0, {"10.77.0.2"});
  const UniqueFd deaf = plain(1, "10.77.0.1");
  until([&] { return is_connected(0); });
  const std::string packet(1000, 'x');
  for (int i = 0; i < 10'000; ++i) medium_[0]->send(packet);
  EXPECT_GT(medium_[0]->statistics().send_drops, 1000U);
  EXPECT_TRUE(is_connected(0));
}

TEST_F(TcpMediumTest, StrangersAreNotLetIn) {
  medium_[0] = open(0, {"10.77.0.9"});
  const UniqueFd stranger = plain(1, "10.77.0.1");
  until([&] { return is_closed(stranger); });
  EXPECT_THAT(ear_[0].reports, Contains(HasSubstr("10.77.0.2 may not connect")));
  EXPECT_THAT(ear_[0].heard, IsEmpty());
}

TEST_F(TcpMediumTest, WhoSendsSomethingElseThanPacketsIsCutOff) {
  medium_[0] = open(0, {"10.77.0.2"});
  const UniqueFd http = plain(1, "10.77.0.1");
  EXPECT_GT(::send(http.get(), "GET / HTTP/1.0\r\n\r\n", 18, 0), 0);
  until([&] { return is_closed(http); });
  EXPECT_THAT(ear_[0].heard, IsEmpty());
}

TEST_F(TcpMediumTest, OfAPeersConnectionsTheNewestCounts) {
  medium_[0] = open(0, {"10.77.0.2"});
  const UniqueFd before = plain(1, "10.77.0.1");
  until([&] { return is_connected(0); });
  const UniqueFd after = plain(1, "10.77.0.1");
  until([&] { return is_closed(before); });
  EXPECT_FALSE(is_closed(after));
}

TEST_F(TcpMediumTest, SaysThatNobodyListensAndNamesTheLikelyReason) {
  medium_[0] = open(0, {"10.77.0.2"});
  until([&] { return !ear_[0].reports.empty(); });
  EXPECT_THAT(ear_[0].reports.front(), HasSubstr("10.77.0.2:694 refuses connections"));
  EXPECT_THAT(ear_[0].reports.front(), HasSubstr("3.0.6 does not know tcp"));
  turn_for(1500ms);
  EXPECT_EQ(ear_[0].reports.size(), 1U) << "told once";
}

TEST_F(TcpMediumTest, WaitsForTheInterfaceAndFindsItAgain) {
  open_both();
  home_[0].in([&] { NetworkNamespace::run("ip link del eth0"); });
  medium_[0]->interface_changed();
  until([&] { return medium_[0]->state() == MediumState::kWaiting; });
  EXPECT_THAT(ear_[0].reports, Contains(HasSubstr("waiting: ")));
  home_[0].in([&] {
    NetworkNamespace::run("ip link add eth0 type veth peer name eth0 netns " + home_[1].path());
  });
  for (int i = 0; i < 2; ++i) home_[i].in([&] { set_up(i + 1); });
  ear_[0].reports.clear();
  ear_[1].reports.clear();
  until([&] { return is_connected(0) && is_connected(1); });
  ear_[0].heard.clear();
  ear_[1].heard.clear();
  exchange();
}

TEST_F(TcpMediumTest, APortThatIsTakenIsNamed) {
  medium_[0] = open(0, {"10.77.0.2"});
  home_[0].in([&] {
    const auto second = make_tcp_medium(
        {loop_[0], batch_, ear_[0]},
        TcpConfig{
            .interface = "eth0", .peers = {make_address("10.77.0.2")}, .names = {}, .port = 694});
    const auto opened = second->open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().text(), "listen on port 694: Address already in use");
  });
}

TEST_F(TcpMediumTest, DrainReadsWhatWaits) {
  open_both();
  for (int i = 0; i < 50; ++i) medium_[0]->send(kTcpPacket);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (ear_[1].heard.size() < 50 && std::chrono::steady_clock::now() < end) {
    EXPECT_TRUE(medium_[1]->drain());
  }
  EXPECT_EQ(ear_[1].heard.size(), 50U);
}

}  // namespace
}  // namespace hb::io
