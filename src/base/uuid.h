#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hb {

// Identity of a node: 16 bytes in the order in which the printed form shows them. All zero means
// "unknown" on the wire (spec: wire-protocol 2.1).
class Uuid {
 public:
  using Bytes = std::array<std::uint8_t, 16>;

  constexpr Uuid() = default;
  constexpr explicit Uuid(const Bytes& bytes) : bytes_(bytes) {}

  // From the 16 raw bytes; none if the length differs.
  static std::optional<Uuid> from_bytes(std::string_view raw);

  // From the printed form, 8-4-4-4-12 hexadecimal digits of either case; none for anything else.
  static std::optional<Uuid> from_text(std::string_view text);

  [[nodiscard]] constexpr const Bytes& bytes() const { return bytes_; }
  [[nodiscard]] std::string raw() const;
  [[nodiscard]] std::string text() const;  // 8-4-4-4-12, lower case
  [[nodiscard]] constexpr bool is_null() const { return *this == Uuid(); }

  friend constexpr auto operator<=>(const Uuid&, const Uuid&) = default;

 private:
  Bytes bytes_{};
};

}  // namespace hb
