#include "io/media/udp_medium.h"

#include <chrono>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <asio/steady_timer.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/text.h"
#include "io/media/namespaces_testing.h"
#include "io/media/patience_testing.h"
#include "wire/active_status.h"

namespace hb::io {
namespace {

using namespace std::chrono_literals;
using asio::ip::make_address;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::NetworkNamespace;

constexpr std::uint16_t kPort = 694;
std::string packet(const std::string& text) { return "###\n" + text; }

sockaddr_in endpoint(const std::string& address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  EXPECT_EQ(::inet_pton(AF_INET, address.c_str(), &result.sin_addr), 1);
  return result;
}

// The other node: a plain socket in its own namespace, which knows nothing of our media.
class Peer {
 public:
  explicit Peer(const NetworkNamespace& home, const std::string& group = "")
      : socket_(home.in([] { return ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0); })) {
    const int on = 1;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
    const timeval patience{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const sockaddr_in any = endpoint("0.0.0.0", kPort);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
    if (!group.empty()) join(home, group);
  }

  void send(const std::string& to, const std::string& datagram, std::uint16_t port = kPort) {
    const sockaddr_in destination = endpoint(to, port);
    EXPECT_EQ(::sendto(socket_.get(), datagram.data(), datagram.size(), 0,
                       reinterpret_cast<const sockaddr*>(&destination), sizeof destination),
              static_cast<ssize_t>(datagram.size()))
        << std::strerror(errno);
  }

  [[nodiscard]] int fd() const { return socket_.get(); }

  struct Received {
    std::string datagram, from;
    std::uint16_t port = 0;
  };
  Received receive() {
    std::string buffer(65536, '\0');
    sockaddr_in from{};
    socklen_t length = sizeof from;
    const ssize_t size = ::recvfrom(socket_.get(), buffer.data(), buffer.size(), 0,
                                    reinterpret_cast<sockaddr*>(&from), &length);
    if (size < 0) return {};
    buffer.resize(static_cast<std::size_t>(size));
    return {buffer, ::inet_ntoa(from.sin_addr), ntohs(from.sin_port)};
  }

 private:
  void join(const NetworkNamespace& home, const std::string& group) {
    ip_mreqn membership{};
    membership.imr_multiaddr = endpoint(group, 0).sin_addr;
    membership.imr_address = endpoint("10.77.0.2", 0).sin_addr;
    home.in([&] {
      EXPECT_EQ(::setsockopt(socket_.get(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership,
                             sizeof membership),
                0);
      EXPECT_EQ(
          ::setsockopt(socket_.get(), IPPROTO_IP, IP_MULTICAST_IF, &membership, sizeof membership),
          0);
    });
  }

  UniqueFd socket_;
};

// Our node (10.77.0.1) and the peer's (10.77.0.2), one cable between their eth0.
class UdpMediumTest : public ::testing::Test, public MediumObserver {
 protected:
  UdpMediumTest() {
    ours_.enter();
    plug_in();
  }

  void plug_in() {
    NetworkNamespace::run("ip link add eth0 type veth peer name eth0 netns " + theirs_.path());
    NetworkNamespace::run("ip addr add 10.77.0.1/24 brd + dev eth0");
    NetworkNamespace::run("ip link set eth0 up");
    theirs_.in([] {
      NetworkNamespace::run("ip addr add 10.77.0.2/24 brd + dev eth0");
      NetworkNamespace::run("ip link set eth0 up");
    });
    wait_for_carrier("eth0");
  }

  // The kernel drops what is sent before its link watch has seen the cable.
  void wait_for_carrier(const std::string& interface) {
    until_true(
        [&] { return is_running(interface) && theirs_.in([&] { return is_running(interface); }); });
  }
  static bool is_running(const std::string& interface) {
    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq request{};
    interface.copy(request.ifr_name, IFNAMSIZ - 1);
    return ::ioctl(socket.get(), SIOCGIFFLAGS, &request) == 0 &&
           (request.ifr_flags & IFF_RUNNING) != 0;
  }

  // Whether datagrams wait in a socket of ours, without taking them: rx_queue in /proc/net/udp.
  static bool something_waits() {
    std::ifstream sockets("/proc/thread-self/net/udp");
    std::string line;
    std::getline(sockets, line);  // headings
    while (std::getline(sockets, line)) {
      const std::string queues = split_words(line).at(4);  // tx_queue:rx_queue
      if (!queues.ends_with(":00000000")) return true;
    }
    return false;
  }

  // Asks again and again, without the loop.
  static void until_true(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end);
      std::this_thread::yield();
    }
  }

