#pragma once

#include <string>
#include <string_view>

#include "base/expected.h"
#include "wire/errors.h"
#include "wire/message.h"

// The netstring form without its authentication (spec: wire-protocol 3):
//
//   ### LF  11:(0)t=status,  …  %%% LF
namespace hb::wire {

inline constexpr std::string_view kNetstringStart = "###\n";
inline constexpr std::string_view kNetstringEnd = "%%%\n";

// Deeper nesting is refused. 3.0.6 has no limit here, and no message of it comes near.
inline constexpr int kNetstringDeepest = 64;
// A packed list of this length makes a message unsendable for 3.0.6.
inline constexpr std::size_t kPackedListLimit = 1024;

// Where the parts of a packet lie; found by walking the lengths alone, without a look at what they
// enclose, so that the digest can be checked first.
struct NetstringFrame {
  std::string_view body;     // from the first '#' to the LF after "%%%": what is signed
  std::string_view trailer;  // content of the netstring after it, empty if there is none
};

// Errors: kNotAMessage, kTruncated, kMalformed (no number where a length belongs).
[[nodiscard]] Expected<NetstringFrame, Rejection> frame_netstring(std::string_view bytes);

// Decodes a body; what follows its end marker is ignored.
// Errors: kNotAMessage, kTruncated, kMalformed.
[[nodiscard]] Expected<Message, Rejection> decode_netstring(std::string_view bytes);

// Appends the body to `out`, without the fields named `skip` at the top level (none if empty).
// On an error `out` holds a part of it.
[[nodiscard]] Expected<void, SealError> encode_netstring(const Message& message, std::string& out,
                                                         std::string_view skip = {});

}  // namespace hb::wire
