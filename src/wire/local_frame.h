#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

// Framing of local sockets (spec: client-api 1.3): 4 bytes length of the body, 4 bytes 0x0000abcd,
// the body. Integers are the host's own.
namespace hb::wire {

inline constexpr std::size_t kLocalHeaderSize = 8;
inline constexpr std::size_t kLocalBodyLongest = 262144;  // bytes, inclusive

/// Appends header and body to `out`.
///
/// @param body  at most kLocalBodyLongest bytes; what is longer is our own mistake.
void append_local_frame(std::string& out, std::string_view body);

struct LocalFrame {
  std::string_view body;  // its first bytes, as many as the reader keeps; valid during the call
  std::size_t length;     // of the whole body
};

// Cuts a byte stream into frames. Of a body only the first `keep` bytes are stored, so a peer that
// announces much and sends little costs no more than that.
class LocalFrameReader {
 public:
  using OnFrame = std::function<void(const LocalFrame& frame)>;

  explicit LocalFrameReader(std::size_t keep = kLocalBodyLongest) : keep_(keep) {}

  /// Takes the next bytes; calls `on_frame` for each frame that ends in them.
  ///
  /// Returns false when the stream is no stream of frames (other magic, a length below 0 or above
  /// kLocalBodyLongest): the peer is to be disconnected, nothing more can be read of it.
  [[nodiscard]] bool feed(std::string_view bytes, const OnFrame& on_frame);

 private:
  [[nodiscard]] bool read_header();

  std::size_t keep_;
  std::string header_;
  std::string body_;
  std::size_t length_ = 0;   // of the body under way
  std::size_t arrived_ = 0;  // bytes of it, kept or not
  bool in_body_ = false;
  bool broken_ = false;
};

}  // namespace hb::wire
