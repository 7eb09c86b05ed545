#include "io/media/udp_sockets.h"

#include <algorithm>
#include <array>
#include <string>

#include <netinet/ip.h>
#include <sys/socket.h>

#include "io/media/packet_filter.h"

namespace hb::io {
namespace {

using asio::ip::address;
using Endpoint = asio::ip::udp::endpoint;

// Bytes waiting for a loop that is held up; the kernel counts packets with their overhead.
constexpr int kReceiveBuffer = 1 << 20;

constexpr int kOn = 1;

// A socket being set up: the first error stays, and what follows it is not tried.
class Setup {
 public:
  explicit Setup(int family = AF_INET)
      : fd_(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    if (!fd_) error_ = IoError{errno, "socket"};
    // Else it would take the port away from the media of IPv4.
    if (family == AF_INET6) option(IPPROTO_IPV6, IPV6_V6ONLY, kOn, "IPV6_V6ONLY");
  }

  template <class T>
  Setup& option(int level, int name, const T& value, const char* what) {
    if (!error_ && ::setsockopt(fd_.get(), level, name, &value, sizeof value) != 0) {
      error_ = IoError{errno, what};
    }
    return *this;
  }

  Setup& bind_to_device(const std::string& interface) {
    const auto length = static_cast<socklen_t>(interface.size());
    if (!error_ &&
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.data(), length) != 0) {
      error_ = IoError{errno, "bind to device " + interface};
    }
    return *this;
  }

  Setup& bind(const Endpoint& local) {
    if (!error_ && ::bind(fd_.get(), local.data(), static_cast<socklen_t>(local.size())) != 0) {
      error_ = IoError{errno, "bind " + text_of(local)};
    }
    return *this;
  }

  // The administrator's limit does not bind the cluster daemon; without the right to exceed it,
  // what the limit allows.
  Setup& large_receive_buffer() {
    if (error_) return *this;
    if (::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof(int)) != 0) {
      ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof(int));
    }
    return *this;
  }

  Setup& filter(const PacketFilter& steps, int kind = SO_ATTACH_FILTER) {
    if (!error_ && !attach_filter(fd_.get(), steps, kind)) error_ = IoError{errno, "attach filter"};
    return *this;
  }

  Expected<UniqueFd, IoError> finish() {
    if (error_) return unexpected(*std::move(error_));
    return std::move(fd_);
  }

 private:
  UniqueFd fd_;
  std::optional<IoError> error_;
};

// `receive` sets up either of the two receive sockets. That for heartbeats is bound first: of two
// sockets that would do, the kernel gives a datagram to our address to the one bound last.
template <class Receive>
Expected<UdpSockets, IoError> open_all(Setup& send, Receive receive,
                                       std::vector<Endpoint> destinations) {
  UdpSockets sockets;
  sockets.destinations = std::move(destinations);
  const auto keep = [](UniqueFd& place, Setup& setup) -> Expected<void, IoError> {
    auto fd = setup.finish();
    if (!fd) return unexpected(std::move(fd.error()));
    place = *std::move(fd);
    return {};
  };
  Setup heartbeats = receive(Take::kHeartbeats);
  heartbeats.option(SOL_SOCKET, SO_TIMESTAMPNS, kOn, "SO_TIMESTAMPNS");
  Setup others = receive(Take::kOthers);
  if (auto kept = keep(sockets.send, send); !kept) return unexpected(std::move(kept.error()));
  if (auto kept = keep(sockets.heartbeats, heartbeats); !kept)
    return unexpected(std::move(kept.error()));
  if (auto kept = keep(sockets.receive, others); !kept) return unexpected(std::move(kept.error()));
  return sockets;
}

InterfaceFacts only_index(const InterfaceFacts& facts) {
  InterfaceFacts result;
  result.index = facts.index;
  return result;
}

Expected<UdpSockets, IoError> open_group4(const McastConfig& config, const InterfaceFacts& facts) {
  if (!facts.address) return unexpected(lacks_address(config.interface));

  ip_mreqn membership{};
  membership.imr_multiaddr.s_addr = htonl(config.group.to_v4().to_uint());
  membership.imr_address.s_addr = htonl(facts.address->to_uint());
  membership.imr_ifindex = facts.index;

  Setup send;
  send.option(IPPROTO_IP, IP_MULTICAST_IF, membership, "IP_MULTICAST_IF")
      .option(IPPROTO_IP, IP_MULTICAST_LOOP, static_cast<int>(config.loop), "IP_MULTICAST_LOOP")
      .option(IPPROTO_IP, IP_MULTICAST_TTL, static_cast<int>(config.hops), "IP_MULTICAST_TTL");

  // Unlike 3.0.6 (IP_MULTICAST_ALL off): only what came in by this interface, so that one link's
  // packets do not keep another link of the same group alive.
  const Endpoint group = make_endpoint(config.group, config.port, facts.index);
  const auto receive = [&](Take take) {
    Setup socket;
    socket.option(SOL_SOCKET, SO_REUSEADDR, kOn, "SO_REUSEADDR")
        .option(IPPROTO_IP, IP_MULTICAST_ALL, 0, "IP_MULTICAST_ALL")
        .large_receive_buffer()
        .filter(socket_filter(take))
        .bind(group)
        .option(IPPROTO_IP, IP_ADD_MEMBERSHIP, membership, "IP_ADD_MEMBERSHIP");
    return socket;
  };

  return open_all(send, receive, {group});
}

