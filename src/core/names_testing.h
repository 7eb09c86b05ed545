#pragma once

#include <chrono>

#include "base/ids.h"
#include "base/time.h"
#include "base/uuid.h"

// What the tests of this folder call their nodes and instants.
namespace hb::core {

inline const NodeName kAda("ada"), kBob("bob"), kCyd("cyd");

// Not 0 for the start, so that nobody takes an instant for a duration and gets away with it.
constexpr Instant at(Duration since_start) { return Instant(std::chrono::hours(1) + since_start); }

inline Uuid uuid(std::uint8_t last) {
  Uuid::Bytes bytes{};
  bytes[15] = last;
  return Uuid(bytes);
}

}  // namespace hb::core
