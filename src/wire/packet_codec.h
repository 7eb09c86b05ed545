#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/expected.h"
#include "wire/compression.h"
#include "wire/errors.h"
#include "wire/key_ring.h"
#include "wire/message.h"

namespace hb::wire {

struct CodecOptions {
  Form form = Form::kClassic;            // msgfmt
  bool traditional_compression = false;  // pack whole messages above the threshold
  Compression compression = Compression::kZlib;
  std::size_t compression_threshold = 2U << 10U;  // bytes
};

// What carries the packet; decides on its form and its limit (spec: wire-protocol 5, 2.3).
enum class Carrier : std::uint8_t {
  kDatagram,  // UDP: netstring form, at most kDatagramLimit bytes
  kEcho,      // payload of ICMP echo requests: the same with `auth` always, at most kEchoLimit
  kSerial,    // classic form with `auth` always, below kMessageLimit
};
inline constexpr std::size_t kDatagramLimit = 65507;  // bytes, UDP over IPv4
inline constexpr std::size_t kEchoLimit = 5120;       // bytes, 3.0.6's buffer

// Turns messages into signed packets and back. Knows the keys and the settings of ha.cf, no node
// and no socket. One thread at a time.
class PacketCodec {
 public:
  PacketCodec(CodecOptions options, KeyRing keys);

  // Encodes and signs a message; fields named `auth` in it are replaced by ours.
  //
  // Too large for the carrier, above the threshold with traditional_compression, or of bytes that a
  // serial line does not carry, it is packed into an envelope, which 3.0.6 opens whatever its own
  // settings are.
  // Errors: all of SealError; kTooLarge if even the envelope does not fit.
  [[nodiscard]] Expected<std::string, SealError> seal(const Message& message,
                                                      Carrier carrier = Carrier::kDatagram) const;

  // Authenticates a packet, and only then decodes it and opens its envelope, if it has one. Both
  // forms, whatever the carrier.
  // Errors: all of Rejection but those of headers and fields, which parse_packet() finds.
  [[nodiscard]] Expected<Message, Rejection> open(std::string_view packet) const;

  // For changed keys (SIGHUP).
  void set_keys(KeyRing keys) { keys_ = std::move(keys); }
  void set_options(const CodecOptions& options) { options_ = options; }
  [[nodiscard]] const CodecOptions& options() const { return options_; }
  [[nodiscard]] const KeyRing& keys() const { return keys_; }

 private:
  [[nodiscard]] Expected<std::string, SealError> seal_plain(const Message& message,
                                                            Carrier carrier) const;
  [[nodiscard]] Expected<std::string, SealError> seal_netstring(const Message& message,
                                                                bool with_auth) const;
  [[nodiscard]] Expected<std::string, SealError> seal_classic(const Message& message) const;
  [[nodiscard]] Expected<std::string, SealError> seal_packed(std::string_view inner,
                                                             Carrier carrier) const;
  [[nodiscard]] Expected<std::string, SealError> encode_for_envelope(const Message& message) const;
  [[nodiscard]] Expected<std::string, SealError> auth_value(const Message& message) const;

  CodecOptions options_;
  KeyRing keys_;
};

}  // namespace hb::wire