  void on_datagram(Medium&, std::string_view datagram) override { heard_.emplace_back(datagram); }
  void on_report(Medium&, const Message& report) override { reports_.push_back(report.text); }
  void on_lost(Medium&) override { ++lost_; }
  void on_heartbeat(Medium&, std::string_view datagram, Duration waited) override {
    heard_.emplace_back(datagram);
    waited_.push_back(waited);
  }

  std::unique_ptr<Medium> make(UdpConfig config) {
    return make_udp_medium({loop_, batch_, *this}, std::move(config));
  }
  std::unique_ptr<Medium> opened(UdpConfig config) {
    auto medium = make(std::move(config));
    const auto result = medium->open();
    EXPECT_TRUE(result) << result.error().text();
    return medium;
  }

  // Turns the loop until the condition holds; a failure otherwise.
  void until(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!condition() && std::chrono::steady_clock::now() < end) loop_.run_one_for(100ms);
    ASSERT_TRUE(condition()) << "heard " << heard_.size() << ", reports "
                             << ::testing::PrintToString(reports_);
  }
  void until_heard(std::size_t count) {
    until([&] { return heard_.size() >= count; });
  }

  NetworkNamespace ours_, theirs_;
  asio::io_context loop_;
  ReceiveBatch batch_;
  std::vector<std::string> heard_, reports_;
  int lost_ = 0;
  std::vector<Duration> waited_;  // of the heartbeats among what was heard
};

BcastConfig bcast() { return {.interface = "eth0", .port = kPort}; }
McastConfig mcast() {
  return {.interface = "eth0",
          .group = make_address("239.0.0.42"),
          .port = kPort,
          .hops = 1,
          .loop = false};
}
UcastConfig ucast() {
  return {.interface = "eth0", .peers = {make_address("10.77.0.2")}, .names = {}, .port = kPort};
}

TEST_F(UdpMediumTest, BcastSendsToTheBroadcastAddressFromAnEphemeralPort) {
  const auto medium = opened(bcast());
  Peer peer(theirs_);
  medium->send(packet("hello"));
  const auto got = peer.receive();
  EXPECT_EQ(got.datagram, packet("hello"));
  EXPECT_EQ(got.from, "10.77.0.1");
  EXPECT_NE(got.port, kPort);
  EXPECT_EQ(medium->statistics().sent, 1U);
  EXPECT_EQ(medium->description(), "bcast eth0");
  EXPECT_EQ(medium->link_name(), LinkName("eth0"));
}

TEST_F(UdpMediumTest, BcastReceives) {
  const auto medium = opened(bcast());
  Peer peer(theirs_);
  peer.send("10.77.0.255", packet("hello"));
  until_heard(1);
  EXPECT_THAT(heard_, ElementsAre(packet("hello")));
  EXPECT_EQ(medium->statistics().received, 1U);
}

TEST_F(UdpMediumTest, BcastDoesNotHearItself) {
  const auto medium = opened(bcast());
  Peer peer(theirs_);
  medium->send(packet("mine"));
  EXPECT_EQ(peer.receive().datagram, packet("mine"));  // what comes back came back by now
  peer.send("10.77.0.255", packet("theirs"));
  until_heard(1);
  EXPECT_THAT(heard_, ElementsAre(packet("theirs")));
}

TEST_F(UdpMediumTest, BcastWorksOnTheLoopbackInterface) {
  const auto medium = opened(BcastConfig{.interface = "lo", .port = kPort});
  medium->send(packet("to myself"));
  until_heard(1);
  EXPECT_THAT(heard_, ElementsAre(packet("to myself")));
}

TEST_F(UdpMediumTest, McastSendsAndReceives) {
  const auto medium = opened(mcast());
  Peer peer(theirs_, "239.0.0.42");
  medium->send(packet("out"));
  EXPECT_EQ(peer.receive().datagram, packet("out"));
  peer.send("239.0.0.42", packet("in"));
  until_heard(1);
  EXPECT_THAT(heard_, ElementsAre(packet("in")));
}

