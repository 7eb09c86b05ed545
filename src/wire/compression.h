#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/expected.h"
#include "wire/errors.h"
#include "wire/message.h"

// Compressed fields and compressed messages (spec: wire-protocol 7).
namespace hb::wire {

enum class Compression : std::uint8_t { kZlib, kBz2 };
[[nodiscard]] std::string_view word(Compression algorithm);  // zlib, bz2: on the wire and in ha.cf
[[nodiscard]] std::optional<Compression> parse_compression(std::string_view word);

// The form in which a message is written where both are understood.
enum class Form : std::uint8_t { kClassic, kNetstring };

inline constexpr std::size_t kUncompressedLimit = 2U << 20U;  // bytes of a message, unpacked
inline constexpr std::size_t kMessageLimit = 256U << 10U;     // an encoded message is shorter

inline constexpr std::string_view kPayloadField = "_compressed_payload";
inline constexpr std::string_view kAlgorithmField = "_compression_algorithm";

// Errors: kTooLarge (input above kUncompressedLimit), kCompression.
[[nodiscard]] Expected<std::string, SealError> compress(Compression algorithm,
                                                        std::string_view bytes);

// Never yields more than kUncompressedLimit bytes, whatever the input promises.
// Errors: kTooLarge, kBadCompression.
[[nodiscard]] Expected<std::string, Rejection> decompress(Compression algorithm,
                                                          std::string_view bytes);

// Whether a field has a type that the classic form of 3.0.6 does not sign: struct or compressed
// (types 2, 4, 5). Such a message goes without `auth` and is packed in netstring form.
[[nodiscard]] bool has_structured_field(const Message& message);

// Encodes a message as it stands inside a compressed payload (7.4): the given form, netstring if a
// field needs it; the classic form with its terminating NUL.
[[nodiscard]] Expected<std::string, SealError> encode_inner(const Message& message, Form form);

// Decodes either form, told apart by the first bytes; a NUL after it is ignored. Also for the FIFO.
// Errors: kNotAMessage, kTruncated, kMalformed.
[[nodiscard]] Expected<Message, Rejection> decode_either(std::string_view bytes);

// Whether the message is only the wrapping of a compressed one (7.2).
[[nodiscard]] bool is_envelope(const Message& message);

// Wraps the encoded message `inner`.
[[nodiscard]] Expected<Message, SealError> make_envelope(std::string_view inner,
                                                         Compression algorithm);

// The message in an envelope.
// Errors: kBadCompression, kTooLarge, and those of decode_either().
[[nodiscard]] Expected<Message, Rejection> open_envelope(const Message& envelope);

// The message in the field `name` of type kCompressed, by the algorithm that `message` names (7.1).
// The daemon carries such fields unopened; this is for tools and tests.
// Errors: kBadField (no such field), and those of open_envelope().
[[nodiscard]] Expected<Message, Rejection> open_compressed_field(const Message& message,
                                                                 std::string_view name);

// Replaces every field of type kUncompressed by one of type kCompressed and names the algorithm
// (7.1): what 3.0.6 does where such a message leaves its process.
[[nodiscard]] Expected<Message, SealError> compress_fields(const Message& message,
                                                           Compression algorithm, Form form);

}  // namespace hb::wire
