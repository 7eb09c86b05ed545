#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <asio/ip/address_v4.hpp>

#include "base/expected.h"
#include "io/io_error.h"

namespace hb::io {

// What is true of an interface now. Sockets are opened for these facts and opened anew when they no
// longer hold: an interface made anew has another index even under the old name.
struct InterfaceFacts {
  int index = 0;
  std::optional<asio::ip::address_v4> address;    // the first one
  std::optional<asio::ip::address_v4> broadcast;  // of that address
  bool ipv6 = false;  // an IPv6 address that may be used: none while it is tested for duplicates

  friend bool operator==(const InterfaceFacts&, const InterfaceFacts&) = default;
};

enum class IpVersion : std::uint8_t { kIpv4, kIpv6 };

/// `ipv6` is found out only for who speaks it, since it takes more time than the rest together.
/// Errors: ENODEV if there is no such interface.
[[nodiscard]] Expected<InterfaceFacts, IoError> look_at_interface(const std::string& name,
                                                                  IpVersion version);

}  // namespace hb::io