TEST_F(UdpMediumTest, MayHearItselfUnlessTheKernelSeesToIt) {
  EXPECT_FALSE(opened(bcast())->hears_itself());
  EXPECT_FALSE(opened(mcast())->hears_itself());
  EXPECT_TRUE(opened(ucast())->hears_itself()) << "a line may name the node itself";
}

TEST_F(UdpMediumTest, McastWithLoopHearsItself) {
  auto config = mcast();
  config.loop = true;
  const auto medium = opened(config);
  EXPECT_TRUE(medium->hears_itself());
  medium->send(packet("echo"));
  until_heard(1);
  EXPECT_THAT(heard_, ElementsAre(packet("echo")));
}

TEST_F(UdpMediumTest, McastHearsOnlyItsOwnInterface) {
  NetworkNamespace::run("ip link add eth1 type veth peer name eth1 netns " + theirs_.path());
  NetworkNamespace::run("ip addr add 10.78.0.1/24 brd + dev eth1 && ip link set eth1 up");
  theirs_.in([] {
    NetworkNamespace::run("ip addr add 10.78.0.2/24 brd + dev eth1 && ip link set eth1 up");
  });
  wait_for_carrier("eth1");
  auto config = mcast();
  config.interface = "eth1";
  const auto other = opened(config);
  const auto medium = opened(mcast());
  Peer peer(theirs_, "239.0.0.42");  // on eth0
  peer.send("239.0.0.42", packet("by eth0"));
  until_heard(1);
  other->drain();
  EXPECT_EQ(other->statistics().received, 0U);
  EXPECT_EQ(medium->statistics().received, 1U);
}

TEST_F(UdpMediumTest, UcastSendsToEveryPeerAndReceivesFromAll) {
  theirs_.in([] { NetworkNamespace::run("ip addr add 10.77.0.3/24 dev eth0"); });
  auto config = ucast();
  config.peers.push_back(make_address("10.77.0.3"));
  const auto medium = opened(config);
  Peer peer(theirs_);
  medium->send(packet("all"));
  EXPECT_EQ(peer.receive().datagram, packet("all"));
  EXPECT_EQ(peer.receive().datagram, packet("all"));
  EXPECT_EQ(medium->statistics().sent, 2U);

  Peer another(theirs_);
  peer.send("10.77.0.1", packet("one"));
  another.send("10.77.0.1", packet("two"));
  until_heard(2);
}

TEST_F(UdpMediumTest, TheLargestDatagramPassesBothWays) {
  const auto medium = opened(ucast());
  const std::string large = packet(std::string(65507 - 4, 'x'));
  Peer peer(theirs_);
  medium->send(large);
  EXPECT_EQ(peer.receive().datagram, large);
  peer.send("10.77.0.1", large);
  until_heard(1);
  EXPECT_EQ(heard_.front(), large);
}

TEST_F(UdpMediumTest, ATooLargeDatagramIsAReportedErrorOnly) {
  const auto medium = opened(ucast());
  medium->send(std::string(65508, 'x'));
  EXPECT_TRUE(reports_.empty()) << "send() itself must not call back";
  until([&] { return !reports_.empty(); });
  EXPECT_THAT(reports_.front(), HasSubstr("cannot send 65508 bytes to 10.77.0.2:694"));
  EXPECT_EQ(medium->statistics().send_errors, 1U);
  EXPECT_EQ(medium->state(), MediumState::kOpen);
}

TEST_F(UdpMediumTest, WhatDoesNotBeginAsAPacketNeverReachesUs) {
  const auto medium = opened(ucast());
  Peer peer(theirs_);
  for (const char* junk : {"", "x", "###", "####", "##\n#", "<<<\nt=status\n", "GET / HTTP/1.0"}) {
    peer.send("10.77.0.1", junk);
  }
  peer.send("10.77.0.1", ">>>\n");
  peer.send("10.77.0.1", "###\n");
  until_heard(2);
  EXPECT_THAT(heard_, ElementsAre(">>>\n", "###\n"));
}

// --- heartbeats that need not wake the loop ---

std::string heartbeat(std::size_t form = 0) {
  return std::string(wire::kActiveStatusBeginnings.at(form)) + "and so on";
}

