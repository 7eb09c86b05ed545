#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wire/compression.h"

namespace hb::io {

// Finds packets in what a serial line delivers: from a line that begins with ">>>" up to one that
// begins with "<<<" (spec: wire-protocol 14.4). Looks at nothing else in them; what stands between
// packets, or is left of one that lost its end, is passed over.
class SerialFramer {
 public:
  // A packet that grows beyond this is dropped, and what follows is passed over to the next ">>>".
  static constexpr std::size_t kLongest = wire::kMessageLimit - 1;

  // Hands each packet that `bytes` completes to `on_packet(std::string_view)`; valid during the
  // call.
  template <class OnPacket>
  void feed(std::string_view bytes, OnPacket&& on_packet) {
    while (!bytes.empty()) {
      if (take(bytes)) on_packet(std::string_view(packet_));
    }
  }

  // The line was interrupted: nothing of what came before belongs to what comes now.
  void reset();

  // Packets that began and were not completed.
  [[nodiscard]] std::uint64_t broken() const { return broken_; }

 private:
  // Takes at most one line, or part of one, from the front. Whether packet_ is whole now.
  bool take(std::string_view& bytes);
  bool line_ended();
  [[nodiscard]] std::string_view line() const {
    return std::string_view(packet_).substr(line_begins_);
  }

  std::string packet_;  // the packet so far; between packets the beginning of the present line
  std::size_t line_begins_ = 0;  // of the present line in packet_
  bool within_ = false;          // a packet has begun
  bool whole_ = false;           // packet_ was handed over
  std::uint64_t broken_ = 0;
};

}  // namespace hb::io
