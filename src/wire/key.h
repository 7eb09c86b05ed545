#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hb::wire {

// How a packet is signed (spec: wire-protocol 6.2). kCrc is a checksum: it protects from line
// noise, not from people.
enum class DigestMethod : std::uint8_t { kCrc, kMd5, kSha1 };

[[nodiscard]] std::string_view word(DigestMethod method);  // crc, md5, sha1, as in authkeys
[[nodiscard]] std::optional<DigestMethod> parse_digest_method(std::string_view word);

inline constexpr int kHighestKeyNumber = 15;

// One line `N method [secret]` of authkeys. There is no way to print one, and every copy wipes its
// secret when it dies; the declared destructor also turns moves into copies, since a moved-from
// string may keep its bytes.
struct Key {
  int number = 0;  // 0 … kHighestKeyNumber
  DigestMethod method = DigestMethod::kCrc;
  std::string secret{};  // empty for kCrc

  ~Key();

  friend bool operator==(const Key&, const Key&) = default;
};

}  // namespace hb::wire
