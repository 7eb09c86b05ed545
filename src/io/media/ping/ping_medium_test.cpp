#include "io/media/ping/ping_medium.h"

#include <chrono>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "io/media/namespaces_testing.h"
#include "io/media/patience_testing.h"
#include "io/media/ping/echo_packet.h"
#include "io/media/ping/echo_socket.h"

namespace hb::io {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::NetworkNamespace;

IpAddress ip(const std::string& text) { return *IpAddress::parse(text); }

// Our node (10.77.0.1, fd00::1) and a machine (10.77.0.2 and .3, fd00::2) whose kernel answers.
class PingMediumTest : public ::testing::Test, public MediumObserver {
 protected:
  PingMediumTest() {
    ours_.enter();
    NetworkNamespace::run("ip link add eth0 type veth peer name eth0 netns " + theirs_.path());
    NetworkNamespace::run(
        "ip addr add 10.77.0.1/24 brd + dev eth0; ip addr add fd00::1/64 dev eth0 nodad; "
        "ip link set eth0 up");
    theirs_.in([] {
      NetworkNamespace::run(
          "for a in 10.77.0.2/24 10.77.0.3/24; do ip addr add $a dev eth0; done; "
          "ip addr add fd00::2/64 dev eth0 nodad; ip link set eth0 up");
    });
  }

  void on_datagram(Medium&, std::string_view datagram) override { heard_.emplace_back(datagram); }
  void on_report(Medium&, const Message& report) override { reports_.push_back(report.text); }

  std::unique_ptr<PingMedium> opened(PingConfig config) {
    auto medium = make_ping_medium({loop_, batch_, *this}, std::move(config));
    const auto result = medium->open();
    EXPECT_TRUE(result) << result.error().text();
    return medium;
  }
  std::unique_ptr<PingMedium> group(const std::vector<std::string>& hosts) {
    PingConfig config{.type = "ping_group", .name = "gates", .hosts = {}};
    for (const std::string& host : hosts) config.hosts.push_back({host, ip(host)});
    return opened(std::move(config));
  }

  // Asks again until the cable is seen and neighbours know each other.
  void ask_until_heard(Medium& medium, const std::string& packet) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (heard_.empty() && std::chrono::steady_clock::now() < end) {
      medium.send(packet);
      loop_.run_one_for(50ms);
      loop_.restart();
    }
    ASSERT_FALSE(heard_.empty()) << ::testing::PrintToString(reports_);
    settle();
  }
  // What is still under way arrives.
  void settle() {
    while (loop_.run_one_for(50ms) > 0) loop_.restart();
    loop_.restart();
  }

