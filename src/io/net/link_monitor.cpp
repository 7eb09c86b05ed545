#include "io/net/link_monitor.h"

#include <algorithm>

#include <asio/post.hpp>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/addr.h>
#include <netlink/msg.h>
#include <netlink/object.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

#include "base/assert.h"

namespace hb::io {
namespace {

std::span<const std::uint8_t> bytes_of(nl_addr* address) {
  if (address == nullptr) return {};
  return {static_cast<const std::uint8_t*>(nl_addr_get_binary_addr(address)),
          nl_addr_get_len(address)};
}

HardwareAddress hardware_address(nl_addr* address) {
  const auto bytes = bytes_of(address);
  return {bytes.begin(), bytes.end()};
}

Link to_link(rtnl_link* object) {
  const unsigned flags = rtnl_link_get_flags(object);
  const char* name = rtnl_link_get_name(object);
  Link link;
  link.index = rtnl_link_get_ifindex(object);
  link.name = name == nullptr ? "" : name;
  link.up = (flags & IFF_UP) != 0;
  link.carrier = link.up && (flags & IFF_RUNNING) != 0;
  link.loopback = (flags & IFF_LOOPBACK) != 0;
  link.arp = (flags & (IFF_NOARP | IFF_LOOPBACK)) == 0;
  link.hardware_type = rtnl_link_get_arptype(object);
  link.hardware = hardware_address(rtnl_link_get_addr(object));
  link.broadcast = hardware_address(rtnl_link_get_broadcast(object));
  return link;
}

std::optional<LinkAddress> to_link_address(rtnl_addr* object) {
  const auto address = IpAddress::from_bytes(bytes_of(rtnl_addr_get_local(object)));
  if (!address) return std::nullopt;
  const unsigned flags = rtnl_addr_get_flags(object);
  const char* label = rtnl_addr_get_label(object);

  LinkAddress result;
  result.link = rtnl_addr_get_ifindex(object);
  result.address = *address;
  result.prefix = static_cast<unsigned>(rtnl_addr_get_prefixlen(object));
  result.broadcast = IpAddress::from_bytes(bytes_of(rtnl_addr_get_broadcast(object)));
  result.label = label == nullptr ? "" : label;
  // The same bit says "temporary" (privacy) of an IPv6 address.
  result.secondary = address->family() == AddressFamily::kIpv4 && (flags & IFA_F_SECONDARY) != 0;
  result.tentative = (flags & IFA_F_TENTATIVE) != 0;
  result.duplicate = (flags & IFA_F_DADFAILED) != 0;
  return result;
}

// The kernel tells addresses apart by these three.
bool same_place(const LinkAddress& a, const LinkAddress& b) {
  return a.link == b.link && a.address == b.address && a.prefix == b.prefix;
}

template <class Header>
nl_msg* dump_request(int type, const Header& header) {
  nl_msg* message = nlmsg_alloc_simple(type, NLM_F_DUMP);
  HB_ASSERT(message != nullptr);
  HB_ASSERT(nlmsg_append(message, const_cast<Header*>(&header), sizeof header, NLMSG_ALIGNTO) == 0);
  return message;
}

// A route of the main table which `address` can use without a router.
struct Candidate {
  LinkRoute route;
  std::uint32_t priority;
};

std::optional<Candidate> to_candidate(rtnl_route* object, const IpAddress& address) {
  nl_addr* destination = rtnl_route_get_dst(object);
  const auto network = IpAddress::from_bytes(bytes_of(destination));
  if (!network || rtnl_route_get_table(object) != RT_TABLE_MAIN ||
      rtnl_route_get_type(object) != RTN_UNICAST || rtnl_route_get_nnexthops(object) != 1) {
    return std::nullopt;
  }
  // IPv6 has no scopes; there a route without a router is one to the link.
  rtnl_nexthop* hop = rtnl_route_nexthop_n(object, 0);
  if (rtnl_route_nh_get_gateway(hop) != nullptr || rtnl_route_nh_get_via(hop) != nullptr ||
      (address.family() == AddressFamily::kIpv4 && rtnl_route_get_scope(object) != RT_SCOPE_LINK)) {
    return std::nullopt;
  }
  const unsigned prefix = nl_addr_get_prefixlen(destination);
  if (prefix == 0 || !address.is_within(*network, prefix)) return std::nullopt;
  return Candidate{{rtnl_route_nh_get_ifindex(hop), prefix}, rtnl_route_get_priority(object)};
}

bool is_better(const Candidate& a, const Candidate& b) {
  if (a.route.prefix != b.route.prefix) return a.route.prefix > b.route.prefix;
  return a.priority < b.priority;
}

}  // namespace

LinkMonitor::Subscription::Subscription(Subscription&& other) noexcept
    : monitor_(std::exchange(other.monitor_, nullptr)), id_(other.id_) {}

LinkMonitor::Subscription& LinkMonitor::Subscription::operator=(Subscription&& other) noexcept {
  if (this == &other) return *this;
  reset();
  monitor_ = std::exchange(other.monitor_, nullptr);
  id_ = other.id_;
  return *this;
}

void LinkMonitor::Subscription::reset() {
  if (monitor_ != nullptr) monitor_->handlers_.erase(id_);
  monitor_ = nullptr;
}

Expected<std::unique_ptr<LinkMonitor>, IoError> LinkMonitor::open(asio::io_context& loop) {
  std::unique_ptr<LinkMonitor> monitor(new LinkMonitor(loop));
  if (auto started = monitor->start(); !started) return unexpected(std::move(started).error());
  return monitor;
}

LinkMonitor::LinkMonitor(asio::io_context& loop)
    : loop_(loop), readable_(loop), alive_(std::make_shared<bool>(true)) {}

LinkMonitor::~LinkMonitor() {
  if (readable_.is_open()) static_cast<void>(readable_.release());  // libnl owns it
}

Expected<void, IoError> LinkMonitor::start() {
  // Listening first, reading the state second: what changes in between comes as a report.
  auto reports = NetlinkSocket::open({RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR});
  if (!reports) return unexpected(std::move(reports).error());
  auto requests = NetlinkSocket::open();
  if (!requests) return unexpected(std::move(requests).error());
  reports_ = std::move(*reports);
  requests_ = std::move(*requests);

  if (auto read = read_everything(); !read) return read;
  pending_.clear();  // nobody can have subscribed yet
  readable_.assign(reports_.fd());
  wait();
  return {};
}

Expected<void, IoError> LinkMonitor::read_everything() {
  std::vector<Link> links;
  std::vector<LinkAddress> addresses;
  auto read = requests_.dump(
      dump_request(RTM_GETLINK, ifinfomsg{}),
      [&](nl_object* object) { links.push_back(to_link(reinterpret_cast<rtnl_link*>(object))); },
      "read the links");
  if (!read) return read;
  read = requests_.dump(
      dump_request(RTM_GETADDR, ifaddrmsg{}),
      [&](nl_object* object) {
        auto address = to_link_address(reinterpret_cast<rtnl_addr*>(object));
        if (address) addresses.push_back(*std::move(address));
      },
      "read the addresses");
  if (!read) return read;

  for (const LinkAddress& known : std::vector<LinkAddress>(addresses_)) {
    const bool still_there =
        std::any_of(addresses.begin(), addresses.end(),
                    [&](const LinkAddress& address) { return same_place(address, known); });
    if (!still_there) remove_address(known);
  }
  for (const auto& [index, known] : std::map<int, Link>(links_)) {
    const int gone = index;
    if (std::none_of(links.begin(), links.end(),
                     [&](const Link& link) { return link.index == gone; })) {
      remove_link(gone);
    }
  }
  for (Link& link : links) take_in_link(std::move(link));
  for (LinkAddress& address : addresses) take_in_address(std::move(address));
  return {};
}

LinkMonitor::Subscription LinkMonitor::subscribe(Handler handler) {
  const std::uint64_t id = next_handler_++;
  handlers_.emplace(id, std::move(handler));
  return {*this, id};
}

void LinkMonitor::wait() {
  readable_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [this, alive = std::weak_ptr(alive_)](const std::error_code& error) {
                         if (error || alive.expired()) return;
                         catch_up();
                         wait();
                       });
}

