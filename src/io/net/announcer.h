#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "base/expected.h"
#include "base/service_address.h"
#include "base/time.h"
#include "io/io_error.h"
#include "io/net/link_monitor.h"
#include "io/unique_fd.h"

namespace hb::io {

// How often an address is announced. A round is one ARP request and one ARP reply, or for IPv6 one
// neighbour advertisement.
struct AnnounceSchedule {
  unsigned rounds;
  Duration spacing;                 // from one packet to the next
  std::vector<Duration> refreshes;  // one more round each, this long after the last of `rounds`
};

// Source: spec resources.md 7.2 (rounds and spacing as recorded from 3.0.6; refreshes are ours).
[[nodiscard]] AnnounceSchedule ipaddr2_announcements();   // 5 rounds, 100 ms
[[nodiscard]] AnnounceSchedule ipaddr_announcements();    // 10 rounds, 250 ms
[[nodiscard]] AnnounceSchedule ipv6addr_announcements();  // 5 rounds, 200 ms

// When each packet leaves, from the start on; `packets_a_round` is 2 for IPv4, 1 for IPv6.
[[nodiscard]] std::vector<Duration> packet_times(const AnnounceSchedule& schedule,
                                                 std::size_t packets_a_round);

// Tells the neighbours that an address lives here now, by gratuitous ARP or unsolicited neighbour
// advertisements, in the background.
//
// The first packet leaves within start(). The schedule begins anew when the link gets its carrier
// back, for the switch behind it may have changed. It ends when the address is removed from the
// interface, by whomever.
class Announcer {
 public:
  Announcer(asio::io_context& loop, LinkMonitor& monitor);

  // Announces `address` on the link; a running announcement of the address is replaced. Links that
  // find nobody by ARP or ND (lo, tunnels) need no announcement: success without a packet.
  // Errors: no packet socket (CAP_NET_RAW), the first packet refused; later refusals are counted.
  [[nodiscard]] Expected<void, IoError> start(const IpAddress& address, int link,
                                              const AnnounceSchedule& schedule);
  void stop(const IpAddress& address);

  // Nothing is left to send, refreshes included, unless a link loses and regains its carrier.
  [[nodiscard]] bool idle() const;
  [[nodiscard]] std::uint64_t packets_sent() const { return sent_; }
  [[nodiscard]] std::uint64_t packets_refused() const { return refused_; }

 private:
  struct Announcement {
    int link;
    std::vector<Duration> times;  // of the packets, from `begun` on
    std::size_t next = 0;         // packet
    std::chrono::steady_clock::time_point begun;
    asio::steady_timer timer;
  };

  [[nodiscard]] bool is_on(const IpAddress& address, int link) const;
  void on_link_event(const LinkEvent& event);
  [[nodiscard]] Expected<void, IoError> begin(const IpAddress& address, Announcement& announcement);
  [[nodiscard]] Expected<void, IoError> go_on(const IpAddress& address, Announcement& announcement);
  [[nodiscard]] Expected<void, IoError> send_packet(const IpAddress& address,
                                                    const Announcement& announcement);

  asio::io_context& loop_;
  LinkMonitor& monitor_;
  UniqueFd socket_;  // opened at first need
  std::map<IpAddress, Announcement> announcements_;
  std::uint64_t sent_ = 0;
  std::uint64_t refused_ = 0;
  std::shared_ptr<bool> alive_;
  LinkMonitor::Subscription subscription_;
};

}  // namespace hb::io
