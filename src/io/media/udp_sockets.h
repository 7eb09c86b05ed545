#pragma once

#include <vector>

#include <netinet/in.h>

#include "base/expected.h"
#include "io/io_error.h"
#include "io/media/interface.h"
#include "io/media/udp_medium.h"
#include "io/unique_fd.h"

namespace hb::io {

// Two sockets, as in 3.0.6: the sending one has an ephemeral port, and peers do not look at it.
struct UdpSockets {
  UniqueFd send, receive;
  std::vector<sockaddr_in> destinations;
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

// Those of the facts on which the sockets depend; only their change is worth opening them anew.
[[nodiscard]] InterfaceFacts relevant(const BcastConfig& config, const InterfaceFacts& facts);
[[nodiscard]] InterfaceFacts relevant(const McastConfig& config, const InterfaceFacts& facts);
[[nodiscard]] InterfaceFacts relevant(const UcastConfig& config, const InterfaceFacts& facts);

}  // namespace hb::io
