#include "io/net/packet_socket.h"

#include <algorithm>
#include <array>
#include <utility>

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "io/filter/filter_program.h"

namespace hb::io {
namespace {

// Longest hardware address that Linux knows; sockaddr_ll alone has room for eight bytes only.
constexpr std::size_t kLongestHardwareAddress = 32;

// Where a packet of RFC 826 says how long hardware addresses are, and where the first one begins.
constexpr std::uint32_t kArpHardwareLength = 4;
constexpr std::uint32_t kArpAddresses = 8;

struct LinkLayerAddress {
  sockaddr_ll address{};
  std::array<std::uint8_t, kLongestHardwareAddress - 8> more{};
};

// Datagram sockets: the kernel makes the link-layer header, whatever the medium is.
Expected<UniqueFd, IoError> open_packet_socket(std::uint16_t ether_type) {
  UniqueFd socket(
      ::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ether_type)));
  if (!socket) return unexpected(IoError{errno, "open a packet socket"});
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

Expected<UniqueFd, IoError> open_arp_socket(int link) {
  auto socket = open_packet_socket(0);  // deaf until it is bound
  if (!socket) return socket;
  if (link == kAllLinks) let_through_arp_from(socket->get(), {});
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(kEtherTypeArp);
  address.sll_ifindex = link;
  if (::bind(socket->get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return unexpected(IoError{errno, "listen to ARP"});
  }
  const int on = 1;
  setsockopt(socket->get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
  return socket;
}

void let_through_arp_from(int socket, const std::vector<IpAddress>& senders) {
  constexpr std::size_t kMostSenders = 64;  // a jump leads over 255 steps at most
  FilterProgram program;
  FilterProgram::Label known;
  if (senders.size() <= kMostSenders) {
    program.load(FilterProgram::Width::kByte, kArpHardwareLength);
    program.base_is_what_is_loaded();
    program.load_further(FilterProgram::Width::kWord, kArpAddresses);
    for (const IpAddress& address : senders) {
      std::uint32_t sender = 0;
      for (const std::uint8_t byte : address.bytes()) sender = sender << 8 | byte;
      program.jump_if(sender, known);
    }
    program.answer(FilterProgram::kNothing);
  }
  program.put(known);
  program.answer(FilterProgram::kWhole);
  (void)attach_filter(socket, std::move(program).finish());  // else all come, and are looked at
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
  if (sent < 0) return unexpected(IoError{errno, "send on " + link.name});
  return {};
}

ReceivedPacket receive_packet(int socket) {
  std::array<std::uint8_t, 512> buffer{};
  sockaddr_ll from{};
  socklen_t from_length = sizeof from;
  const ssize_t length = ::recvfrom(socket, buffer.data(), buffer.size(), MSG_DONTWAIT,
                                    reinterpret_cast<sockaddr*>(&from), &from_length);
  if (length <= 0) return {};
  return {{buffer.begin(), buffer.begin() + length}, from.sll_ifindex};
}

}  // namespace hb::io
