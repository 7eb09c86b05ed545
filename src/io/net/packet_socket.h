#pragma once

#include <cstdint>
#include <span>

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

// A socket that hears the ARP packets of one link, those that we send ourselves excepted.
[[nodiscard]] Expected<UniqueFd, IoError> open_arp_socket(const Link& link);

// Sends to everybody on the link; for IPv6 to the multicast group of all nodes on Ethernet.
[[nodiscard]] Expected<void, IoError> send_to_all(int socket, const Link& link,
                                                  std::uint16_t ether_type,
                                                  std::span<const std::uint8_t> packet);

// What a packet socket has received, one packet a call; empty when nothing waits.
[[nodiscard]] std::vector<std::uint8_t> receive_packet(int socket);

}  // namespace hb::io
