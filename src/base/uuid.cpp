#include "base/uuid.h"

#include <algorithm>

#include "base/encoding.h"

namespace hb {

std::optional<Uuid> Uuid::from_bytes(std::string_view raw) {
  if (raw.size() != 16) return std::nullopt;
  Bytes bytes{};
  std::copy(raw.begin(), raw.end(), bytes.begin());
  return Uuid(bytes);
}

std::optional<Uuid> Uuid::from_text(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string digits(text);
  for (const std::size_t at : {23U, 18U, 13U, 8U}) {
    if (digits[at] != '-') return std::nullopt;
    digits.erase(at, 1);
  }
  const auto bytes = hex_decode(digits);
  return bytes ? from_bytes(*bytes) : std::nullopt;
}

std::string Uuid::raw() const { return {bytes_.begin(), bytes_.end()}; }

std::string Uuid::text() const {
  std::string text = hex_encode(raw());
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return text;
}

}  // namespace hb
