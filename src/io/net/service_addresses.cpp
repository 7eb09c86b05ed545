#include "io/net/service_addresses.h"

#include <algorithm>

#include <asio/post.hpp>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/msg.h>

#include "base/assert.h"

namespace hb::io {
namespace {

constexpr Duration kDetectionPoll = std::chrono::milliseconds(50);
// Between a loss and putting back: an interface that returns says several things at once, and
// whoever removes again and again must not keep us busy.
constexpr Duration kRestoreDelay = std::chrono::milliseconds(100);

bool is_ipv4(const IpAddress& address) { return address.family() == AddressFamily::kIpv4; }

std::string describe(const IpAddress& address, unsigned prefix, const std::string& interface) {
  return address.text() + "/" + std::to_string(prefix) + " on " + interface;
}

AnnounceSchedule schedule_of(AddressAgent agent) {
  switch (agent) {
    case AddressAgent::kIpaddr:
      return ipaddr_announcements();
    case AddressAgent::kIpaddr2:
      return ipaddr2_announcements();
    case AddressAgent::kIpv6addr:
      return ipv6addr_announcements();
  }
  return ipaddr2_announcements();
}

template <class Header>
nl_msg* message(int type, int flags, const Header& header) {
  nl_msg* result = nlmsg_alloc_simple(type, flags);
  HB_ASSERT(result != nullptr);
  HB_ASSERT(nlmsg_append(result, const_cast<Header*>(&header), sizeof header, NLMSG_ALIGNTO) == 0);
  return result;
}

void add_attribute(nl_msg* to, int type, const IpAddress& address) {
  HB_ASSERT(nla_put(to, type, static_cast<int>(address.bytes().size()), address.bytes().data()) ==
            0);
}

nl_msg* address_message(int type, int flags, const IpAddress& address, unsigned prefix, int link) {
  ifaddrmsg header{};
  header.ifa_family = is_ipv4(address) ? AF_INET : AF_INET6;
  header.ifa_prefixlen = static_cast<std::uint8_t>(prefix);
  header.ifa_index = static_cast<unsigned>(link);
  nl_msg* result = message(type, flags, header);
  add_attribute(result, IFA_LOCAL, address);
  add_attribute(result, IFA_ADDRESS, address);
  return result;
}

}  // namespace

// One add() under way.
struct ServiceAddresses::Adding {
  AddressAgent agent;
  ServiceAddress address;
  AddressPlace place;
  Added done;
  std::unique_ptr<ConflictWatch> probe;
  asio::steady_timer timer;
  std::chrono::steady_clock::time_point give_up{};
};

ServiceAddresses::ServiceAddresses(asio::io_context& loop, LinkMonitor& monitor, Options options)
    : loop_(loop),
      monitor_(monitor),
      options_(options),
      announcer_(loop, monitor),
      arp_listener_(loop),
      restore_timer_(loop),
      alive_(std::make_shared<bool>(true)),
      link_news_(monitor.subscribe([this](const LinkEvent& event) { on_link(event); })) {}

ServiceAddresses::ServiceAddresses(asio::io_context& loop, LinkMonitor& monitor)
    : ServiceAddresses(loop, monitor, Options()) {}

ServiceAddresses::~ServiceAddresses() = default;

void ServiceAddresses::on_conflict(std::function<void(const AddressConflict&)> handler) {
  conflict_handler_ = std::move(handler);
}

void ServiceAddresses::on_restored(std::function<void(const Restored&)> handler) {
  restored_handler_ = std::move(handler);
}

// ---- adding ------------------------------------------------------------------------------------

void ServiceAddresses::add(AddressAgent agent, const ServiceAddress& address, Added done) {
  cancel(address.address);
  const auto adding = std::make_shared<Adding>(
      Adding{agent, address, {}, std::move(done), nullptr, asio::steady_timer(loop_)});
  adding_[address.address] = adding;

  if (const auto present = find(agent, address)) {
    adding->place = *present;
    announce(adding);  // a second start tells the neighbours once more, as the scripts do
    return;
  }
  auto place = choose_place(address);
  if (!place) {
    finish(adding, unexpected(std::move(place).error()));
    return;
  }
  adding->place = *place;
  if (auto up = set_up(*place); !up) {
    finish(adding, unexpected(std::move(up).error()));
    return;
  }
  probe(adding);
}

// The interface and prefix that were given, else those of the most specific route to the link.
Expected<AddressPlace, IoError> ServiceAddresses::choose_place(
    const ServiceAddress& address) const {
  const Link* link = nullptr;
  if (address.interface) {
    link = monitor_.find(*address.interface);
    if (link == nullptr) {
      return unexpected(
          IoError{ENODEV, "add " + address.text + " to interface " + *address.interface});
    }
    if (address.prefix) return AddressPlace{link->index, link->name, *address.prefix};
  }
  const auto index = link == nullptr ? std::nullopt : std::optional(link->index);
  const auto route = monitor_.best_link_route(address.address, address.prefix, index);
  if (!route) return unexpected(route.error());
  if (!*route) {
    return unexpected(IoError{EADDRNOTAVAIL, "find by the routes where " + address.text +
                                                 " belongs (give mask and interface)"});
  }
  link = monitor_.find((*route)->link);
  if (link == nullptr) return unexpected(IoError{ENODEV, "add " + address.text});
  return AddressPlace{link->index, link->name, address.prefix.value_or((*route)->prefix)};
}

Expected<void, IoError> ServiceAddresses::set_up(const AddressPlace& place) {
  const Link* link = monitor_.find(place.link);
  if (link == nullptr || link->up) return {};
  ifinfomsg header{};
  header.ifi_index = place.link;
  header.ifi_flags = IFF_UP;
  header.ifi_change = IFF_UP;
  return request(message(RTM_NEWLINK, 0, header), "set up " + place.interface);
}

void ServiceAddresses::probe(const std::shared_ptr<Adding>& adding) {
  const Link* link = monitor_.find(adding->place.link);
  if (options_.probe_before == Duration::zero() || !is_ipv4(adding->address.address) ||
      link == nullptr || !link->arp) {
    take(adding);
    return;
  }
  auto probe = ConflictWatch::start(
      loop_, arp_listener_, adding->address.address, *link, own_hardware(), options_.probe_before,
      [this, weak = std::weak_ptr(adding)](const std::optional<AddressConflict>& conflict) {
        const auto probed = weak.lock();
        if (!probed) return;
        if (conflict) {
          finish(probed, unexpected(IoError{EADDRINUSE, "add " + probed->address.text + ", which " +
                                                            conflict->owner + " has on " +
                                                            conflict->interface}));
        } else {
          take(probed);
        }
      });
  if (!probe) {
    finish(adding, unexpected(std::move(probe).error()));
    return;
  }
  adding->probe = std::move(*probe);
}

void ServiceAddresses::take(const std::shared_ptr<Adding>& adding) {
  // Behind an LVS director the address is configured on lo while another node serves it.
  if (adding->agent == AddressAgent::kIpaddr2) take_from_loopback(adding->address.address);
  if (auto added = put(adding->address, adding->place); !added) {
    give_back_to_loopback(adding->address.address);
    finish(adding, unexpected(std::move(added).error()));
    return;
  }
  if (is_ipv4(adding->address.address) || !options_.detect_duplicates) {
    announce(adding);
  } else {
    adding->give_up = std::chrono::steady_clock::now() + options_.longest_detection;
    await_detection(adding);
  }
}

Expected<void, IoError> ServiceAddresses::put(const ServiceAddress& address,
                                              const AddressPlace& place) {
  nl_msg* add = address_message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, address.address,
                                place.prefix, place.link);
  if (is_ipv4(address.address)) {
    const auto broadcast =
        address.broadcast ? address.broadcast : broadcast_of(address.address, place.prefix);
    if (broadcast) add_attribute(add, IFA_BROADCAST, *broadcast);
    HB_ASSERT(nla_put_string(add, IFA_LABEL, address.label.value_or(place.interface).c_str()) == 0);
  } else if (!options_.detect_duplicates) {
    HB_ASSERT(nla_put_u32(add, IFA_FLAGS, IFA_F_NODAD) == 0);
  }
  auto added = request(add, "add " + describe(address.address, place.prefix, place.interface));
  if (!added && added.error().code == EEXIST) return {};  // somebody was faster
  return added;
}

