#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.h"
#include "base/host_entry.h"
#include "io/io_error.h"

namespace hb::io {

// What a hostcache or delhostcache file says, and what in it makes no sense.
struct HostCache {
  std::vector<HostEntry> hosts;       // lines that make sense, a name once
  std::vector<std::string> problems;  // "line 3: …", at most kMostProblems of them
};
inline constexpr std::size_t kMostHosts = 100;
inline constexpr std::size_t kMostProblems = 10;

/// Reads the text of a host cache: `name TAB uuid TAB weight TAB site`, the last two may lack
/// (weight 100, no site). A torn or foreign line is told and passed over, the others count:
/// 3.0.6 would throw the whole file away, and with it the node's place in the cluster. Of a last
/// line without its newline, name and uuid count if they are whole.
/// Source: spec ha-cf 8.4, wire-protocol 13.
[[nodiscard]] HostCache parse_host_cache(std::string_view text);

[[nodiscard]] std::string host_cache_text(const std::vector<HostEntry>& hosts);

/// The file's content; nothing if there is no such file.
/// Errors: it exists and cannot be read, or is larger than any host cache.
[[nodiscard]] Expected<HostCache, IoError> read_host_cache(const std::filesystem::path& path);

}  // namespace hb::io
