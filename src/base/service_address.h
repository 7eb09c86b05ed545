#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.h"

namespace hb {

enum class AddressFamily { kIpv4, kIpv6 };

// 32 or 128: the prefix length of a single address.
[[nodiscard]] constexpr unsigned address_bits(AddressFamily family) {
  return family == AddressFamily::kIpv4 ? 32 : 128;
}

// One IPv4 or IPv6 address, in network order. No port, no zone.
class IpAddress {
 public:
  constexpr IpAddress() = default;  // 0.0.0.0

  // `192.0.2.7` (four decimal numbers without leading zeros) or any RFC 4291 text; none otherwise.
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);
  // From 4 or 16 bytes in network order; none for any other number.
  [[nodiscard]] static std::optional<IpAddress> from_bytes(std::span<const std::uint8_t> bytes);

  [[nodiscard]] constexpr AddressFamily family() const { return family_; }
  [[nodiscard]] std::span<const std::uint8_t> bytes() const {
    return {bytes_.data(), address_bits(family_) / 8};
  }
  [[nodiscard]] std::string text() const;  // shortest form, lower case

  // Whether the first `prefix` bits (at most address_bits) are those of `network`.
  [[nodiscard]] bool is_within(const IpAddress& network, unsigned prefix) const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  AddressFamily family_ = AddressFamily::kIpv4;
  std::array<std::uint8_t, 16> bytes_{};
};

// Last address of the network that `address`/`prefix` lies in; none for IPv6 and for prefixes 31
// and 32, which have no broadcast address.
[[nodiscard]] std::optional<IpAddress> broadcast_of(const IpAddress& address, unsigned prefix);

// A place in the text of an address, and what is the matter with it.
struct AddressError {
  std::size_t position = 0;  // byte of the text at which `found` begins, from 0
  std::string found;         // what stands there
  std::string expected;      // what would have been right

  friend bool operator==(const AddressError&, const AddressError&) = default;
};

// The argument of the address agents: `ip[/mask[/interface[:label]][/broadcast]]`.
// What is absent was not written; the shell finds it by the routes of the machine.
struct ServiceAddress {
  IpAddress address;
  std::optional<unsigned> prefix;        // from `/24` or `/255.255.255.0`
  std::optional<std::string> interface;  // at most 15 characters
  std::optional<std::string> label;      // whole label `interface:label`, at most 15 characters
  std::optional<IpAddress> broadcast;    // IPv4 only
  std::string text;                      // as it was written
  std::vector<AddressError> ignored;     // what the classic wrappers pass over; worth a warning

  friend bool operator==(const ServiceAddress&, const ServiceAddress&) = default;
};

/// Parses the argument of IPaddr, IPaddr2, IPv6addr or a bare address.
///
/// The third part is a broadcast address if it begins with a digit, else an interface, after which
/// a broadcast address may follow. As with the classic wrappers several slashes in a row are one,
/// one at the very end is none, and what follows the broadcast address means nothing.
/// @return the parts, and what was passed over. Errors: not an address; mask out of range or with
///         holes; interface or label too long or with characters that Linux refuses; broadcast of
///         the other family.
/// Source: spec resources.md 1.1 and 7.1; what 3.0.6 configures for such texts.
[[nodiscard]] Expected<ServiceAddress, AddressError> parse_service_address(std::string_view text);

}  // namespace hb
