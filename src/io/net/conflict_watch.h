#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "base/expected.h"
#include "base/service_address.h"
#include "base/time.h"
#include "io/io_error.h"
#include "io/net/arp_listener.h"
#include "io/net/link_monitor.h"

namespace hb::io {

struct AddressConflict {
  IpAddress address;
  std::string interface;
  std::string owner;  // hardware address, 52:54:00:12:34:56

  friend bool operator==(const AddressConflict&, const AddressConflict&) = default;
};

// Asks one link by ARP who has an IPv4 address and listens for a while (after RFC 5227, with a
// much shorter wait: the cluster has already agreed on who serves; this finds strangers). One watch
// an address at a time.
class ConflictWatch {
 public:
  // Conflict, or none when the time has passed. Called once, from the loop.
  using Done = std::function<void(std::optional<AddressConflict>)>;

  // Sends up to three probes, at the beginning and after each third of `duration`. `ours` are the
  // hardware addresses of this machine: on a link that it is on twice it answers itself.
  // Errors: no packet socket; link without ARP (EOPNOTSUPP).
  [[nodiscard]] static Expected<std::unique_ptr<ConflictWatch>, IoError> start(
      asio::io_context& loop, ArpListener& listener, const IpAddress& address, const Link& link,
      std::vector<HardwareAddress> ours, Duration duration, Done done);

  ConflictWatch(asio::io_context& loop, ArpListener& listener, const IpAddress& address, Link link,
                std::vector<HardwareAddress> ours, Done done);

  ~ConflictWatch();  // ends it without a verdict
  ConflictWatch(const ConflictWatch&) = delete;
  ConflictWatch& operator=(const ConflictWatch&) = delete;

 private:
  [[nodiscard]] Expected<void, IoError> listen();
  void probe(unsigned left, Duration spacing);
  void finish(std::optional<AddressConflict> conflict);

  ArpListener& listener_;
  IpAddress address_;
  Link link_;
  std::vector<HardwareAddress> ours_;
  Done done_;
  asio::steady_timer timer_;
  bool listening_ = false;
  std::shared_ptr<bool> alive_;  // what is still queued in the loop looks here first
};

}  // namespace hb::io