void LinkMonitor::catch_up() {
  const auto received = reports_.receive([this](nl_object* object) { take_in(object); });
  if (received) return;
  // Reports were lost, so the copy is worth nothing. If reading fails too, the next report tries
  // again.
  static_cast<void>(read_everything());
}

void LinkMonitor::read_again() {
  catch_up();
  static_cast<void>(read_everything());
}

void LinkMonitor::take_in(nl_object* object) {
  switch (nl_object_get_msgtype(object)) {
    case RTM_NEWLINK:
    case RTM_DELLINK: {
      auto* link = reinterpret_cast<rtnl_link*>(object);
      if (rtnl_link_get_family(link) != AF_UNSPEC) return;  // a bridge speaks of its ports
      if (nl_object_get_msgtype(object) == RTM_NEWLINK) {
        take_in_link(to_link(link));
      } else {
        remove_link(rtnl_link_get_ifindex(link));
      }
      return;
    }
    case RTM_NEWADDR:
    case RTM_DELADDR: {
      auto address = to_link_address(reinterpret_cast<rtnl_addr*>(object));
      if (!address) return;
      if (nl_object_get_msgtype(object) == RTM_NEWADDR) {
        take_in_address(*std::move(address));
      } else {
        remove_address(*address);
      }
      return;
    }
    default:
      return;
  }
}