Expected<UdpSockets, IoError> open_group6(const McastConfig& config, const InterfaceFacts& facts) {
  if (!facts.ipv6) return unexpected(lacks_address(config.interface, "IPv6"));

  ipv6_mreq membership{};
  const asio::ip::address_v6::bytes_type bytes = config.group.to_v6().to_bytes();
  std::copy(bytes.begin(), bytes.end(), membership.ipv6mr_multiaddr.s6_addr);
  membership.ipv6mr_interface = static_cast<unsigned>(facts.index);

  Setup send(AF_INET6);
  send.option(IPPROTO_IPV6, IPV6_MULTICAST_IF, facts.index, "IPV6_MULTICAST_IF")
      .option(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, static_cast<int>(config.loop),
              "IPV6_MULTICAST_LOOP")
      .option(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, static_cast<int>(config.hops),
              "IPV6_MULTICAST_HOPS");

  // Bound to the device, since the kernel compares a membership by the group alone, so that another
  // link's packets would come here, too.
  const Endpoint group = make_endpoint(config.group, config.port, facts.index);
  const auto receive = [&](Take take) {
    Setup socket(AF_INET6);
    socket.option(SOL_SOCKET, SO_REUSEADDR, kOn, "SO_REUSEADDR")
        .bind_to_device(config.interface)
        .large_receive_buffer()
        .filter(socket_filter(take))
        .bind(group)
        .option(IPPROTO_IPV6, IPV6_JOIN_GROUP, membership, "IPV6_JOIN_GROUP");
    return socket;
  };

  return open_all(send, receive, {group});
}

}  // namespace

Endpoint make_endpoint(const address& host, std::uint16_t port, int interface_index) {
  if (!host.is_v6()) return {host, port};
  asio::ip::address_v6 scoped = host.to_v6();
  if (scoped.is_link_local() || scoped.is_multicast_link_local() ||
      scoped.is_multicast_node_local()) {
    scoped.scope_id(static_cast<asio::ip::scope_id_type>(interface_index));
  }
  return {scoped, port};
}

std::string text_of(const Endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
}

IoError lacks_address(const std::string& interface, const char* family) {
  return {EADDRNOTAVAIL, std::string(family) + " address of " + interface};
}

Expected<UdpSockets, IoError> open_sockets(const BcastConfig& config, const InterfaceFacts& facts) {
  if (!facts.broadcast) return unexpected(lacks_address(config.interface));

  Setup send;
  send.option(SOL_SOCKET, SO_BROADCAST, kOn, "SO_BROADCAST")
      .option(SOL_SOCKET, SO_DONTROUTE, kOn, "SO_DONTROUTE")
      .bind_to_device(config.interface);

  const auto receive = [&](Take take) {
    Setup socket;
    socket.option(SOL_SOCKET, SO_REUSEADDR, kOn, "SO_REUSEADDR")
        .bind_to_device(config.interface)
        .large_receive_buffer()
        .filter(socket_filter_without_echo(take))
        .bind({asio::ip::udp::v4(), config.port});
    return socket;
  };

  return open_all(send, receive, {Endpoint(*facts.broadcast, config.port)});
}

Expected<UdpSockets, IoError> open_sockets(const McastConfig& config, const InterfaceFacts& facts) {
  return is_ipv6(config) ? open_group6(config, facts) : open_group4(config, facts);
}

Expected<UdpSockets, IoError> open_sockets(const UcastConfig& config, const InterfaceFacts& facts) {
  const bool ipv6 = is_ipv6(config);
  if (ipv6 && !facts.ipv6) return unexpected(lacks_address(config.interface, "IPv6"));

  Setup send(ipv6 ? AF_INET6 : AF_INET);
  if (!ipv6) send.option(IPPROTO_IP, IP_TOS, static_cast<int>(IPTOS_LOWDELAY), "IP_TOS");
  send.bind_to_device(config.interface).option(SOL_SOCKET, SO_REUSEPORT, kOn, "SO_REUSEPORT");

  const auto receive = [&](Take take) {
    Setup socket(ipv6 ? AF_INET6 : AF_INET);
    socket.option(SOL_SOCKET, SO_REUSEADDR, kOn, "SO_REUSEADDR")
        .bind_to_device(config.interface)
        .option(SOL_SOCKET, SO_REUSEPORT, kOn, "SO_REUSEPORT")
        .large_receive_buffer()
        .filter(socket_filter(take))
        .bind({ipv6 ? asio::ip::udp::v6() : asio::ip::udp::v4(), config.port});
    // For both; until then they share what comes in by a hash of the sender.
    if (take == Take::kOthers) socket.filter(socket_choice(), SO_ATTACH_REUSEPORT_CBPF);
    return socket;
  };

  std::vector<Endpoint> destinations;
  destinations.reserve(config.peers.size());
  for (const address& peer : config.peers) {
    destinations.push_back(make_endpoint(peer, config.port, facts.index));
  }
  return open_all(send, receive, std::move(destinations));
}

bool is_ipv6(const McastConfig& config) { return config.group.is_v6(); }
bool is_ipv6(const UcastConfig& config) {
  return !config.peers.empty() && config.peers.front().is_v6();
}

InterfaceFacts relevant(const BcastConfig&, const InterfaceFacts& facts) {
  InterfaceFacts result = only_index(facts);
  result.broadcast = facts.broadcast;
  return result;
}
InterfaceFacts relevant(const McastConfig& config, const InterfaceFacts& facts) {
  InterfaceFacts result = only_index(facts);
  if (is_ipv6(config)) {
    result.ipv6 = facts.ipv6;
  } else {
    result.address = facts.address;
  }
  return result;
}
// The kernel chooses the source address of each packet, and any address is received: only whether
// there is one makes a difference.
InterfaceFacts relevant(const UcastConfig& config, const InterfaceFacts& facts) {
  InterfaceFacts result = only_index(facts);
  if (is_ipv6(config)) {
    result.ipv6 = facts.ipv6;
  } else if (facts.address) {
    result.address = asio::ip::address_v4::any();
  }
  return result;
}

}  // namespace hb::io
