// What serial lines and TCP connections deliver, cut anywhere: the framers find the same packets
// however the bytes are cut, and none beyond its bound.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz_check.h"
#include "io/media/length_framer.h"
#include "io/media/serial_framer.h"

namespace {

using Packets = std::vector<std::string>;

// `cut` says how long the pieces are; 0: all at once.
Packets by_serial(std::string_view bytes, std::size_t cut) {
  hb::io::SerialFramer framer;
  Packets packets;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, cut == 0 ? bytes.size() : cut);
    bytes.remove_prefix(piece.size());
    framer.feed(piece, [&](std::string_view packet) {
      HB_FUZZ_CHECK(packet.starts_with(">>>") && packet.ends_with('\n'));
      HB_FUZZ_CHECK(packet.size() <= hb::io::SerialFramer::kLongest);
      packets.emplace_back(packet);
    });
  }
  return packets;
}

Packets by_tcp(std::string_view bytes, std::size_t cut) {
  hb::io::LengthFramer framer;
  Packets packets;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, cut == 0 ? bytes.size() : cut);
    bytes.remove_prefix(piece.size());
    const bool goes_on = framer.feed(piece, [&](std::string_view packet) {
      HB_FUZZ_CHECK(!packet.empty() && packet.size() <= hb::io::LengthFramer::kLongest);
      packets.emplace_back(packet);
    });
    if (!goes_on) break;
  }
  return packets;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t cut = data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  HB_FUZZ_CHECK(by_serial(bytes, 0) == by_serial(bytes, cut));
  HB_FUZZ_CHECK(by_tcp(bytes, 0) == by_tcp(bytes, cut));
  return 0;
}
