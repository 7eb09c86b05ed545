#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hb::fuzz {

// Reads choices off the front of an input; zeros when it is used up.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool done() const { return bytes_.empty(); }
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }
  // In [0, bound); bound in 1 … 256.
  std::size_t below(std::size_t bound) { return byte() % bound; }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8U | byte();
    return value;
  }
  // Up to the next NUL, which is taken too.
  std::string_view text() {
    const std::size_t length = std::min(bytes_.find('\0'), bytes_.size());
    const std::string_view value = bytes_.substr(0, length);
    bytes_.remove_prefix(std::min(length + 1, bytes_.size()));
    return value;
  }

 private:
  std::string_view bytes_;
};

}  // namespace hb::fuzz
