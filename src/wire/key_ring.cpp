#include "wire/key_ring.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace hb::wire {
namespace {

constexpr std::string_view kBlanks = " \t\n";

struct Authentication {
  unsigned number = 0;
  std::string_view digest;
};

// A number and a word; leading zeros of the number and further words are tolerated.
std::optional<Authentication> parse_authentication(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  Authentication authentication;
  const auto [stop, error] =
      std::from_chars(text.data(), text.data() + text.size(), authentication.number);
  if (error == std::errc::invalid_argument) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  const std::size_t start = text.find_first_not_of(kBlanks);
  if (start == 0 || start == text.npos) return std::nullopt;
  text.remove_prefix(start);
  authentication.digest = text.substr(0, text.find_first_of(kBlanks));
  if (error != std::errc()) authentication.number = ~0U;  // more digits than any key number has
  return authentication;
}

bool matches(const KeyedDigest& digest, std::string_view bytes, std::string_view claimed) {
  return equal_in_constant_time(digest.compute(bytes).view(), claimed);
}

}  // namespace

std::string_view word(KeyRingError error) {
  switch (error) {
    case KeyRingError::kNumberOutOfRange:
      return "key number out of range";
    case KeyRingError::kDuplicateNumber:
      return "two keys of one number";
    case KeyRingError::kNoSendingKey:
      return "no key of the sending number";
  }
  return "unknown";
}

Expected<KeyRing, KeyRingError> KeyRing::make(std::vector<Key> keys, int sending_number) {
  const auto sending = std::find_if(keys.begin(), keys.end(),
                                    [&](const Key& key) { return key.number == sending_number; });
  if (sending == keys.end()) return unexpected(KeyRingError::kNoSendingKey);

  KeyRing ring;
  ring.sending_ = sending_number;
  ring.start_ = std::to_string(sending_number) + ' ';
  for (const Key& key : keys) {
    if (key.number < 0 || key.number > kHighestKeyNumber) {
      return unexpected(KeyRingError::kNumberOutOfRange);
    }
    Slot& slot = ring.slots_[static_cast<std::size_t>(key.number)];
    if (slot.regular) return unexpected(KeyRingError::kDuplicateNumber);
    slot.regular.emplace(key.method, key.secret);
    // An empty secret (sending by crc) would let everybody sign, so 3.0.6 is not followed there.
    if (key.method == DigestMethod::kCrc || sending->secret.empty()) continue;
    if (key.secret == sending->secret) continue;
    slot.with_sending_secret.emplace(key.method, sending->secret);
  }
  return ring;
}

void KeyRing::sign(std::string_view bytes, std::string& out) const {
  out += start_;
  out += slots_[static_cast<std::size_t>(sending_)].regular->compute(bytes).view();
}

std::string KeyRing::sign(std::string_view bytes) const {
  std::string authentication;
  sign(bytes, authentication);
  return authentication;
}

Expected<void, Rejection> KeyRing::verify(std::string_view bytes, std::string_view authentication,
                                          AuthPlace place) const {
  const auto claimed = parse_authentication(authentication);
  if (!claimed) return unexpected(Rejection::kUnsigned);
  if (claimed->number >= slots_.size() || !slots_[claimed->number].regular) {
    return unexpected(Rejection::kUnknownKey);
  }
  const Slot& slot = slots_[claimed->number];
  if (matches(*slot.regular, bytes, claimed->digest)) return {};
  if (place == AuthPlace::kTrailer && slot.with_sending_secret &&
      matches(*slot.with_sending_secret, bytes, claimed->digest)) {
    return {};
  }
  return unexpected(Rejection::kBadDigest);
}

}  // namespace hb::wire
