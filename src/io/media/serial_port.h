#pragma once

#include <optional>
#include <string>

#include "base/expected.h"
#include "io/io_error.h"
#include "io/unique_fd.h"

namespace hb::io {

// That this process uses a serial device: a file LCK..NAME in the directory that all programs of
// modems and terminals look into, removed with this object. NAME is the path below /dev without
// slashes, as 3.0.6 and others make it.
class DeviceLock {
 public:
  // A lock of a process that is gone is taken over.
  // Errors: EBUSY, with the pid, when a living process holds it; any refusal to write.
  [[nodiscard]] static Expected<DeviceLock, IoError> take(const std::string& device,
                                                          const std::string& directory);
  DeviceLock(DeviceLock&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  DeviceLock& operator=(DeviceLock&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  DeviceLock(const DeviceLock&) = delete;
  DeviceLock& operator=(const DeviceLock&) = delete;
  ~DeviceLock();

 private:
  explicit DeviceLock(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

struct SerialPort {
  UniqueFd fd;
  DeviceLock lock;
};

/// Opens a serial device for heartbeats: raw, eight bits, no parity, RTS/CTS, at `baud`, never
/// blocking. Bit 7 of what comes in is stripped, and CR and breaks are ignored.
///
/// @param baud  one of the rates of the directive.
/// Errors: the device is missing, no terminal, or locked by another process.
/// Source: spec wire-protocol 14.4.
[[nodiscard]] Expected<SerialPort, IoError> open_serial_port(const std::string& device, int baud,
                                                             const std::string& lock_directory);

}  // namespace hb::io
