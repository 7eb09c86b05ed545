#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hb::wire {

// Why bytes from outside were refused: the key of a counter, and a word in a log line. In the order
// in which the checks are made.
enum class Rejection : std::uint8_t {
  kNotAMessage,     // begins with neither form's marker
  kTooLarge,        // longer than any message may be, before or after decompression
  kTruncated,       // a length or a missing end marker points past the last byte
  kMalformed,       // the bytes break the grammar of their form
  kUnsigned,        // no authentication at the place where the form has it
  kUnknownKey,      // signed with a key number that is not configured
  kBadDigest,       // the digest is another one
  kBadCompression,  // unknown algorithm, or the payload does not decompress
  kMissingHeader,   // t, src, ts or seq is absent
  kBadHeader,       // one of them, or hg, makes no sense
  kBadField,        // a field of this type of message is absent or makes no sense
};
inline constexpr std::size_t kRejectionCount = 11;

[[nodiscard]] std::string_view word(Rejection rejection);  // e.g. "bad-digest"

// Why a message cannot be sent. Such a message would be misread, or would end real 3.0.6 peers
// (spec: wire-protocol 2, 17.17).
enum class SealError : std::uint8_t {
  kBadName,       // empty, or contains '=', newline or NUL, or begins with '('
  kNulInString,   // NUL in a string or list element
  kBadList,       // empty, an empty element, newline in classic form, or too long packed
  kTooDeep,       // structs nested deeper than the form allows
  kSpecialByte,   // a struct's text contains the byte that would separate its lines
  kNotInClassic,  // an uncompressed field, which the classic form has no type for
  kTooLarge,      // for the medium, even compressed
  kCompression,   // the compression library failed
};

[[nodiscard]] std::string_view word(SealError error);

}  // namespace hb::wire
