#pragma once

#include <string>
#include <string_view>

#include "base/expected.h"
#include "wire/errors.h"
#include "wire/message.h"

// The classic form (spec: wire-protocol 4), on serial lines, in the FIFO and inside compressed
// payloads:
//
//   >>> LF  t=status LF  (1)srcuuid=3xbxz/NUSOiSZriw7rk5yw== LF  …  <<< LF
namespace hb::wire {

inline constexpr std::string_view kClassicStart = ">>>\n";
inline constexpr std::string_view kClassicEnd = "<<<\n";

// Structs may be nested this deep: each depth needs a byte of its own in the place of newline.
inline constexpr int kClassicDeepest = 16;

// A packet in classic form, cut into what is signed and the signature; found without decoding.
struct ClassicFrame {
  std::string signed_lines;         // every line but `auth`, each with its LF
  std::string_view authentication;  // value of the last `auth`, empty if there is none
};

// Errors: kNotAMessage, kTruncated (no end marker).
[[nodiscard]] Expected<ClassicFrame, Rejection> frame_classic(std::string_view bytes);

// Decodes a message; what follows its end marker is ignored, a NUL for example.
// Errors: kNotAMessage, kTruncated (no end marker), kMalformed.
[[nodiscard]] Expected<Message, Rejection> decode_classic(std::string_view bytes);

// Appends the message with its markers to `out`. On an error `out` holds a part of it.
[[nodiscard]] Expected<void, SealError> encode_classic(const Message& message, std::string& out);

// Appends the lines alone, without the fields named `skip` (none if empty): what the field `auth`
// covers (spec: wire-protocol 6.3).
[[nodiscard]] Expected<void, SealError> encode_classic_lines(const Message& message,
                                                             std::string& out,
                                                             std::string_view skip = {});

}  // namespace hb::wire
