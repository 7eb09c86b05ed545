#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.h"
#include "wire/digest.h"
#include "wire/errors.h"
#include "wire/key.h"

namespace hb::wire {

enum class KeyRingError : std::uint8_t {
  kNumberOutOfRange,  // not 0 … kHighestKeyNumber
  kDuplicateNumber,   // two keys of one number
  kNoSendingKey,      // the number of the sending key is not among them
};
[[nodiscard]] std::string_view word(KeyRingError error);

// Where an authentication stands: 3.0.6 computes the two differently (spec: wire-protocol 6.4).
enum class AuthPlace : std::uint8_t {
  kTrailer,  // the netstring after a packet in netstring form
  kField,    // the field `auth` of a packet in classic form
};

// The configured keys: signs with the sending one, verifies with any. Holds prepared digests, not
// secrets.
class KeyRing {
 public:
  // Takes the keys by value and wipes them when done.
  [[nodiscard]] static Expected<KeyRing, KeyRingError> make(std::vector<Key> keys,
                                                            int sending_number);

  // Appends `<number> <digest>` of `bytes` to `out`.
  void sign(std::string_view bytes, std::string& out) const;
  [[nodiscard]] std::string sign(std::string_view bytes) const;

  // Whether `authentication` (`<number> <digest>`, further words ignored) vouches for `bytes`.
  //
  // Accepted is the regular computation, method and secret of the number in the packet; and for
  // kTrailer also that of 3.0.6, which takes the method of that number but the secret of its own
  // sending key, so that a peer that answers to what it would itself accept is understood.
  // Errors: kUnsigned (no number and digest), kUnknownKey, kBadDigest.
  [[nodiscard]] Expected<void, Rejection> verify(std::string_view bytes,
                                                 std::string_view authentication,
                                                 AuthPlace place) const;

  [[nodiscard]] int sending_number() const { return sending_; }

 private:
  struct Slot {
    std::optional<KeyedDigest> regular;              // none: no such key
    std::optional<KeyedDigest> with_sending_secret;  // none where it would be the same
  };

  KeyRing() = default;

  std::array<Slot, kHighestKeyNumber + 1> slots_;
  int sending_ = 0;
  std::string start_;  // of each signature
};

}  // namespace hb::wire
