#pragma once

#include <optional>

#include "base/expected.h"
#include "base/ids.h"
#include "wire/errors.h"
#include "wire/message.h"
#include "wire/packet.h"

// Between messages and typed packets: field names, their order and number bases.
namespace hb::wire {

// The message as a typed packet: header and body (spec: wire-protocol 8, 9, 10.1 step 3).
//
// A type of ours whose fields make no sense becomes Other with `malformed` set, since its sequence
// number counts all the same; without a number (NS_…) it is refused.
// Errors: kMissingHeader, kBadHeader, kBadField.
[[nodiscard]] Expected<Packet, Rejection> parse_packet(const Message& message);

// The message of a packet, fields in the order of 3.0.6. `auth` is left to the codec.
[[nodiscard]] Message to_message(const Packet& packet);

// A message that a script or tool on this node hands in: it has no header yet.
struct Injected {
  Body body;
  std::optional<NodeName> dest;  // lower-cased
};

// Errors: kMissingHeader (no type), kBadField (a type of ours whose fields make no sense).
[[nodiscard]] Expected<Injected, Rejection> parse_body(const Message& message);

}  // namespace hb::wire
