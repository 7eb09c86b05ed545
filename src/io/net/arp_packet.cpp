#include "io/net/arp_packet.h"

#include <algorithm>

#include "base/assert.h"

namespace hb::io {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr unsigned kEthernet = 1;
constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
constexpr std::size_t kIpv4Length = 4;
constexpr std::size_t kArpHeader = 8;

void put16(Bytes& out, unsigned value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

void put(Bytes& out, std::span<const std::uint8_t> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

std::uint16_t get16(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

// ARP names Ethernet-like media (Wi-Fi among them) as Ethernet.
unsigned arp_hardware_type(const Link& link) {
  return link.hardware.size() == 6 ? kEthernet : link.hardware_type;
}

// RFC 1071, over an even number of bytes as both callers have.
std::uint32_t sum16(std::span<const std::uint8_t> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) sum += get16(bytes, i);
  return sum;
}

std::uint16_t checksum(std::uint32_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace

ArpPacket gratuitous_arp(ArpOperation operation, const IpAddress& address, const Link& link) {
  // The target of a request is not known and left zero; a reply tells it to everybody.
  const HardwareAddress nobody(link.hardware.size(), 0);
  return {operation,     arp_hardware_type(link),
          link.hardware, operation == ArpOperation::kReply ? link.broadcast : nobody,
          address,       address};
}

ArpPacket arp_probe(const IpAddress& address, const Link& link) {
  return {ArpOperation::kRequest,
          arp_hardware_type(link),
          link.hardware,
          HardwareAddress(link.hardware.size(), 0),
          IpAddress(),
          address};
}

std::vector<std::uint8_t> encode(const ArpPacket& packet) {
  HB_ASSERT(packet.sender_hardware.size() == packet.target_hardware.size());
  HB_ASSERT(packet.sender_hardware.size() <= 255);
  Bytes out;
  put16(out, packet.hardware_type);
  put16(out, kEtherTypeIpv4);
  out.push_back(static_cast<std::uint8_t>(packet.sender_hardware.size()));
  out.push_back(kIpv4Length);
  put16(out, static_cast<unsigned>(packet.operation));
  put(out, packet.sender_hardware);
  put(out, packet.sender.bytes());
  put(out, packet.target_hardware);
  put(out, packet.target.bytes());
  return out;
}

std::optional<ArpPacket> decode_arp(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kArpHeader) return std::nullopt;
  const std::size_t hardware_length = bytes[4];
  const std::uint16_t operation = get16(bytes, 6);
  if (get16(bytes, 2) != kEtherTypeIpv4 || bytes[5] != kIpv4Length ||
      (operation != static_cast<unsigned>(ArpOperation::kRequest) &&
       operation != static_cast<unsigned>(ArpOperation::kReply)) ||
      bytes.size() < kArpHeader + 2 * (hardware_length + kIpv4Length)) {
    return std::nullopt;
  }
  std::size_t at = kArpHeader;
  const auto take = [&](std::size_t length) {
    at += length;
    return bytes.subspan(at - length, length);
  };
  const auto sender_hardware = take(hardware_length);
  const auto sender = take(kIpv4Length);
  const auto target_hardware = take(hardware_length);
  const auto target = take(kIpv4Length);
  return ArpPacket{static_cast<ArpOperation>(operation),
                   get16(bytes, 0),
                   {sender_hardware.begin(), sender_hardware.end()},
                   {target_hardware.begin(), target_hardware.end()},
                   *IpAddress::from_bytes(sender),
                   *IpAddress::from_bytes(target)};
}

std::vector<std::uint8_t> neighbour_advertisement(const IpAddress& address, const Link& link) {
  HB_ASSERT(address.family() == AddressFamily::kIpv6);
  constexpr std::uint8_t kIcmpv6 = 58;
  constexpr std::uint8_t kAdvertisement = 136;
  constexpr std::uint8_t kOverride = 0x20;
  constexpr std::uint8_t kTargetLinkLayerAddress = 2;
  static constexpr std::array<std::uint8_t, 16> kAllNodes = {0xff, 0x02, 0, 0, 0, 0, 0, 0,
                                                             0,    0,    0, 0, 0, 0, 0, 1};
  Bytes body = {kAdvertisement, 0, 0, 0, kOverride, 0, 0, 0};
  put(body, address.bytes());
  if (!link.hardware.empty()) {
    // Options are padded to eight bytes, their length counts such units.
    const std::size_t length = (2 + link.hardware.size() + 7) / 8 * 8;
    const std::size_t end = body.size() + length;
    body.push_back(kTargetLinkLayerAddress);
    body.push_back(static_cast<std::uint8_t>(length / 8));
    put(body, link.hardware);
    body.resize(end, 0);
  }

  // The checksum covers addresses, length and next header as well (RFC 8200 8.1).
  const std::uint32_t sum = sum16(address.bytes()) + sum16(kAllNodes) +
                            static_cast<std::uint32_t>(body.size()) + kIcmpv6 + sum16(body);
  const std::uint16_t check = checksum(sum);
  body[2] = static_cast<std::uint8_t>(check >> 8);
  body[3] = static_cast<std::uint8_t>(check);

  Bytes out = {0x60, 0, 0, 0};  // version 6
  put16(out, static_cast<unsigned>(body.size()));
  out.push_back(kIcmpv6);
  out.push_back(255);  // a router would have lowered it, so receivers know that it is local
  put(out, address.bytes());
  put(out, kAllNodes);
  put(out, body);
  return out;
}

}  // namespace hb::io
