#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "wire/key.h"

namespace hb::wire {

// CRC-32 as 3.0.6 computes it: polynomial 0x04C11DB7, most significant bit first, initial value 0,
// result inverted, no length appended (spec: wire-protocol 6.2; cksum without the length).
[[nodiscard]] std::uint32_t crc32_posix_without_length(std::string_view bytes);

// A digest as text: lower-case hexadecimal, without leading zeros for crc.
class DigestText {
 public:
  static constexpr std::size_t kLongest = 40;

  [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }

 private:
  friend class KeyedDigest;
  std::array<char, kLongest> text_{};
  std::size_t size_ = 0;
};

// One method with one secret, prepared once and used for every packet: the key schedule of the HMAC
// is half of its cost at the size of a heartbeat. Wipes what it has prepared at its end.
class KeyedDigest {
 public:
  // The secret is not kept; crc has none.
  KeyedDigest(DigestMethod method, std::string_view secret);
  ~KeyedDigest();
  KeyedDigest(KeyedDigest&&) noexcept;
  KeyedDigest& operator=(KeyedDigest&&) noexcept;

  [[nodiscard]] DigestMethod method() const { return method_; }
  [[nodiscard]] DigestText compute(std::string_view bytes) const;

 private:
  struct Hmac;  // hides OpenSSL

  DigestMethod method_;
  std::unique_ptr<const Hmac> hmac_;  // null for crc
};

// Whether the texts are equal, in a time that depends on their lengths only.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace hb::wire
