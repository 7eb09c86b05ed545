#pragma once

#include <vector>

#include <asio/ip/udp.hpp>

#include "base/expected.h"
#include "io/io_error.h"
#include "io/media/interface.h"
#include "io/media/udp_medium.h"
#include "io/unique_fd.h"

namespace hb::io {

// The sending one has an ephemeral port, as in 3.0.6, and peers do not look at it. Heartbeats of
// active peers come by a socket of their own, with the kernel's time of arrival.
struct UdpSockets {
  UniqueFd send, receive, heartbeats;
  std::vector<asio::ip::udp::endpoint> destinations;
};

/// Opens the sockets of a medium with the options of the specification (wire-protocol 14.1–14.3).
///
/// Errors: EADDRNOTAVAIL if the interface lacks the address that the medium needs; any refusal of
/// the kernel.
[[nodiscard]] Expected<UdpSockets, IoError> open_sockets(const BcastConfig& config,
                                                         const InterfaceFacts& facts);
[[nodiscard]] Expected<UdpSockets, IoError> open_sockets(const McastConfig& config,
                                                         const InterfaceFacts& facts);
[[nodiscard]] Expected<UdpSockets, IoError> open_sockets(const UcastConfig& config,
                                                         const InterfaceFacts& facts);

[[nodiscard]] constexpr bool is_ipv6(const BcastConfig&) { return false; }
[[nodiscard]] bool is_ipv6(const McastConfig& config);
[[nodiscard]] bool is_ipv6(const UcastConfig& config);

// With the scope that a link-local address or group means something in only.
[[nodiscard]] asio::ip::udp::endpoint make_endpoint(const asio::ip::address& host,
                                                    std::uint16_t port, int interface_index);
// "10.0.0.1:694", "[fe80::1%eth0]:694"
[[nodiscard]] std::string text_of(const asio::ip::udp::endpoint& endpoint);

// What an interface must have, and lacks.
[[nodiscard]] IoError lacks_address(const std::string& interface, const char* family = "IPv4");

// Those of the facts on which the sockets depend; only their change is worth opening them anew.
[[nodiscard]] InterfaceFacts relevant(const BcastConfig& config, const InterfaceFacts& facts);
[[nodiscard]] InterfaceFacts relevant(const McastConfig& config, const InterfaceFacts& facts);
[[nodiscard]] InterfaceFacts relevant(const UcastConfig& config, const InterfaceFacts& facts);

}  // namespace hb::io
