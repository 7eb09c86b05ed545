#pragma once

#include <string_view>

// What makes a name in haresources a script, said once: the check of the file and the daemon that
// runs the script must agree on it.
namespace hb {

// The line in our own scripts of resource.d which says that the daemon does their work itself. Who
// changes such a script removes it.
inline constexpr std::string_view kBuiltInMarker = "# heartbeat: built in";

// IPaddr, IPaddr2, IPv6addr: done by the daemon itself, unless their script was replaced.
[[nodiscard]] bool is_address_agent(std::string_view script);

// Usable as a plain file name: no path, nothing hidden, letters, digits and `-_.+@` only.
[[nodiscard]] bool is_script_name(std::string_view name);

// Usable behind resource.d/ or init.d/: a file there or in a folder below (`sub/web`), which no
// `..` leads out of.
[[nodiscard]] bool is_script_path(std::string_view path);

// Whether a script of that name with that text does no more than what is built in: it has the
// marker as a line of its own, or it is byte for byte the one of Debian's heartbeat 3.0.6.
[[nodiscard]] bool is_stock_script(std::string_view name, std::string_view text);

// A longer file is no stock script, and need not be read.
inline constexpr std::size_t kLongestStockScript = 64 * 1024;

}  // namespace hb
