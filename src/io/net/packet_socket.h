#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/expected.h"
#include "io/io_error.h"
#include "io/net/link_monitor.h"
#include "io/unique_fd.h"

namespace hb::io {

// Ether types of what we send and hear.
inline constexpr std::uint16_t kEtherTypeArp = 0x0806;
inline constexpr std::uint16_t kEtherTypeIpv6 = 0x86dd;

// A socket that sends on any link and receives nothing. Errors: EPERM without CAP_NET_RAW.
[[nodiscard]] Expected<UniqueFd, IoError> open_sending_packet_socket();

inline constexpr int kAllLinks = 0;

// A socket that hears the ARP packets of one link (by its index) or of all, those that we send
// ourselves excepted. On all links it hears nothing until let_through_arp_from().
[[nodiscard]] Expected<UniqueFd, IoError> open_arp_socket(int link);

// Has the kernel drop all ARP packets but those with one of these IPv4 senders. With more than 64
// senders it drops none; what is too much is for the caller to leave aside.
void let_through_arp_from(int socket, const std::vector<IpAddress>& senders);

// Sends to everybody on the link; for IPv6 to the multicast group of all nodes on Ethernet.
[[nodiscard]] Expected<void, IoError> send_to_all(int socket, const Link& link,
                                                  std::uint16_t ether_type,
                                                  std::span<const std::uint8_t> packet);

struct ReceivedPacket {
  std::vector<std::uint8_t> bytes;  // at most 512; empty: nothing waits
  int link = 0;                     // by which it came
};

// What a packet socket has received, one packet a call.
[[nodiscard]] ReceivedPacket receive_packet(int socket);

}  // namespace hb::io