  // Whether something waits in a raw socket of ours: rx_queue of /proc/net/raw.
  static bool something_waits(const char* file = "raw") {
    std::ifstream sockets(std::string("/proc/thread-self/net/") + file);
    std::string line;
    std::getline(sockets, line);  // headings
    while (std::getline(sockets, line)) {
      if (!split_words(line).at(4).ends_with(":00000000")) return true;
    }
    return false;
  }
  static bool comes_to_wait() {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!something_waits()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  // An answer that nobody asked for, from that machine.
  void forge(const std::string& from, EchoHeader header, const std::string& payload) {
    std::string message = make_echo_request(AddressFamily::kIpv4, header, payload);
    message[0] = '\0';
    message[2] = static_cast<char>(message[2] + 8);
    theirs_.in([&] {
      const auto socket = open_echo_socket(AddressFamily::kIpv4);
      ASSERT_TRUE(socket);
      sockaddr_in source{};
      source.sin_family = AF_INET;
      std::memcpy(&source.sin_addr, ip(from).bytes().data(), 4);
      ASSERT_EQ(::bind(socket->get(), reinterpret_cast<sockaddr*>(&source), sizeof source), 0);
      ASSERT_TRUE(send_echo(socket->get(), ip("10.77.0.1"), message));
    });
  }
  static std::uint16_t our_identifier() { return static_cast<std::uint16_t>(::getpid()); }

  NetworkNamespace ours_, theirs_;
  asio::io_context loop_;
  ReceiveBatch batch_;
  std::vector<std::string> heard_, reports_;
};

TEST_F(PingMediumTest, AHostSendsBackWhatItIsSent) {
  const auto medium =
      opened({.type = "ping", .name = "router", .hosts = {{"router", ip("10.77.0.2")}}});
  EXPECT_EQ(medium->link_name(), LinkName("router"));
  EXPECT_EQ(medium->description(), "ping router");
  ask_until_heard(*medium, "###\na packet");
  EXPECT_EQ(heard_.front(), "###\na packet");
  EXPECT_EQ(medium->host_statistics(0).answered, heard_.size());
  EXPECT_GT(medium->host_statistics(0).last_trip, 0ns);
  EXPECT_TRUE(medium->host_statistics(0).last_answer);
}

TEST_F(PingMediumTest, AHostOfIpv6Too) {
  const auto medium = opened({.type = "ping6",
                              .name = "fd00::2",
                              .family = AddressFamily::kIpv6,
                              .hosts = {{"fd00::2", ip("fd00::2")}}});
  ask_until_heard(*medium, "###\na packet");
  EXPECT_EQ(heard_.front(), "###\na packet");
}

TEST_F(PingMediumTest, AGroupIsHeardOnceARound) {
  const auto medium = group({"10.77.0.2", "10.77.0.3", "10.77.0.77"});
  ask_until_heard(*medium, "###\nfirst");
  while (medium->host_statistics(1).answered == 0) {
    medium->send("###\nfirst");
    settle();
  }
  heard_.clear();
  medium->send("###\nsecond");
  settle();
  EXPECT_THAT(heard_, ElementsAre("###\nsecond"));
  EXPECT_EQ(medium->host_statistics(2).answered, 0U);
}

TEST_F(PingMediumTest, OneHostOfAGroupIsEnough) {
  const auto medium = group({"10.77.0.77", "10.77.0.3"});
  ask_until_heard(*medium, "###\na packet");
  EXPECT_EQ(heard_.front(), "###\na packet");
}

TEST_F(PingMediumTest, DrainHandsOverWhatWaits) {
  const auto medium = group({"10.77.0.2"});
  ask_until_heard(*medium, "###\nfirst");
  heard_.clear();
  medium->send("###\nsecond");
  ASSERT_TRUE(comes_to_wait());
  EXPECT_TRUE(medium->drain());
  EXPECT_THAT(heard_, ElementsAre("###\nsecond"));
}

// Every raw socket gets a copy of all ICMP of the machine; these are dropped before we are woken.
TEST_F(PingMediumTest, ForeignPingsDoNotWakeUs) {
  const auto medium = group({"10.77.0.2"});
  ask_until_heard(*medium, "###\nfirst");
  const std::uint16_t ours = our_identifier();
  forge("10.77.0.2", {.identifier = static_cast<std::uint16_t>(ours + 1), .sequence = 0}, "###\nx");
  forge("10.77.0.2", {.identifier = ours, .sequence = 0}, "a ping of others");
  forge("10.77.0.3", {.identifier = ours, .sequence = 0}, "###\nx");
  NetworkNamespace::run("ping -c 1 -W 5 10.77.0.2 >/dev/null");  // passed all others on its way
  EXPECT_FALSE(something_waits());
  EXPECT_TRUE(theirs_.in([] {
    NetworkNamespace::run("ping -c 1 -W 5 10.77.0.1 >/dev/null");
    return true;
  }));
  EXPECT_FALSE(something_waits());
}

TEST_F(PingMediumTest, AnAnswerThatNobodyAskedForIsNotBelieved) {
  const auto medium = group({"10.77.0.2"});
  ask_until_heard(*medium, "###\nfirst");
  heard_.clear();
  forge("10.77.0.2", {.identifier = our_identifier(), .sequence = 999}, "###\nfirst");
  forge("10.77.0.2", {.identifier = our_identifier(), .sequence = 0}, "###\nfirst, changed");
  ASSERT_TRUE(comes_to_wait());
  settle();
  EXPECT_THAT(heard_, IsEmpty());
}

TEST_F(PingMediumTest, AHostWithoutARouteIsToldOnceAndAskedOn) {
  const auto medium = group({"198.51.100.1"});
  for (int i = 0; i < 3; ++i) medium->send("###\na packet");
  settle();
  EXPECT_THAT(reports_, ElementsAre(HasSubstr("198.51.100.1 cannot be asked")));
  EXPECT_EQ(medium->host_statistics(0).refused, 3U);
  NetworkNamespace::run("ip route add 198.51.100.0/24 dev eth0");
  medium->send("###\na packet");
  settle();
  EXPECT_THAT(reports_.back(), HasSubstr("198.51.100.1 can be asked again"));
}

TEST_F(PingMediumTest, ABroadcastAddressIsNoHost) {
  const auto medium = group({"10.77.0.255"});
  medium->send("###\na packet");
  settle();
  EXPECT_THAT(reports_, ElementsAre(HasSubstr("10.77.0.255 cannot be asked")));
}

TEST_F(PingMediumTest, AHostWhoseAddressIsNotKnownYetIsAskedLater) {
  const auto medium =
      opened({.type = "ping", .name = "router", .hosts = {{"router", std::nullopt}}});
  medium->send("###\nfirst");
  settle();
  EXPECT_THAT(reports_, IsEmpty());
  medium->set_address(0, ip("10.77.0.2"));
  ask_until_heard(*medium, "###\nsecond");
  EXPECT_EQ(heard_.front(), "###\nsecond");
}

// Names that the test knows; answers from the loop.
class TableLookup final : public NameLookup {
 public:
  explicit TableLookup(asio::io_context& loop) : loop_(loop) {}
  void look_up(const std::string& name, bool ipv6, Done done) override {
    std::vector<asio::ip::address> found;
    for (const std::string& text : table[name]) {
      const auto address = asio::ip::make_address(text);
      if (address.is_v6() == ipv6) found.push_back(address);
    }
    asio::post(loop_, [found, done = std::move(done)] { done(found); });
  }
  std::map<std::string, std::vector<std::string>> table;

