#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "wire/packet_codec.h"

namespace hb::io {

// Packets on a byte stream: four bytes of length, the highest first, then the packet as it would be
// a datagram. The length is all that is looked at before a packet is authenticated.
class LengthFramer {
 public:
  static constexpr std::size_t kHeader = 4;
  static constexpr std::size_t kLongest = wire::kDatagramLimit;

  // Appends the framed packet to `out`; the packet has 1 … kLongest bytes.
  static void frame(std::string_view packet, std::string& out) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      out += static_cast<char>(packet.size() >> static_cast<unsigned>(shift) & 0xffU);
    }
    out += packet;
  }

  // Hands each packet that `bytes` completes to `on_packet(std::string_view)`; valid during the
  // call. False when a length is none that a sender of ours writes: no later byte means anything,
  // the stream is to be closed.
  template <class OnPacket>
  [[nodiscard]] bool feed(std::string_view bytes, OnPacket&& on_packet) {
    while (!bytes.empty()) {
      if (!take(bytes)) return false;
      if (complete()) on_packet(std::string_view(packet_));
    }
    return true;
  }

 private:
  [[nodiscard]] bool complete() const {
    return header_size_ == kHeader && packet_.size() == length_;
  }

  // Takes at most what completes the header or the packet.
  bool take(std::string_view& bytes) {
    if (complete()) {  // and handed over
      packet_.clear();
      header_size_ = 0;
      length_ = 0;
    }
    if (header_size_ < kHeader) {
      length_ = length_ << 8U | static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      return ++header_size_ < kHeader || (length_ > 0 && length_ <= kLongest);
    }
    const std::string_view piece = bytes.substr(0, length_ - packet_.size());
    packet_ += piece;
    bytes.remove_prefix(piece.size());
    return true;
  }

  std::size_t header_size_ = 0;
  std::size_t length_ = 0;
  std::string packet_;
};

}  // namespace hb::io
