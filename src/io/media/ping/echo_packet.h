#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/service_address.h"

// The bytes of ICMP echo (RFC 792) and ICMPv6 echo (RFC 4443), as 3.0.6 uses them (spec:
// wire-protocol 14.5). Knows no sockets.
namespace hb::io {

struct EchoHeader {
  std::uint16_t identifier = 0;  // on the wire in the byte order of the host, as in 3.0.6
  std::uint16_t sequence = 0;

  friend bool operator==(const EchoHeader&, const EchoHeader&) = default;
};

inline constexpr std::size_t kEchoHeaderBytes = 8;

// The identifier as a filter in the kernel reads it, which takes it for network order.
[[nodiscard]] std::uint16_t as_filters_see(std::uint16_t identifier);

// A whole message, without the IP header. The sum over an ICMPv6 message is the kernel's business.
[[nodiscard]] std::string make_echo_request(AddressFamily family, EchoHeader header,
                                            std::string_view payload);

struct EchoReply {
  EchoHeader header;
  std::string_view payload;  // within what was read
};

// A reply as a raw socket delivers it: for IPv4 with the IP header in front, for IPv6 without. None
// for anything else: another type, a fragment, a wrong sum, too short.
[[nodiscard]] std::optional<EchoReply> read_echo_reply(AddressFamily family,
                                                       std::string_view datagram);

}  // namespace hb::io
