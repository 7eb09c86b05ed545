#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace hb::io {

// The world refused: what was tried, and the errno. After a system call `IoError{errno, what}`, in
// this form alone: the language evaluates what stands between braces from left to right, so errno
// is read before `what` is built. To make a text of an address may change it.
struct IoError {
  int code = 0;      // errno
  std::string what;  // "bind 0.0.0.0:694 on eth0"

  [[nodiscard]] std::string text() const {
    return what + ": " + std::generic_category().message(code);
  }
};

}  // namespace hb::io