// One kind of medium, and where its peers send to.
struct Way {
  std::string name, to;
  UdpConfig config;
};
const std::vector<Way> kWays = {
    {"Bcast", "10.77.0.255", bcast()},
    {"Mcast", "239.0.0.42", mcast()},
    {"Ucast", "10.77.0.1", ucast()},
};

class HeartbeatsTest : public UdpMediumTest, public ::testing::WithParamInterface<Way> {
 protected:
  HeartbeatsTest() : medium_(opened(GetParam().config)), peer_(theirs_, "239.0.0.42") {}

  void send(const std::string& datagram) { peer_.send(GetParam().to, datagram); }

  std::unique_ptr<Medium> medium_;
  Peer peer_;
};

INSTANTIATE_TEST_SUITE_P(Ways, HeartbeatsTest, ::testing::ValuesIn(kWays),
                         [](const auto& way) { return way.param.name; });

TEST_P(HeartbeatsTest, ComeAtOnceUnlessTheyMayWait) {
  send(heartbeat(0));
  send(heartbeat(1));
  until_heard(2);
  EXPECT_EQ(waited_.size(), 2U);
  EXPECT_THAT(heard_, ElementsAre(heartbeat(0), heartbeat(1)));
}

TEST_P(HeartbeatsTest, WaitUntilTheyAreTaken) {
  medium_->let_heartbeats_wait(true);
  send(heartbeat(0));
  send(heartbeat(1));
  until_true(something_waits);
  loop_.poll();
  EXPECT_TRUE(heard_.empty());
  until_true([&] {
    medium_->take_heartbeats();
    return heard_.size() >= 2;
  });
  EXPECT_THAT(heard_, ElementsAre(heartbeat(0), heartbeat(1)));
  EXPECT_EQ(medium_->statistics().received, 2U);
}

// The kernel begins to stamp what comes in a little after the first socket has asked for it; until
// then it does so when it is read.
TEST_P(HeartbeatsTest, SayHowLongTheyHaveWaited) {
  medium_->let_heartbeats_wait(true);
  until_true([&] {
    const auto before = std::chrono::steady_clock::now();
    send(heartbeat());
    until_true(something_waits);
    const auto there = std::chrono::steady_clock::now();
    const auto taken = std::chrono::steady_clock::now();
    medium_->take_heartbeats();
    EXPECT_LE(waited_.back(), std::chrono::steady_clock::now() - before);
    return waited_.back() > 0ns && waited_.back() >= taken - there;
  });
}

TEST_P(HeartbeatsTest, AreHandedOverBeforeWhatElseComes) {
  medium_->let_heartbeats_wait(true);
  send(heartbeat());
  until_true(something_waits);
  send(packet("news"));
  until_heard(2);
  EXPECT_THAT(heard_, ElementsAre(heartbeat(), packet("news")));
}

TEST_P(HeartbeatsTest, AStatusOfAnotherStateIsNone) {
  medium_->let_heartbeats_wait(true);
  send("###\n11:(0)t=status,8:(0)st=up,");
  send("###\n11:(0)t=status,12:(0)st=activX,");
  send("###\n10:(0)t=stonit,");
  until_heard(3);
  EXPECT_TRUE(waited_.empty());
}

TEST_P(HeartbeatsTest, ComeAtOnceAgainWhenTheyMayNotWaitAnyMore) {
  medium_->let_heartbeats_wait(true);
  send(heartbeat());
  until_true(something_waits);
  medium_->let_heartbeats_wait(false);
  until_heard(1);
  send(heartbeat());
  until_heard(2);
  medium_->let_heartbeats_wait(true);
  send(heartbeat());
  until_true(something_waits);
  loop_.poll();
  EXPECT_EQ(heard_.size(), 2U);
}

TEST_P(HeartbeatsTest, AreDrainedWithTheRest) {
  medium_->let_heartbeats_wait(true);
  send(heartbeat());
  until_true([&] { return medium_->drain() && !heard_.empty(); });
  EXPECT_THAT(heard_, ElementsAre(heartbeat()));
}

