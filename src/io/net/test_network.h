#pragma once

#include <functional>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <poll.h>
#include <sched.h>
#include <unistd.h>

#include "io/net/arp_packet.h"
#include "io/net/link_monitor.h"
#include "io/net/packet_socket.h"
#include "io/net/service_addresses.h"

namespace hb::io {

inline IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

inline ServiceAddress service(std::string_view text) { return parse_service_address(text).value(); }

// A network namespace of its own for each test, with a cable from `left` to `right`, both ends in
// it. Needs root, and fails without: a test that was not run shows nothing.
class NetworkTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(unshare(CLONE_NEWNET), 0) << "these tests need root (CAP_SYS_ADMIN)";
    socket_ = nl_socket_alloc();
    ASSERT_EQ(nl_connect(socket_, NETLINK_ROUTE), 0);
    set_flags("lo", IFF_UP);
    lay_cable();
    auto monitor = LinkMonitor::open(loop);
    ASSERT_TRUE(monitor) << monitor.error().text();
    monitor_ = std::move(*monitor);
    ASSERT_TRUE(cable_works());
  }

  void TearDown() override { nl_socket_free(socket_); }

  [[nodiscard]] LinkMonitor& monitor() { return *monitor_; }

  void set_flags(const std::string& name, unsigned flags, unsigned mask = IFF_UP) {
    ifinfomsg header{};
    header.ifi_index = static_cast<int>(if_nametoindex(name.c_str()));
    header.ifi_flags = flags;
    header.ifi_change = mask;
    nl_msg* message = nlmsg_alloc_simple(RTM_NEWLINK, 0);
    nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO);
    ASSERT_EQ(nl_send_sync(socket_, message), 0) << name;
  }

  // Both ends vanish, as when a card is pulled out; lay_cable() brings new ones of the same names.
  void pull_cable() {
    rtnl_link* left = rtnl_link_alloc();
    rtnl_link_set_name(left, "left");
    ASSERT_EQ(rtnl_link_delete(socket_, left), 0);
    rtnl_link_put(left);
  }
  void lay_cable() {
    ASSERT_EQ(rtnl_link_veth_add(socket_, "left", "right", getpid()), 0);
    set_flags("left", IFF_UP);
    set_flags("right", IFF_UP);
  }

  // Runs the loop until it is so, at most ten seconds; answers whether it came to be.
  bool run_until(const std::function<bool()>& so) {
    asio::steady_timer limit(loop, std::chrono::seconds(10));
    const auto late = std::make_shared<bool>(false);  // the handler may come after our return
    limit.async_wait([late](const std::error_code& error) { *late = !error; });
    while (!so() && !*late) loop.run_one();
    return so();
  }

  asio::io_context loop;

 private:
  // The kernel drops what is sent in the first moments of a link, without a word.
  bool cable_works() {
    const Link left = *monitor_->find("left");
    const auto sender = open_sending_packet_socket();
    const auto receiver = open_arp_socket(monitor_->find("right")->index);
    if (!sender || !receiver) return false;
    pollfd waiting{receiver->get(), POLLIN, 0};
    for (int attempt = 0; attempt < 1000; ++attempt) {
      static_cast<void>(
          send_to_all(sender->get(), left, kEtherTypeArp, encode(arp_probe(ip("0.0.0.0"), left))));
      if (poll(&waiting, 1, 10) == 1) return true;
    }
    return false;
  }

  nl_sock* socket_ = nullptr;
  std::unique_ptr<LinkMonitor> monitor_;
};

}  // namespace hb::io
