#include "io/media/udp_sockets.h"

#include <array>
#include <string>

#include <linux/filter.h>
#include <linux/if_packet.h>
#include <netinet/ip.h>
#include <sys/socket.h>

namespace hb::io {
namespace {

using Address = asio::ip::address_v4;

// Bytes waiting for a loop that is held up; the kernel counts packets with their overhead.
constexpr int kReceiveBuffer = 1 << 20;

sockaddr_in endpoint(const Address& address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(address.to_uint());
  return result;
}

// A socket being set up: the first error stays, and what follows it is not tried.
class Setup {
 public:
  Setup() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    if (!fd_) error_ = last_error("socket");
  }

  template <class T>
  Setup& option(int level, int name, const T& value, const char* what) {
    if (!error_ && ::setsockopt(fd_.get(), level, name, &value, sizeof value) != 0) {
      error_ = last_error(what);
    }
    return *this;
  }

  Setup& bind_to_device(const std::string& interface) {
    const auto length = static_cast<socklen_t>(interface.size());
    if (!error_ &&
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.data(), length) != 0) {
      error_ = last_error("bind to device " + interface);
    }
    return *this;
  }

  Setup& bind(const Address& address, std::uint16_t port) {
    const sockaddr_in local = endpoint(address, port);
    if (!error_ &&
        ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
      error_ = last_error("bind " + address.to_string() + ":" + std::to_string(port));
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

  // Drops in the kernel whatever does not begin as a packet does, "###\n" or ">>>\n": a flood of
  // junk then costs us nothing. Datagrams too short for the test are dropped by its first step.
  Setup& drop_junk() {
    return filter(std::array<sock_filter, 5>{{
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, kPayload},
        {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, kNetstring},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, kClassic},
        {BPF_RET | BPF_K, 0, 0, kTake},
        {BPF_RET | BPF_K, 0, 0, kDrop},
    }});
  }

  // Also the copy of each broadcast that the kernel hands back to its sender: to wake up for it was
  // a third of what a heartbeat cost.
  Setup& drop_junk_and_echo() {
    constexpr auto kPacketType = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE);
    return filter(std::array<sock_filter, 7>{{
        {BPF_LD | BPF_B | BPF_ABS, 0, 0, kPacketType},
        {BPF_JMP | BPF_JEQ | BPF_K, 4, 0, PACKET_LOOPBACK},
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, kPayload},
        {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, kNetstring},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, kClassic},
        {BPF_RET | BPF_K, 0, 0, kTake},
        {BPF_RET | BPF_K, 0, 0, kDrop},
    }});
  }

  Expected<UniqueFd, IoError> finish() {
    if (error_) return unexpected(*std::move(error_));
    return std::move(fd_);
  }

 private:
  static constexpr std::uint32_t kPayload = 8;  // offset behind the UDP header
  static constexpr std::uint32_t kNetstring = 0x2323230a, kClassic = 0x3e3e3e0a;
  static constexpr std::uint32_t kTake = 0xffffffff, kDrop = 0;  // bytes

  template <std::size_t size>
  Setup& filter(std::array<sock_filter, size> steps) {
    const sock_fprog program{size, steps.data()};
    return option(SOL_SOCKET, SO_ATTACH_FILTER, program, "attach filter");
  }

  UniqueFd fd_;
  std::optional<IoError> error_;
};

constexpr int kOn = 1;

Expected<UdpSockets, IoError> both(Setup& send, Setup& receive,
                                   std::vector<sockaddr_in> destinations) {
  auto send_fd = send.finish();
  if (!send_fd) return unexpected(std::move(send_fd.error()));
  auto receive_fd = receive.finish();
  if (!receive_fd) return unexpected(std::move(receive_fd.error()));
  return UdpSockets{*std::move(send_fd), *std::move(receive_fd), std::move(destinations)};
}

IoError lacks_address(const std::string& interface) {
  return {EADDRNOTAVAIL, "IPv4 address of " + interface};
}

}  // namespace

