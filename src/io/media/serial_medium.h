#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/time.h"
#include "io/media/medium.h"
#include "io/media/udp_medium.h"

namespace hb::io {

// `serial DEVICE`, at `baud` (spec: wire-protocol 14.4).
struct SerialConfig {
  std::string device;
  int baud = 19200;
  std::string lock_directory = "/var/lock";
  friend bool operator==(const SerialConfig&, const SerialConfig&) = default;

  // What waits for the line is at most what it carries in this time: later, a heartbeat is no news.
  static constexpr std::chrono::seconds kQueueTime{2};
};

// Not open yet. A device that is missing, or goes (USB), is waited for.
[[nodiscard]] std::unique_ptr<Medium> make_serial_medium(const MediaContext& context,
                                                         SerialConfig config);

}  // namespace hb::io
