#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hb {

// Two lower-case hexadecimal digits a byte.
[[nodiscard]] std::string hex_encode(std::string_view bytes);

// None if the length is odd or a character is not a hexadecimal digit (either case).
[[nodiscard]] std::optional<std::string> hex_decode(std::string_view text);

// Standard alphabet with padding, no line breaks; empty for no bytes.
[[nodiscard]] std::string base64_encode(std::string_view bytes);

// None if the length is not a multiple of four or a character is foreign (spec: wire-protocol 4).
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

// Whole text as an unsigned number of the base (10 or 16), no sign, no blanks, no overflow.
[[nodiscard]] std::optional<std::uint64_t> parse_unsigned(std::string_view text, int base = 10);

// Lower-case hexadecimal without prefix or leading zeros, as the wire writes counters.
[[nodiscard]] std::string to_hex(std::uint64_t value);

}  // namespace hb