void ServiceAddresses::await_detection(const std::shared_ptr<Adding>& adding) {
  adding->timer.expires_after(kDetectionPoll);
  adding->timer.async_wait([this, weak = std::weak_ptr(adding)](const std::error_code& error) {
    const auto waiting = weak.lock();
    if (!error && waiting) look_at_detection(waiting);
  });
}

void ServiceAddresses::look_at_detection(const std::shared_ptr<Adding>& adding) {
  look(adding->address.address);
  const LinkAddress* address = find_at(adding->address.address, adding->place);
  const std::string attempted =
      "add " + describe(adding->address.address, adding->place.prefix, adding->place.interface);
  if (address == nullptr) {
    finish(adding, unexpected(IoError{ECANCELED, attempted + ", which was removed meanwhile"}));
  } else if (address->duplicate) {
    const LinkAddress refused = *address;
    static_cast<void>(drop(refused));
    finish(adding, unexpected(IoError{EADDRINUSE, attempted + ", which another machine has"}));
  } else if (!address->tentative) {
    announce(adding);
  } else if (std::chrono::steady_clock::now() >= adding->give_up) {
    const LinkAddress undecided = *address;
    static_cast<void>(drop(undecided));
    finish(adding, unexpected(IoError{ETIMEDOUT, attempted + ": duplicate detection"}));
  } else {
    await_detection(adding);
  }
}

