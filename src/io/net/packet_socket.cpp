#include "io/net/packet_socket.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

namespace hb::io {
namespace {

// Longest hardware address that Linux knows; sockaddr_ll alone has room for eight bytes only.
constexpr std::size_t kLongestHardwareAddress = 32;

struct LinkLayerAddress {
  sockaddr_ll address{};
  std::array<std::uint8_t, kLongestHardwareAddress - 8> more{};
};

// Datagram sockets: the kernel makes the link-layer header, whatever the medium is.
Expected<UniqueFd, IoError> open_packet_socket(std::uint16_t ether_type) {
  UniqueFd socket(
      ::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ether_type)));
  if (!socket) return unexpected(last_error("open a packet socket"));
  return socket;
}

// 33:33:00:00:00:01, which belongs to ff02::1 (RFC 2464 7), so that only IPv6 hosts are woken.
HardwareAddress recipients(const Link& link, std::uint16_t ether_type) {
  if (ether_type == kEtherTypeIpv6 && link.broadcast.size() == 6) {
    return {0x33, 0x33, 0, 0, 0, 1};
  }
  return link.broadcast;
}

}  // namespace

Expected<UniqueFd, IoError> open_sending_packet_socket() { return open_packet_socket(0); }

Expected<UniqueFd, IoError> open_arp_socket(const Link& link) {
  auto socket = open_packet_socket(0);  // deaf until it is bound to one link
  if (!socket) return socket;
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(kEtherTypeArp);
  address.sll_ifindex = link.index;
  if (::bind(socket->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return unexpected(last_error("listen to ARP on " + link.name));
  }
  const int on = 1;
  setsockopt(socket->get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
  return socket;
}

Expected<void, IoError> send_to_all(int socket, const Link& link, std::uint16_t ether_type,
                                    std::span<const std::uint8_t> packet) {
  const HardwareAddress to = recipients(link, ether_type);
  LinkLayerAddress destination;
  destination.address.sll_family = AF_PACKET;
  destination.address.sll_protocol = htons(ether_type);
  destination.address.sll_ifindex = link.index;
  const std::size_t length = std::min(to.size(), kLongestHardwareAddress);
  destination.address.sll_halen = static_cast<unsigned char>(length);
  // Longer addresses run on into `more`, as the kernel expects.
  auto* bytes = reinterpret_cast<std::uint8_t*>(&destination) + offsetof(sockaddr_ll, sll_addr);
  std::copy_n(to.begin(), length, bytes);

  const ssize_t sent =
      ::sendto(socket, packet.data(), packet.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&destination), sizeof destination);
  if (sent < 0) return unexpected(last_error("send on " + link.name));
  return {};
}

std::vector<std::uint8_t> receive_packet(int socket) {
  std::array<std::uint8_t, 512> buffer{};
  const ssize_t length = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (length <= 0) return {};
  return {buffer.begin(), buffer.begin() + length};
}

}  // namespace hb::io