// A peer whose ha.cf says `ucast` where ours says `bcast`.
TEST_F(UdpMediumTest, WhatComesToUsAloneByABroadcastMediumIsHeard) {
  const auto medium = opened(bcast());
  medium->let_heartbeats_wait(true);
  Peer peer(theirs_);
  peer.send("10.77.0.1", packet("to you"));
  until_heard(1);
  peer.send("10.77.0.1", heartbeat());
  until_true([&] { return medium->drain() && heard_.size() >= 2; });
  EXPECT_THAT(heard_, ElementsAre(packet("to you"), heartbeat()));
}

TEST_F(UdpMediumTest, TheyStillMayWaitAfterTheInterfaceWasMadeAnew) {
  const auto medium = opened(bcast());
  medium->let_heartbeats_wait(true);
  NetworkNamespace::run("ip link del eth0");
  medium->interface_changed();
  until([&] { return medium->state() == MediumState::kWaiting; });
  plug_in();
  until([&] { return medium->state() == MediumState::kOpen; });
  Peer peer(theirs_);
  peer.send("10.77.0.255", heartbeat());
  until_true(something_waits);
  loop_.poll();
  EXPECT_TRUE(heard_.empty());
  medium->take_heartbeats();
  EXPECT_THAT(heard_, ElementsAre(heartbeat()));
}

TEST_F(UdpMediumTest, DrainHandsOverAllThatWaitsWithoutTheLoop) {
  const auto medium = opened(ucast());
  Peer peer(theirs_);
  for (int i = 0; i < 100; ++i) peer.send("10.77.0.1", packet(std::to_string(i)));
  until_true([&] { return medium->drain() && heard_.size() >= 100; });
  EXPECT_EQ(heard_.back(), packet("99"));
  EXPECT_TRUE(medium->drain());
}

TEST_F(UdpMediumTest, AFloodOnOneMediumDoesNotKeepTheOthersWaiting) {
  const auto medium = opened(ucast());
  auto config = ucast();
  config.port = 695;
  const auto other = opened(config);
  Peer peer(theirs_);
  for (int i = 0; i < 200; ++i) peer.send("10.77.0.1", packet("flood"));
  peer.send("10.77.0.1", packet("important"), 695);
  until([&] { return other->statistics().received == 1; });
  EXPECT_LE(medium->statistics().received, 2 * ReceiveBatch::kDatagrams);
}

TEST_F(UdpMediumTest, OpeningNamesWhatIsMissing) {
  const auto medium = make(BcastConfig{.interface = "eth9", .port = kPort});
  const auto result = medium->open();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ENODEV);
  EXPECT_THAT(result.error().text(), HasSubstr("eth9"));
  EXPECT_EQ(medium->state(), MediumState::kWaiting);
}

// Found with real daemons: the text of the address had overwritten the errno.
TEST_F(UdpMediumTest, APortThatIsTakenIsNamedAndWaitedFor) {
  auto taker = std::make_unique<Peer>(ours_);
  const int off = 0;
  ::setsockopt(taker->fd(), SOL_SOCKET, SO_REUSEADDR, &off, sizeof off);
  const auto medium = make(bcast());
  const auto result = medium->open();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, EADDRINUSE);
  EXPECT_THAT(result.error().text(), HasSubstr("bind 0.0.0.0:694: Address already in use"));
  EXPECT_EQ(medium->state(), MediumState::kWaiting);
  until([&] { return !reports_.empty(); });
  EXPECT_THAT(reports_.front(), HasSubstr("waiting: bind 0.0.0.0:694: Address already in use"));
  taker.reset();
  until([&] { return medium->state() == MediumState::kOpen; });
  EXPECT_THAT(reports_, ElementsAre(_, HasSubstr("bcast eth0: open"))) << "waiting is told once";
}

TEST_F(UdpMediumTest, AWaitingMediumOpensWhenTheInterfaceComes) {
  NetworkNamespace::run("ip link del eth0");
  const auto medium = make(mcast());
  ASSERT_FALSE(medium->open());
  medium->send(packet("nowhere"));
  EXPECT_EQ(medium->statistics().unsent, 1U);
  plug_in();
  until([&] { return medium->state() == MediumState::kOpen; });
  Peer peer(theirs_, "239.0.0.42");
  peer.send("239.0.0.42", packet("back"));
  until_heard(1);
}

// Each kind of medium survives the interface being deleted and made anew, told or not.
class ReplacedInterfaceTest : public UdpMediumTest,
                              public ::testing::WithParamInterface<UdpConfig> {};

