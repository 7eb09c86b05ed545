#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/service_address.h"
#include "io/net/link_monitor.h"

// The packets by which neighbours learn who has an address; what follows the link-layer header.
namespace hb::io {

enum class ArpOperation : std::uint16_t { kRequest = 1, kReply = 2 };

struct ArpPacket {
  ArpOperation operation = ArpOperation::kRequest;
  unsigned hardware_type = 1;  // ARPHRD_*; 1 is Ethernet
  HardwareAddress sender_hardware, target_hardware;
  IpAddress sender, target;  // IPv4

  friend bool operator==(const ArpPacket&, const ArpPacket&) = default;
};

// Gratuitous ARP: sender and target are the address itself. Neighbours differ in which of the two
// forms they believe, so both are sent.
[[nodiscard]] ArpPacket gratuitous_arp(ArpOperation operation, const IpAddress& address,
                                       const Link& link);

// Asks who has the address without claiming it (RFC 5227 2.1.1: sender 0.0.0.0).
[[nodiscard]] ArpPacket arp_probe(const IpAddress& address, const Link& link);

// RFC 826. Both hardware addresses must have the same length, at most 255 bytes.
[[nodiscard]] std::vector<std::uint8_t> encode(const ArpPacket& packet);

// None if it is not a whole ARP packet for IPv4. What follows it (padding) is ignored.
[[nodiscard]] std::optional<ArpPacket> decode_arp(std::span<const std::uint8_t> bytes);

// Unsolicited neighbour advertisement (RFC 4861 4.4, 7.2.6) with its IPv6 header: from the address
// to ff02::1, hop limit 255, override flag set, with the link-layer address of the link.
[[nodiscard]] std::vector<std::uint8_t> neighbour_advertisement(const IpAddress& address,
                                                                const Link& link);

}  // namespace hb::io