void ServiceAddresses::announce(const std::shared_ptr<Adding>& adding) {
  const IpAddress& address = adding->address.address;
  look(address);
  // The address serves all the same if it cannot be announced; neighbours ask sooner or later.
  auto announced = announcer_.start(address, adding->place.link, schedule_of(adding->agent));
  if (!announced) announce_failure_ = std::move(announced).error();

  const Link* link = monitor_.find(adding->place.link);
  if (is_ipv4(address) && link != nullptr && options_.watch_after > Duration::zero()) {
    auto watch = ConflictWatch::start(
        loop_, arp_listener_, address, *link, own_hardware(), options_.watch_after,
        [this, address](const std::optional<AddressConflict>& conflict) {
          const auto self = std::move(watches_[address]);
          watches_.erase(address);
          if (conflict && conflict_handler_) conflict_handler_(*conflict);
        });
    if (watch) watches_[address] = std::move(*watch);
  }
  finish(adding, adding->place);
}

void ServiceAddresses::finish(const std::shared_ptr<Adding>& adding,
                              Expected<AddressPlace, IoError> result) {
  adding_.erase(adding->address.address);
  if (result) {
    Held held{adding->agent, adding->address};
    held.address.interface = result->interface;
    held.address.prefix = result->prefix;
    held_.insert_or_assign(adding->address.address, std::move(held));
  }
  asio::post(loop_, [done = std::move(adding->done), result = std::move(result),
                     alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) done(result);
  });
}

void ServiceAddresses::cancel(const IpAddress& address) {
  watches_.erase(address);
  const auto found = adding_.find(address);
  if (found == adding_.end()) return;
  const std::shared_ptr<Adding> adding = found->second;
  adding->probe.reset();
  adding->timer.cancel();
  finish(adding, unexpected(IoError{ECANCELED, "add " + adding->address.text}));
}

// ---- removing ----------------------------------------------------------------------------------

Expected<void, IoError> ServiceAddresses::remove(AddressAgent agent,
                                                 const ServiceAddress& address) {
  cancel(address.address);
  held_.erase(address.address);
  announcer_.stop(address.address);
  look(address.address);
  Expected<void, IoError> result;
  // More than once only if somebody else put it on a second interface.
  for (const LinkAddress& present : std::vector<LinkAddress>(monitor_.addresses())) {
    if (!matches(agent, address, present)) continue;
    if (auto dropped = drop(present); !dropped) result = std::move(dropped);
  }
  give_back_to_loopback(address.address);
  return result;
}

Expected<void, IoError> ServiceAddresses::drop(const LinkAddress& address) {
  const std::vector<LinkAddress> before = monitor_.addresses();
  const Link* link = monitor_.find(address.link);
  const std::string interface = link == nullptr ? "a link that is gone" : link->name;
  auto removed =
      request(address_message(RTM_DELADDR, 0, address.address, address.prefix, address.link),
              "remove " + describe(address.address, address.prefix, interface));
  if (!removed && removed.error().code != EADDRNOTAVAIL && removed.error().code != ENODEV) {
    return removed;
  }
  put_back_fellows(before, address);
  return {};
}

// Without promote_secondaries the kernel removes the other addresses of a network together with
// the first one. Those others may be service addresses, or the node's own.
void ServiceAddresses::put_back_fellows(const std::vector<LinkAddress>& before,
                                        const LinkAddress& removed) {
  look(removed.address);
  for (const LinkAddress& fellow : before) {
    const bool same_network = fellow.link == removed.link && fellow.prefix == removed.prefix &&
                              fellow.address != removed.address && fellow.secondary &&
                              fellow.address.is_within(removed.address, removed.prefix);
    const Link* link = monitor_.find(fellow.link);
    if (!same_network || link == nullptr ||
        find_at(fellow.address, {fellow.link, link->name, fellow.prefix}) != nullptr) {
      continue;
    }
    ServiceAddress again;
    again.address = fellow.address;
    again.text = fellow.address.text();
    again.label = fellow.label;
    again.broadcast = fellow.broadcast;
    static_cast<void>(put(again, {fellow.link, link->name, fellow.prefix}));
  }
  look(removed.address);
}

