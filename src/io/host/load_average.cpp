#include "io/host/load_average.h"

#include <array>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace hb::io {

LoadAverage::LoadAverage() : file_(::open("/proc/loadavg", O_RDONLY | O_CLOEXEC)) {}

std::optional<std::string> LoadAverage::read() const {
  std::array<char, 63> buffer;
  const ssize_t size = ::pread(file_.get(), buffer.data(), buffer.size(), 0);
  if (size <= 0) return std::nullopt;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
  return std::string(text.substr(0, text.find('\n')));
}

}  // namespace hb::io
