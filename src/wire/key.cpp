#include "wire/key.h"

#include <array>
#include <utility>

#include <string.h>  // explicit_bzero

namespace hb::wire {
namespace {

constexpr std::array<std::pair<DigestMethod, std::string_view>, 3> kMethods = {{
    {DigestMethod::kCrc, "crc"},
    {DigestMethod::kMd5, "md5"},
    {DigestMethod::kSha1, "sha1"},
}};

}  // namespace

std::string_view word(DigestMethod method) {
  return kMethods[static_cast<std::size_t>(method)].second;
}

std::optional<DigestMethod> parse_digest_method(std::string_view word) {
  for (const auto& [method, name] : kMethods) {
    if (name == word) return method;
  }
  return std::nullopt;
}

// explicit_bzero is never optimised away, and needs no library: config/ reads keys without one.
Key::~Key() { explicit_bzero(secret.data(), secret.size()); }

}  // namespace hb::wire
