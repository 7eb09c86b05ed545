#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "wire/key.h"

namespace hb::config {

struct Authkeys {
  int sending = 0;              // number of the key that signs what we send
  std::vector<wire::Key> keys;  // ascending by number, each once; holds the sending one

  friend bool operator==(const Authkeys&, const Authkeys&) = default;
};

struct AuthkeysResult {
  std::optional<Authkeys> keys;  // none if there is an error
  std::vector<Diagnostic> diagnostics;
};

/// Parses authkeys: `auth N` and `N crc|md5|sha1 [secret]` lines in any order.
///
/// No diagnostic holds a secret or anything that could be one: words other than numbers and names
/// of digests are shown as ***.
/// Spec: ha-cf 7, with `auth` after the keys accepted and ` # …` stripped from key lines.
[[nodiscard]] AuthkeysResult parse_authkeys(std::string_view text, const std::string& file);

/// Whether the file of keys may be used: none if so, else the error.
///
/// @param mode   permission bits.
/// @param owner  user id of the owner.
/// Errors: readable or writable by group or others; owner not root.
/// Spec: ha-cf 7 (write bits and the owner are ours).
[[nodiscard]] std::optional<Diagnostic> check_key_file(const std::string& file, std::uint32_t mode,
                                                       std::uint32_t owner);

}  // namespace hb::config
