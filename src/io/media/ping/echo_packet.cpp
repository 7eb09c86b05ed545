#include "io/media/ping/echo_packet.h"

#include <bit>
#include <cstring>

namespace hb::io {
namespace {

constexpr std::uint8_t kRequest4 = 8, kReply4 = 0, kRequest6 = 128, kReply6 = 129;
constexpr std::uint8_t kIcmp = 1;  // protocol number
constexpr std::size_t kLeastIpHeader = 20;

std::uint8_t byte_at(std::string_view bytes, std::size_t offset) {
  return static_cast<std::uint8_t>(bytes[offset]);
}

std::uint16_t word_at(std::string_view bytes, std::size_t offset) {
  return static_cast<std::uint16_t>(byte_at(bytes, offset) << 8U | byte_at(bytes, offset + 1));
}

void put_word(std::string& bytes, std::size_t offset, std::uint16_t word) {
  bytes[offset] = static_cast<char>(word >> 8U);
  bytes[offset + 1] = static_cast<char>(word & 0xffU);
}

// RFC 1071. Over a message that holds its right sum it is 0.
std::uint16_t internet_checksum(std::string_view bytes) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) sum += word_at(bytes, i);
  if (bytes.size() % 2 != 0)
    sum += static_cast<std::uint64_t>(byte_at(bytes, bytes.size() - 1)) << 8U;
  while (sum > 0xffffU) sum = (sum & 0xffffU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

// What follows an IPv4 header that announces a whole ICMP message.
std::optional<std::string_view> behind_ip_header(std::string_view datagram) {
  if (datagram.size() < kLeastIpHeader || byte_at(datagram, 0) >> 4U != 4) return std::nullopt;
  const std::size_t length = (byte_at(datagram, 0) & 0xfU) * std::size_t{4};
  if (length < kLeastIpHeader || datagram.size() < length) return std::nullopt;
  if (byte_at(datagram, 9) != kIcmp) return std::nullopt;
  return datagram.substr(length);
}

}  // namespace

std::uint16_t as_filters_see(std::uint16_t identifier) {
  if constexpr (std::endian::native == std::endian::big) return identifier;
  return static_cast<std::uint16_t>(identifier << 8U | identifier >> 8U);
}

std::string make_echo_request(AddressFamily family, EchoHeader header, std::string_view payload) {
  std::string message(kEchoHeaderBytes, '\0');
  message[0] = static_cast<char>(family == AddressFamily::kIpv4 ? kRequest4 : kRequest6);
  std::memcpy(&message[4], &header.identifier, sizeof header.identifier);
  put_word(message, 6, header.sequence);
  message += payload;
  if (family == AddressFamily::kIpv4) put_word(message, 2, internet_checksum(message));
  return message;
}

std::optional<EchoReply> read_echo_reply(AddressFamily family, std::string_view datagram) {
  std::string_view message = datagram;
  if (family == AddressFamily::kIpv4) {
    const auto behind = behind_ip_header(datagram);
    if (!behind) return std::nullopt;
    message = *behind;
  }
  if (message.size() < kEchoHeaderBytes) return std::nullopt;
  const std::uint8_t wanted = family == AddressFamily::kIpv4 ? kReply4 : kReply6;
  if (byte_at(message, 0) != wanted || byte_at(message, 1) != 0) return std::nullopt;
  // A raw socket of IPv4 gets its copy before anybody has looked at the sum.
  if (family == AddressFamily::kIpv4 && internet_checksum(message) != 0) return std::nullopt;
  EchoReply reply{.header = {}, .payload = message.substr(kEchoHeaderBytes)};
  std::memcpy(&reply.header.identifier, &message[4], sizeof reply.header.identifier);
  reply.header.sequence = word_at(message, 6);
  return reply;
}

}  // namespace hb::io