TEST_P(ReplacedInterfaceTest, IsFoundAgainByTheMediumItself) {
  const auto medium = opened(GetParam());
  NetworkNamespace::run("ip link del eth0");
  until([&] { return medium->state() == MediumState::kWaiting; });
  EXPECT_THAT(reports_.back(), HasSubstr("waiting: "));
  plug_in();
  until([&] { return medium->state() == MediumState::kOpen; });

  Peer peer(theirs_, "239.0.0.42");
  medium->send(packet("here again"));
  EXPECT_EQ(peer.receive().datagram, packet("here again"));
  peer.send("10.77.0.255", packet("b"));
  peer.send("239.0.0.42", packet("m"));
  peer.send("10.77.0.1", packet("u"));
  until_heard(1);
}

TEST_P(ReplacedInterfaceTest, IsTakenAtOnceOnNewsAndLosesNothingThatWaited) {
  const auto medium = opened(GetParam());
  {
    Peer peer(theirs_, "239.0.0.42");
    peer.send("10.77.0.255", packet("b"));
    peer.send("239.0.0.42", packet("m"));
    peer.send("10.77.0.1", packet("u"));
  }
  until_true(something_waits);
  NetworkNamespace::run("ip link del eth0");
  plug_in();
  medium->interface_changed();
  EXPECT_TRUE(heard_.empty());
  until([&] { return medium->statistics().reopened == 1; });
  EXPECT_FALSE(heard_.empty());
  Peer peer(theirs_, "239.0.0.42");
  medium->send(packet("at once"));
  EXPECT_EQ(peer.receive().datagram, packet("at once"));
}

TEST_P(ReplacedInterfaceTest, DownAndUpNeedsNothing) {
  const auto medium = opened(GetParam());
  NetworkNamespace::run("ip link set eth0 down");
  medium->send(packet("lost"));
  until([&] { return !reports_.empty(); });
  EXPECT_EQ(medium->state(), MediumState::kOpen);
  NetworkNamespace::run("ip link set eth0 up");
  wait_for_carrier("eth0");
  Peer peer(theirs_, "239.0.0.42");
  medium->send(packet("up"));
  EXPECT_EQ(peer.receive().datagram, packet("up"));
  EXPECT_EQ(medium->statistics().reopened, 0U);
}

std::string type_of(const ::testing::TestParamInfo<UdpConfig>& config) {
  static const std::vector<std::string> kTypes = {"Bcast", "Mcast", "Ucast"};
  return kTypes.at(config.param.index());
}
INSTANTIATE_TEST_SUITE_P(Media, ReplacedInterfaceTest, ::testing::Values(bcast(), mcast(), ucast()),
                         type_of);

TEST_F(UdpMediumTest, BcastFollowsAChangedAddress) {
  const auto medium = opened(bcast());
  NetworkNamespace::run("ip addr flush dev eth0 && ip addr add 10.99.0.1/24 brd + dev eth0");
  theirs_.in([] { NetworkNamespace::run("ip addr add 10.99.0.2/24 brd + dev eth0"); });
  medium->interface_changed();
  until([&] { return medium->statistics().reopened == 1; });
  Peer peer(theirs_);
  medium->send(packet("moved"));
  EXPECT_EQ(peer.receive().from, "10.99.0.1");
}

TEST_F(UdpMediumTest, UcastWaitsForTheAddressThatItHad) {
  const auto medium = opened(ucast());
  NetworkNamespace::run("ip addr flush dev eth0");
  medium->interface_changed();
  until([&] { return medium->state() == MediumState::kWaiting; });
  EXPECT_THAT(reports_.back(), HasSubstr("ucast eth0: waiting: IPv4 address of eth0"));
  EXPECT_EQ(lost_, 1);
  NetworkNamespace::run("ip addr add 10.77.0.9/24 dev eth0");
  medium->interface_changed();
  until([&] { return medium->state() == MediumState::kOpen; });
  EXPECT_EQ(reports_.back(), "ucast eth0: open");
  Peer peer(theirs_);
  medium->send(packet("here again"));
  EXPECT_EQ(peer.receive().from, "10.77.0.9");
}

