#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/expected.h"
#include "base/time.h"
#include "io/io_error.h"
#include "io/unique_fd.h"

namespace hb::io {

/// After which silence the device resets the machine: deadtime and 10 ms, in whole seconds, rounded
/// up, as the kernel counts them. By then the others have taken over. Spec: ha-cf 10.6.
[[nodiscard]] constexpr std::chrono::seconds watchdog_timeout(Duration deadtime) {
  return std::chrono::ceil<std::chrono::seconds>(deadtime + std::chrono::milliseconds(10));
}

// A watchdog device: from open() on the machine is reset unless tickle() comes in time. Whoever
// destroys this without disarm() leaves it armed, as the end of the process does: that is its
// point.
class Watchdog {
 public:
  /// @param path  of the device; a plain file does as well, without any effect.
  /// Errors: the device does not exist, or somebody else has it (EBUSY).
  [[nodiscard]] static Expected<Watchdog, IoError> open(const std::string& path);

  /// Errors: the device cannot do it, and keeps its own timeout.
  [[nodiscard]] std::optional<IoError> set_timeout(std::chrono::seconds timeout);

  /// Error: the device is gone; nothing protects any more.
  [[nodiscard]] std::optional<IoError> tickle();

  /// The magic close: no reset follows, unless the driver was loaded with nowayout.
  /// Error: it could not be said, and the reset will come.
  [[nodiscard]] std::optional<IoError> disarm();

 private:
  Watchdog(std::string path, UniqueFd device)
      : path_(std::move(path)), device_(std::move(device)) {}
  std::optional<IoError> write(char byte);

  std::string path_;
  UniqueFd device_;
};

}  // namespace hb::io