// ---- putting back ------------------------------------------------------------------------------

void ServiceAddresses::on_link(const LinkEvent& event) {
  const bool lost = event.change == LinkChange::kAddressRemoved && event.address &&
                    held_.contains(event.address->address);
  const bool maybe_back = event.change == LinkChange::kAppeared ||
                          event.change == LinkChange::kRenamed ||
                          event.change == LinkChange::kCarrierGained;
  if (held_.empty() || (!lost && !maybe_back) || std::exchange(restore_soon_, true)) return;
  restore_timer_.expires_after(kRestoreDelay);
  restore_timer_.async_wait([this](const std::error_code& error) {
    if (error) return;
    restore_soon_ = false;
    restore();
  });
}

void ServiceAddresses::restore() {
  const std::map<IpAddress, Held> held = held_;
  for (const auto& [key, entry] : held) {
    if (adding_.contains(key) || find(entry.agent, entry.address)) continue;
    add(entry.agent, entry.address,
        [this, address = key](const Expected<AddressPlace, IoError>& result) {
          const auto found = held_.find(address);
          if (found == held_.end()) return;  // given up meanwhile
          const bool told_before = std::exchange(found->second.failure_told, !result);
          if (restored_handler_ && !(told_before && !result)) {
            restored_handler_({found->second.address.text, result});
          }
        });
  }
}

// ---- looking -----------------------------------------------------------------------------------

std::vector<HardwareAddress> ServiceAddresses::own_hardware() const {
  std::vector<HardwareAddress> result;
  for (const auto& [index, link] : monitor_.links()) result.push_back(link.hardware);
  return result;
}

void ServiceAddresses::look(const IpAddress& address) {
  if (is_ipv4(address)) {
    monitor_.catch_up();
  } else {
    monitor_.read_again();
  }
}

bool ServiceAddresses::matches(AddressAgent agent, const ServiceAddress& wanted,
                               const LinkAddress& present) const {
  if (present.address != wanted.address || present.duplicate) return false;
  const Link* link = monitor_.find(present.link);
  if (link == nullptr) return false;
  const bool anywhere = agent == AddressAgent::kIpaddr;
  if (link->loopback && wanted.interface != link->name) return false;
  if (anywhere) return true;
  return (!wanted.prefix || *wanted.prefix == present.prefix) &&
         (!wanted.interface || *wanted.interface == link->name);
}

std::optional<AddressPlace> ServiceAddresses::find(AddressAgent agent,
                                                   const ServiceAddress& address) {
  look(address.address);
  for (const LinkAddress& present : monitor_.addresses()) {
    if (!matches(agent, address, present) || present.tentative) continue;
    return AddressPlace{present.link, monitor_.find(present.link)->name, present.prefix};
  }
  return std::nullopt;
}

const LinkAddress* ServiceAddresses::find_at(const IpAddress& address,
                                             const AddressPlace& place) const {
  for (const LinkAddress& present : monitor_.addresses()) {
    if (present.address == address && present.link == place.link &&
        present.prefix == place.prefix) {
      return &present;
    }
  }
  return nullptr;
}

// ---- lo, for LVS -------------------------------------------------------------------------------

void ServiceAddresses::take_from_loopback(const IpAddress& address) {
  for (const LinkAddress& present : std::vector<LinkAddress>(monitor_.addresses())) {
    const Link* link = monitor_.find(present.link);
    if (present.address != address || link == nullptr || !link->loopback) continue;
    if (drop(present)) from_loopback_[address] = present;
  }
}

void ServiceAddresses::give_back_to_loopback(const IpAddress& address) {
  const auto found = from_loopback_.find(address);
  if (found == from_loopback_.end()) return;
  const Link* link = monitor_.find(found->second.link);
  ServiceAddress back;
  back.address = address;
  back.text = address.text();
  back.broadcast = found->second.broadcast;
  back.label = found->second.label;
  if (link != nullptr) {
    static_cast<void>(put(back, {link->index, link->name, found->second.prefix}));
  }
  from_loopback_.erase(found);
}

Expected<void, IoError> ServiceAddresses::request(nl_msg* message, const std::string& attempted) {
  if (requests_.fd() < 0) {
    auto socket = NetlinkSocket::open();
    if (!socket) return unexpected(std::move(socket).error());
    requests_ = std::move(*socket);
  }
  return requests_.request(message, attempted);
}

}  // namespace hb::io