TEST_F(UdpMediumTest, UcastFollowsAChangedAddressWithoutNewSockets) {
  const auto medium = opened(ucast());
  NetworkNamespace::run("ip addr add 10.77.0.9/24 dev eth0 && ip addr del 10.77.0.1/24 dev eth0");
  NetworkNamespace::run("ip addr replace 10.77.0.9/24 dev eth0");  // else a secondary goes, too
  medium->interface_changed();
  loop_.poll();
  Peer peer(theirs_);
  medium->send(packet("moved"));
  EXPECT_EQ(peer.receive().from, "10.77.0.9");
  EXPECT_EQ(medium->statistics().reopened, 0U);
}

TEST_F(UdpMediumTest, UcastNeedsNoAddressByAnInterfaceThatNeverHadOne) {
  NetworkNamespace::run("ip addr flush dev eth0 && ip addr add 10.77.0.1/32 dev lo");
  NetworkNamespace::run("ip route add 10.77.0.2/32 dev eth0 src 10.77.0.1");
  const auto medium = opened(ucast());
  Peer peer(theirs_);
  medium->send(packet("by an unnumbered line"));
  EXPECT_EQ(peer.receive().from, "10.77.0.1");
}

// --- IPv6 ---

// A socket of the peer that hears a group, and sends to any address of ours; addresses with scope.
class Peer6 {
 public:
  explicit Peer6(const NetworkNamespace& home, const std::string& group = "")
      : socket_(home.in([] { return ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0); })),
        index_(home.in([] { return ::if_nametoindex("eth0"); })) {
    const int on = 1;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const timeval patience{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const sockaddr_in6 any = endpoint("::");
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
    if (group.empty()) return;
    ipv6_mreq membership{};
    membership.ipv6mr_multiaddr = endpoint(group).sin6_addr;
    membership.ipv6mr_interface = index_;
    EXPECT_EQ(
        ::setsockopt(socket_.get(), IPPROTO_IPV6, IPV6_JOIN_GROUP, &membership, sizeof membership),
        0);
  }

  void send(const std::string& to, const std::string& datagram) {
    const sockaddr_in6 destination = endpoint(to);
    EXPECT_EQ(::sendto(socket_.get(), datagram.data(), datagram.size(), 0,
                       reinterpret_cast<const sockaddr*>(&destination), sizeof destination),
              static_cast<ssize_t>(datagram.size()))
        << std::strerror(errno);
  }

  std::string receive() {
    std::string buffer(65536, '\0');
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    buffer.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return buffer;
  }

 private:
  sockaddr_in6 endpoint(const std::string& address) const {
    sockaddr_in6 result{};
    result.sin6_family = AF_INET6;
    result.sin6_port = htons(kPort);
    result.sin6_scope_id = index_;
    EXPECT_EQ(::inet_pton(AF_INET6, address.c_str(), &result.sin6_addr), 1);
    return result;
  }

  UniqueFd socket_;
  unsigned index_;
};

constexpr const char* kGroup6 = "ff02::4d4d";

McastConfig mcast6() {
  return {
      .interface = "eth0", .group = make_address(kGroup6), .port = kPort, .hops = 1, .loop = false};
}
UcastConfig ucast6(const std::string& peer) {
  return {.interface = "eth0", .peers = {make_address(peer)}, .names = {}, .port = kPort};
}

class Udp6MediumTest : public UdpMediumTest {
 protected:
  Udp6MediumTest() { give_addresses(); }

  static void add_addresses(int host) {
    const std::string number = std::to_string(host);
    NetworkNamespace::run("ip addr add fd77::" + number + "/64 dev eth0 nodad");
    NetworkNamespace::run("ip addr add fe80::77:" + number + "/64 dev eth0 nodad");
  }
  void give_addresses() {
    add_addresses(1);
    theirs_.in([] { add_addresses(2); });
  }
};

TEST_F(Udp6MediumTest, UcastReachesAGlobalAddressAndIsReachedAtAny) {
  const auto medium = opened(ucast6("fd77::2"));
  EXPECT_EQ(medium->description(), "ucast6 eth0");
  Peer6 peer(theirs_);
  medium->send(packet("out"));
  EXPECT_EQ(peer.receive(), packet("out"));
  peer.send("fd77::1", packet("global"));
  peer.send("fe80::77:1", packet("link-local"));
  until_heard(2);
  EXPECT_THAT(heard_, ElementsAre(packet("global"), packet("link-local")));
}