 private:
  asio::io_context& loop_;
};

TEST_F(PingMediumTest, ANameIsAskedByTheAddressOfTheWantedFamily) {
  TableLookup names(loop_);
  names.table["router"] = {"fd00::2", "10.77.0.2"};
  for (const AddressFamily family : {AddressFamily::kIpv4, AddressFamily::kIpv6}) {
    PingConfig config{
        .type = "ping", .name = "router", .family = family, .hosts = {{"router", {}}}};
    heard_.clear();
    const auto medium = make_ping_medium({loop_, batch_, *this, &names}, std::move(config));
    ASSERT_TRUE(medium->open());
    ask_until_heard(*medium, "###\nby name");
    EXPECT_EQ(heard_.front(), "###\nby name");
  }
  EXPECT_THAT(reports_, IsEmpty());
}

TEST_F(PingMediumTest, ANameThatDoesNotResolveIsToldAndTheOthersOfTheGroupAnswer) {
  TableLookup names(loop_);
  PingConfig config{
      .type = "ping_group", .name = "gates", .hosts = {{"nowhere", {}}, {"", ip("10.77.0.2")}}};
  const auto medium = make_ping_medium({loop_, batch_, *this, &names}, std::move(config));
  ASSERT_TRUE(medium->open());
  ask_until_heard(*medium, "###\nfirst");
  EXPECT_THAT(reports_, ElementsAre("ping_group gates: nowhere does not resolve now; it is tried "
                                    "again"));
}

TEST_F(PingMediumTest, TwoPingNodesOfOneHostDoNotAnswerForEachOther) {
  const auto router = group({"10.77.0.2"});
  ask_until_heard(*router, "###\nrouter");
  const auto again = group({"10.77.0.2"});
  heard_.clear();
  router->send("###\nrouter");
  ASSERT_TRUE(comes_to_wait());
  EXPECT_TRUE(again->drain());
  EXPECT_THAT(heard_, IsEmpty());
  EXPECT_TRUE(router->drain());
  EXPECT_THAT(heard_, ElementsAre("###\nrouter"));
}

}  // namespace
}  // namespace hb::io
