#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/expected.h"
#include "base/service_address.h"
#include "io/io_error.h"
#include "io/unique_fd.h"

namespace hb::io {

// Hosts up to which the filter in the kernel knows the addresses; with more it looks at the rest
// alone.
inline constexpr std::size_t kMostFiltered = 64;

/// A raw socket for ICMP or ICMPv6, non-blocking. Broadcast addresses are refused by the kernel
/// (EACCES), since SO_BROADCAST is not set: one answer of anybody would count for the ping node.
///
/// Errors: EPERM without CAP_NET_RAW; EAFNOSUPPORT where the kernel has no IPv6.
[[nodiscard]] Expected<UniqueFd, IoError> open_echo_socket(AddressFamily family);

/// Lets the kernel drop what is no answer of these hosts to that identifier with a packet in it:
/// every raw socket gets a copy of all ICMP messages of the machine, and would wake us for each.
[[nodiscard]] Expected<void, IoError> filter_echo_replies(int socket, AddressFamily family,
                                                          std::uint16_t identifier,
                                                          std::span<const IpAddress> hosts);

/// Errors: those of sendto(2); EAGAIN if the socket is full.
[[nodiscard]] Expected<void, IoError> send_echo(int socket, const IpAddress& to,
                                                std::string_view message);

struct ReceivedEcho {
  IpAddress from;
  std::string_view datagram;  // valid until the next call
};

// Reads one message without blocking; none if there is none. One that is longer than the buffer is
// handed over empty.
[[nodiscard]] std::optional<ReceivedEcho> receive_echo(int socket, std::span<char> buffer);

}  // namespace hb::io