TEST_F(Udp6MediumTest, ALinkLocalPeerNeedsNoScope) {
  const auto medium = opened(ucast6("fe80::77:2"));
  Peer6 peer(theirs_);
  medium->send(packet("out"));
  EXPECT_EQ(peer.receive(), packet("out"));
}

TEST_F(Udp6MediumTest, IPv4AndIPv6ShareThePort) {
  const auto medium = opened(ucast6("fd77::2"));
  const auto old = opened(ucast());
  Peer peer(theirs_);
  peer.send("10.77.0.1", packet("four"));
  until_heard(1);
  EXPECT_EQ(old->statistics().received, 1U);
  EXPECT_EQ(medium->statistics().received, 0U);
}

TEST_F(Udp6MediumTest, McastSendsAndReceives) {
  const auto medium = opened(mcast6());
  EXPECT_EQ(medium->description(), "mcast6 eth0");
  Peer6 peer(theirs_, kGroup6);
  medium->send(packet("out"));
  EXPECT_EQ(peer.receive(), packet("out"));
  peer.send(kGroup6, packet("in"));
  until_heard(1);
  EXPECT_THAT(heard_, ElementsAre(packet("in")));
}

TEST_F(Udp6MediumTest, McastHearsItselfOnlyWithLoop) {
  auto config = mcast6();
  config.loop = true;
  const auto medium = opened(config);
  medium->send(packet("echo"));
  until_heard(1);
  EXPECT_THAT(heard_, ElementsAre(packet("echo")));
}

TEST_F(Udp6MediumTest, McastHearsOnlyItsOwnInterface) {
  NetworkNamespace::run("ip link add eth1 type veth peer name eth1 netns " + theirs_.path());
  NetworkNamespace::run("ip addr add fd78::1/64 dev eth1 nodad && ip link set eth1 up");
  theirs_.in([] { NetworkNamespace::run("ip link set eth1 up"); });
  wait_for_carrier("eth1");
  auto config = mcast6();
  config.interface = "eth1";
  const auto other = opened(config);
  const auto medium = opened(mcast6());
  Peer6 peer(theirs_, kGroup6);
  peer.send(kGroup6, packet("by eth0"));
  until_heard(1);
  other->drain();
  EXPECT_EQ(other->statistics().received, 0U);
}

TEST_F(Udp6MediumTest, WaitsForAnAddressAndSaysSo) {
  NetworkNamespace::run("ip -6 addr flush dev eth0");
  const auto medium = make(mcast6());
  const auto result = medium->open();
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().text(), HasSubstr("IPv6 address of eth0"));
  add_addresses(1);
  medium->interface_changed();
  until([&] { return medium->state() == MediumState::kOpen; });
  NetworkNamespace::run("ip -6 addr flush dev eth0");
  medium->interface_changed();
  until([&] { return medium->state() == MediumState::kWaiting; });
  EXPECT_THAT(reports_.back(), HasSubstr("waiting: "));
}

TEST_F(Udp6MediumTest, AReplacedInterfaceIsFoundAgainWithItsNewScope) {
  const auto group = opened(mcast6());
  const auto medium = opened(ucast6("fe80::77:2"));
  NetworkNamespace::run("ip link del eth0");
  plug_in();
  give_addresses();
  medium->interface_changed();
  group->interface_changed();
  until([&] { return medium->statistics().reopened == 1 && group->statistics().reopened == 1; });
  Peer6 peer(theirs_, kGroup6);
  medium->send(packet("one"));
  EXPECT_EQ(peer.receive(), packet("one"));
  group->send(packet("all"));
  EXPECT_EQ(peer.receive(), packet("all"));
}

TEST_F(UdpMediumTest, AMediumMayGoWhileItsHandlersAreOnTheirWay) {
  auto medium = opened(ucast());
  Peer peer(theirs_);
  peer.send("10.77.0.1", packet("late"));
  medium->interface_changed();
  medium->send(std::string(65508, 'x'));
  medium.reset();
  loop_.run();
  EXPECT_TRUE(heard_.empty());
  EXPECT_TRUE(reports_.empty());
}

}  // namespace
}  // namespace hb::io
