#pragma once

#include <functional>
#include <map>
#include <memory>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include "base/expected.h"
#include "base/service_address.h"
#include "io/io_error.h"
#include "io/net/arp_packet.h"
#include "io/net/link_monitor.h"

namespace hb::io {

// Hears the ARP packets that claim certain IPv4 addresses, on all links.
//
// One socket, opened at first need and then kept: closing a packet socket takes the kernel some ten
// milliseconds, during which no heartbeat would be sent. A filter in the kernel lets through only
// what is listened to, so an idle listener costs nothing and a flood of ARP little.
class ArpListener {
 public:
  using Handler = std::function<void(const ArpPacket& packet, int link)>;

  explicit ArpListener(asio::io_context& loop);

  // Calls `handler`, from the loop, for each packet whose sender is the address, until ignore(). It
  // takes the place of an earlier handler. Errors: no packet socket (EPERM without CAP_NET_RAW).
  [[nodiscard]] Expected<void, IoError> listen(const IpAddress& address, Handler handler);
  void ignore(const IpAddress& address);

  // Asks on a link who has the address, from the same socket. What cannot be sent is not sent.
  void probe(const IpAddress& address, const Link& link);

 private:
  [[nodiscard]] Expected<void, IoError> open();
  void set_filter();
  void wait();
  void read_packets();

  asio::posix::stream_descriptor socket_;
  std::map<IpAddress, Handler> handlers_;
  std::shared_ptr<bool> alive_;  // what is still queued in the loop looks here first
};

}  // namespace hb::io
