#pragma once

#include <string>
#include <string_view>

namespace hb::io {

// The line in our own scripts of resource.d which says that the daemon does their work itself. Who
// changes such a script removes it.
inline constexpr std::string_view kBuiltInMarker = "# heartbeat: built in";

// A regular file (links followed) that this process may execute.
[[nodiscard]] bool is_executable_file(const std::string& path);

// Usable as the name of a script: no path, nothing hidden, letters, digits and `-_.+@` only.
[[nodiscard]] bool is_script_name(std::string_view name);

// Whether the script at `path` does no more than what is built in: it has the marker as a line of
// its own, or it is byte for byte the script `name` of Debian's heartbeat 3.0.6.
[[nodiscard]] bool is_stock_script(const std::string& path, std::string_view name);

// Contents of a small file; empty if it cannot be read or is longer than `longest` bytes.
[[nodiscard]] std::string read_small_file(const std::string& path, std::size_t longest);

}  // namespace hb::io