void LinkMonitor::take_in_link(Link link) {
  const auto [entry, is_new] = links_.try_emplace(link.index, link);
  const Link old = std::exchange(entry->second, link);
  if (is_new) {
    queue({LinkChange::kAppeared, link, {}, {}});
    return;
  }
  if (old.name != link.name) queue({LinkChange::kRenamed, link, old.name, {}});
  if (old.carrier != link.carrier) {
    queue({link.carrier ? LinkChange::kCarrierGained : LinkChange::kCarrierLost, link, {}, {}});
  }
}

void LinkMonitor::remove_link(int index) {
  const auto found = links_.find(index);
  if (found == links_.end()) return;
  for (const LinkAddress& address : std::vector<LinkAddress>(addresses_)) {
    if (address.link == index) remove_address(address);
  }
  queue({LinkChange::kVanished, found->second, {}, {}});
  links_.erase(found);
}

void LinkMonitor::take_in_address(LinkAddress address) {
  const auto found =
      std::find_if(addresses_.begin(), addresses_.end(),
                   [&](const LinkAddress& known) { return same_place(known, address); });
  const Link* link = find(address.link);
  const Link at = link == nullptr ? Link{} : *link;
  if (found == addresses_.end()) {
    addresses_.push_back(address);
    queue({LinkChange::kAddressAdded, at, {}, std::move(address)});
  } else if (*found != address) {
    *found = address;
    queue({LinkChange::kAddressChanged, at, {}, std::move(address)});
  }
}

void LinkMonitor::remove_address(const LinkAddress& address) {
  const auto found =
      std::find_if(addresses_.begin(), addresses_.end(),
                   [&](const LinkAddress& known) { return same_place(known, address); });
  if (found == addresses_.end()) return;
  const Link* link = find(address.link);
  LinkEvent event{LinkChange::kAddressRemoved, link == nullptr ? Link{} : *link, {}, *found};
  addresses_.erase(found);
  queue(std::move(event));
}

void LinkMonitor::queue(LinkEvent event) {
  pending_.push_back(std::move(event));
  if (pending_.size() > 1) return;
  asio::post(loop_, [this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) deliver();
  });
}

void LinkMonitor::deliver() {
  const std::weak_ptr<bool> alive = alive_;
  for (const LinkEvent& event : std::exchange(pending_, {})) {
    std::vector<std::uint64_t> ids;
    ids.reserve(handlers_.size());
    for (const auto& [id, handler] : handlers_) ids.push_back(id);
    for (const std::uint64_t id : ids) {
      const auto found = handlers_.find(id);
      if (found == handlers_.end()) continue;
      const Handler handler = found->second;  // it may end its own subscription
      handler(event);
      if (alive.expired()) return;
    }
  }
}

const Link* LinkMonitor::find(std::string_view name) const {
  for (const auto& [index, link] : links_) {
    if (link.name == name) return &link;
  }
  return nullptr;
}

const Link* LinkMonitor::find(int index) const {
  const auto found = links_.find(index);
  return found == links_.end() ? nullptr : &found->second;
}

bool LinkMonitor::has_carrier(std::string_view name) const {
  const Link* link = find(name);
  return link != nullptr && link->carrier;
}

const LinkAddress* LinkMonitor::primary_ipv4(std::string_view name) const {
  const Link* link = find(name);
  if (link == nullptr) return nullptr;
  for (const LinkAddress& address : addresses_) {
    if (address.link == link->index && !address.secondary &&
        address.address.family() == AddressFamily::kIpv4) {
      return &address;
    }
  }
  return nullptr;
}

std::optional<IpAddress> LinkMonitor::ipv4_address(std::string_view name) const {
  const LinkAddress* primary = primary_ipv4(name);
  return primary == nullptr ? std::nullopt : std::optional(primary->address);
}

std::optional<IpAddress> LinkMonitor::ipv4_broadcast(std::string_view name) const {
  const LinkAddress* primary = primary_ipv4(name);
  return primary == nullptr ? std::nullopt : primary->broadcast;
}

Expected<std::optional<LinkRoute>, IoError> LinkMonitor::best_link_route(
    const IpAddress& address, std::optional<unsigned> prefix, std::optional<int> link) const {
  rtmsg wanted{};
  wanted.rtm_family = address.family() == AddressFamily::kIpv4 ? AF_INET : AF_INET6;
  wanted.rtm_table = RT_TABLE_MAIN;
  wanted.rtm_type = RTN_UNICAST;

  std::optional<Candidate> best;
  const auto consider = [&](nl_object* object) {
    const auto candidate = to_candidate(reinterpret_cast<rtnl_route*>(object), address);
    if (!candidate || (prefix && candidate->route.prefix > *prefix) ||
        (link && candidate->route.link != *link)) {
      return;
    }
    if (!best || is_better(*candidate, *best)) best = candidate;
  };
  auto read = requests_.dump(dump_request(RTM_GETROUTE, wanted), consider,
                             "find the route to " + address.text());
  if (!read) return unexpected(std::move(read).error());
  if (!best) return std::nullopt;
  return best->route;
}

}  // namespace hb::io
