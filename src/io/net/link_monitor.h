#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include "base/expected.h"
#include "base/service_address.h"
#include "io/io_error.h"
#include "io/net/netlink_socket.h"

namespace hb::io {

// Address of a network card: six bytes on Ethernet, up to 20 on other media, none on some.
using HardwareAddress = std::vector<std::uint8_t>;

struct Link {
  int index = 0;
  std::string name;
  bool up = false;             // set up by the administrator
  bool carrier = false;        // it can carry packets: IFF_RUNNING, cable plugged and not dormant
  bool loopback = false;       // lo: what is configured there is not on any wire
  bool arp = true;             // neighbours are found by ARP or ND; not on lo and tunnels
  unsigned hardware_type = 0;  // ARPHRD_*; 1 is Ethernet
  HardwareAddress hardware, broadcast;

  friend bool operator==(const Link&, const Link&) = default;
};

// One address that an interface has.
struct LinkAddress {
  int link = 0;  // index
  IpAddress address;
  unsigned prefix = 0;
  std::optional<IpAddress> broadcast;
  std::string label;       // IPv4 only; the name of the interface when none was given
  bool secondary = false;  // IPv4: another address of the same network came first
  bool tentative = false;  // IPv6: being tested for duplicates, not usable yet
  bool duplicate = false;  // IPv6: the test found another owner; never usable

  friend bool operator==(const LinkAddress&, const LinkAddress&) = default;
};

enum class LinkChange {
  kAppeared,
  kVanished,
  kRenamed,  // `link` has the new name, `old_name` the former
  kCarrierGained,
  kCarrierLost,
  kAddressAdded,
  kAddressChanged,
  kAddressRemoved,
};

struct LinkEvent {
  LinkChange change;
  Link link;  // as it is now, or was last
  std::string old_name;
  std::optional<LinkAddress> address;  // with the three address changes
};

// A network that is reached through a link without a router.
struct LinkRoute {
  int link = 0;
  unsigned prefix = 0;
};

// Knows the links and addresses of this machine as the kernel reports them, from the event loop.
//
// It holds a copy that is as old as the last turn of the loop; catch_up() brings it to the present.
// Events are delivered from the loop, never from within a call. When the kernel had to drop
// reports (ENOBUFS), everything is read anew and the differences are delivered as events.
class LinkMonitor {
 public:
  using Handler = std::function<void(const LinkEvent&)>;

  // Ends its subscription when it goes; may be dropped from within the handler.
  class Subscription {
   public:
    Subscription() = default;
    Subscription(LinkMonitor& monitor, std::uint64_t id) : monitor_(&monitor), id_(id) {}
    Subscription(Subscription&& other) noexcept;
    Subscription& operator=(Subscription&& other) noexcept;
    ~Subscription() { reset(); }
    void reset();

   private:
    LinkMonitor* monitor_ = nullptr;
    std::uint64_t id_ = 0;
  };

  // Reads the present state before it returns. Errors: no netlink socket.
  [[nodiscard]] static Expected<std::unique_ptr<LinkMonitor>, IoError> open(asio::io_context& loop);
  ~LinkMonitor();
  LinkMonitor(const LinkMonitor&) = delete;
  LinkMonitor& operator=(const LinkMonitor&) = delete;

  // Subscriptions must end before the monitor does.
  [[nodiscard]] Subscription subscribe(Handler handler);

  // Takes in what the kernel has reported until now. Changes of links and IPv4 addresses are
  // reported before the request that made them is answered, so ours are all in then.
  void catch_up();

  // Reads everything anew: the kernel reports changes of IPv6 addresses only some time later.
  void read_again();

  [[nodiscard]] const std::map<int, Link>& links() const { return links_; }
  [[nodiscard]] const std::vector<LinkAddress>& addresses() const { return addresses_; }

  // Null if there is none (now).
  [[nodiscard]] const Link* find(std::string_view name) const;
  [[nodiscard]] const Link* find(int index) const;
  [[nodiscard]] bool has_carrier(std::string_view name) const;

  // The first IPv4 address of the interface that is not secondary, and its broadcast address.
  [[nodiscard]] std::optional<IpAddress> ipv4_address(std::string_view name) const;
  [[nodiscard]] std::optional<IpAddress> ipv4_broadcast(std::string_view name) const;

  /// The most specific route of the main table without a router that leads to `address`: where an
  /// address belongs if its interface or prefix was not given. Default routes do not count.
  /// @param prefix  only routes to networks of at most this length (the given mask).
  /// @param link    only routes through this link.
  /// @return none if there is no such route. Errors: the kernel refuses the question.
  /// Source: spec resources.md 7.1.
  [[nodiscard]] Expected<std::optional<LinkRoute>, IoError> best_link_route(
      const IpAddress& address, std::optional<unsigned> prefix, std::optional<int> link) const;

 private:
  explicit LinkMonitor(asio::io_context& loop);

  [[nodiscard]] Expected<void, IoError> start();
  [[nodiscard]] Expected<void, IoError> read_everything();
  void wait();
  [[nodiscard]] const LinkAddress* primary_ipv4(std::string_view name) const;
  void take_in(nl_object* object);
  void take_in_link(Link link);
  void take_in_address(LinkAddress address);
  void remove_link(int index);
  void remove_address(const LinkAddress& address);
  void queue(LinkEvent event);
  void deliver();

  asio::io_context& loop_;
  NetlinkSocket reports_;   // the kernel speaks
  NetlinkSocket requests_;  // we ask
  asio::posix::stream_descriptor readable_;
  std::map<int, Link> links_;
  std::vector<LinkAddress> addresses_;
  std::map<std::uint64_t, Handler> handlers_;
  std::uint64_t next_handler_ = 1;
  std::vector<LinkEvent> pending_;
  std::shared_ptr<bool> alive_;  // what is still queued in the loop looks here first
};

}  // namespace hb::io
