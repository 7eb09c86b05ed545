#pragma once

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace hb::io {

// The world refused: what was tried, and the errno.
struct IoError {
  int code = 0;      // errno
  std::string what;  // "bind 0.0.0.0:694 on eth0"

  [[nodiscard]] std::string text() const {
    return what + ": " + std::generic_category().message(code);
  }
};

// The error that the last system call left in errno.
[[nodiscard]] inline IoError last_error(std::string what) {
  const int code = errno;  // before anything here can change it
  return {code, std::move(what)};
}

}  // namespace hb::io
