#include "io/media/ping/echo_socket.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "io/media/packet_filter.h"
#include "io/media/ping/echo_packet.h"

namespace hb::io {
namespace {

using Width = FilterProgram::Width;

constexpr std::uint32_t kEchoReply = 0;

std::uint32_t word_of(const IpAddress& address, std::size_t index) {
  const auto bytes = address.bytes().subspan(index * 4, 4);
  return static_cast<std::uint32_t>(bytes[0]) << 24U | static_cast<std::uint32_t>(bytes[1]) << 16U |
         static_cast<std::uint32_t>(bytes[2]) << 8U | bytes[3];
}

// An answer to us that carries a packet of Heartbeat. `load` has offset 0 where ICMP begins; there
// both families have the same fields.
void demand_echo_reply(FilterProgram& program, void (FilterProgram::*load)(Width, std::uint32_t),
                       std::uint32_t type, std::uint16_t identifier, FilterProgram::Label& drop) {
  (program.*load)(Width::kByte, 0);
  program.jump_if_not(type, drop);
  (program.*load)(Width::kHalf, 4);
  program.jump_if_not(as_filters_see(identifier), drop);
  (program.*load)(Width::kWord, kEchoHeaderBytes);
  program.jump_if_not(kNetstringBegins, drop);
}

// The socket's data begin with the IP header.
PacketFilter filter4(std::uint16_t identifier, std::span<const IpAddress> hosts) {
  constexpr std::uint32_t kSource = 12;
  FilterProgram program;
  FilterProgram::Label known, drop;
  program.base_is_ip_payload();
  demand_echo_reply(program, &FilterProgram::load_further, kEchoReply, identifier, drop);
  if (hosts.size() <= kMostFiltered) {
    program.load(Width::kWord, kSource);
    for (const IpAddress& host : hosts) program.jump_if(word_of(host, 0), known);
    program.answer(FilterProgram::kNothing);
  }
  program.put(known);
  program.answer(FilterProgram::kWhole);
  program.put(drop);
  program.answer(FilterProgram::kNothing);
  return std::move(program).finish();
}

// They begin with the ICMPv6 header; the IP header is reached from the network layer's begin.
PacketFilter filter6(std::uint16_t identifier, std::span<const IpAddress> hosts) {
  constexpr auto kSource = static_cast<std::uint32_t>(SKF_NET_OFF + 8);
  FilterProgram program;
  FilterProgram::Label drop;
  demand_echo_reply(program, &FilterProgram::load, ICMP6_ECHO_REPLY, identifier, drop);
  if (hosts.size() == 1) {
    for (std::uint32_t i = 0; i < 4; ++i) {
      program.load(Width::kWord, kSource + 4 * i);
      program.jump_if_not(word_of(hosts[0], i), drop);
    }
  }
  program.answer(FilterProgram::kWhole);
  program.put(drop);
  program.answer(FilterProgram::kNothing);
  return std::move(program).finish();
}

// Without a host nothing may come in at all.
PacketFilter filter_for_nobody() {
  FilterProgram program;
  program.answer(FilterProgram::kNothing);
  return std::move(program).finish();
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

SocketAddress socket_address(const IpAddress& address) {
  SocketAddress result;
  if (address.family() == AddressFamily::kIpv4) {
    auto& in = reinterpret_cast<sockaddr_in&>(result.storage);
    in.sin_family = AF_INET;
    std::memcpy(&in.sin_addr, address.bytes().data(), sizeof in.sin_addr);
    result.length = sizeof in;
  } else {
    auto& in6 = reinterpret_cast<sockaddr_in6&>(result.storage);
    in6.sin6_family = AF_INET6;
    std::memcpy(&in6.sin6_addr, address.bytes().data(), sizeof in6.sin6_addr);
    result.length = sizeof in6;
  }
  return result;
}

std::optional<IpAddress> address_of(const sockaddr_storage& from) {
  const auto bytes_of = [](const auto& field) {
    return IpAddress::from_bytes({reinterpret_cast<const std::uint8_t*>(&field), sizeof field});
  };
  if (from.ss_family == AF_INET)
    return bytes_of(reinterpret_cast<const sockaddr_in&>(from).sin_addr);
  if (from.ss_family == AF_INET6)
    return bytes_of(reinterpret_cast<const sockaddr_in6&>(from).sin6_addr);
  return std::nullopt;
}

}  // namespace

Expected<UniqueFd, IoError> open_echo_socket(AddressFamily family) {
  const bool is_v4 = family == AddressFamily::kIpv4;
  UniqueFd fd(::socket(is_v4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                       is_v4 ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6)));
  if (!fd) return unexpected(IoError{errno, is_v4 ? "raw ICMP socket" : "raw ICMPv6 socket"});
  return fd;
}

Expected<void, IoError> filter_echo_replies(int socket, AddressFamily family,
                                            std::uint16_t identifier,
                                            std::span<const IpAddress> hosts) {
  const PacketFilter filter = hosts.empty()                    ? filter_for_nobody()
                              : family == AddressFamily::kIpv4 ? filter4(identifier, hosts)
                                                               : filter6(identifier, hosts);
  if (!attach_filter(socket, filter)) return unexpected(IoError{errno, "attach filter"});
  return {};
}

Expected<void, IoError> send_echo(int socket, const IpAddress& to, std::string_view message) {
  const SocketAddress address = socket_address(to);
  if (::sendto(socket, message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address.storage), address.length) < 0) {
    return unexpected(IoError{errno, "ask " + to.text()});
  }
  return {};
}

std::optional<ReceivedEcho> receive_echo(int socket, std::span<char> buffer) {
  sockaddr_storage from{};
  socklen_t length = sizeof from;
  const ssize_t size = ::recvfrom(socket, buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_TRUNC,
                                  reinterpret_cast<sockaddr*>(&from), &length);
  if (size < 0) return std::nullopt;
  const auto whole = static_cast<std::size_t>(size);
  return ReceivedEcho{address_of(from).value_or(IpAddress()),
                      {buffer.data(), whole <= buffer.size() ? whole : 0}};
}

}  // namespace hb::io
