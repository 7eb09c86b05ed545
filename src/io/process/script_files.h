#pragma once

#include <string>

namespace hb::io {

// A regular file (links followed) that this process may execute.
[[nodiscard]] bool is_executable_file(const std::string& path);

// Contents of a small file; empty if it cannot be read or is longer than `longest` bytes.
[[nodiscard]] std::string read_small_file(const std::string& path, std::size_t longest);

}  // namespace hb::io
