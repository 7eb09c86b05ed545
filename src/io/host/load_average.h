#pragma once

#include <optional>
#include <string>

#include "io/unique_fd.h"

namespace hb::io {

// First line of /proc/loadavg, at most 63 bytes, for the header field "ld". The file stays open.
class LoadAverage {
 public:
  LoadAverage();
  [[nodiscard]] std::optional<std::string> read() const;

 private:
  UniqueFd file_;
};

}  // namespace hb::io