Expected<UdpSockets, IoError> open_sockets(const BcastConfig& config, const InterfaceFacts& facts) {
  if (!facts.broadcast) return unexpected(lacks_address(config.interface));

  Setup send;
  send.option(SOL_SOCKET, SO_BROADCAST, kOn, "SO_BROADCAST")
      .option(SOL_SOCKET, SO_DONTROUTE, kOn, "SO_DONTROUTE")
      .bind_to_device(config.interface);

  Setup receive;
  receive.option(SOL_SOCKET, SO_REUSEADDR, kOn, "SO_REUSEADDR")
      .bind_to_device(config.interface)
      .large_receive_buffer()
      .drop_junk_and_echo()
      .bind(Address::any(), config.port);

  return both(send, receive, {endpoint(*facts.broadcast, config.port)});
}

Expected<UdpSockets, IoError> open_sockets(const McastConfig& config, const InterfaceFacts& facts) {
  if (!facts.address) return unexpected(lacks_address(config.interface));

  ip_mreqn membership{};
  membership.imr_multiaddr.s_addr = htonl(config.group.to_uint());
  membership.imr_address.s_addr = htonl(facts.address->to_uint());
  membership.imr_ifindex = facts.index;

  Setup send;
  send.option(IPPROTO_IP, IP_MULTICAST_IF, membership, "IP_MULTICAST_IF")
      .option(IPPROTO_IP, IP_MULTICAST_LOOP, static_cast<int>(config.loop), "IP_MULTICAST_LOOP")
      .option(IPPROTO_IP, IP_MULTICAST_TTL, static_cast<int>(config.ttl), "IP_MULTICAST_TTL");

  // Unlike 3.0.6 (IP_MULTICAST_ALL off): only what came in by this interface, so that one link's
  // packets do not keep another link of the same group alive.
  Setup receive;
  receive.option(SOL_SOCKET, SO_REUSEADDR, kOn, "SO_REUSEADDR")
      .option(IPPROTO_IP, IP_MULTICAST_ALL, 0, "IP_MULTICAST_ALL")
      .large_receive_buffer()
      .drop_junk()
      .bind(config.group, config.port)
      .option(IPPROTO_IP, IP_ADD_MEMBERSHIP, membership, "IP_ADD_MEMBERSHIP");

  return both(send, receive, {endpoint(config.group, config.port)});
}

Expected<UdpSockets, IoError> open_sockets(const UcastConfig& config, const InterfaceFacts&) {
  Setup send;
  send.option(IPPROTO_IP, IP_TOS, static_cast<int>(IPTOS_LOWDELAY), "IP_TOS")
      .bind_to_device(config.interface)
      .option(SOL_SOCKET, SO_REUSEPORT, kOn, "SO_REUSEPORT");

  Setup receive;
  receive.option(SOL_SOCKET, SO_REUSEADDR, kOn, "SO_REUSEADDR")
      .bind_to_device(config.interface)
      .option(SOL_SOCKET, SO_REUSEPORT, kOn, "SO_REUSEPORT")
      .large_receive_buffer()
      .drop_junk()
      .bind(Address::any(), config.port);

  std::vector<sockaddr_in> destinations;
  destinations.reserve(config.peers.size());
  for (const Address& peer : config.peers) destinations.push_back(endpoint(peer, config.port));
  return both(send, receive, std::move(destinations));
}

InterfaceFacts relevant(const BcastConfig&, const InterfaceFacts& facts) {
  return {.index = facts.index, .address = std::nullopt, .broadcast = facts.broadcast};
}
InterfaceFacts relevant(const McastConfig&, const InterfaceFacts& facts) {
  return {.index = facts.index, .address = facts.address, .broadcast = std::nullopt};
}
// The kernel chooses the source address of each packet, and any address is received.
InterfaceFacts relevant(const UcastConfig&, const InterfaceFacts& facts) {
  return {.index = facts.index, .address = std::nullopt, .broadcast = std::nullopt};
}

}  // namespace hb::io
