#include "wire/errors.h"

namespace hb::wire {

std::string_view word(Rejection rejection) {
  switch (rejection) {
    case Rejection::kNotAMessage:
      return "not-a-message";
    case Rejection::kTooLarge:
      return "too-large";
    case Rejection::kTruncated:
      return "truncated";
    case Rejection::kMalformed:
      return "malformed";
    case Rejection::kUnsigned:
      return "unsigned";
    case Rejection::kUnknownKey:
      return "unknown-key";
    case Rejection::kBadDigest:
      return "bad-digest";
    case Rejection::kBadCompression:
      return "bad-compression";
    case Rejection::kMissingHeader:
      return "missing-header";
    case Rejection::kBadHeader:
      return "bad-header";
    case Rejection::kBadField:
      return "bad-field";
  }
  return "unknown";
}

std::string_view word(SealError error) {
  switch (error) {
    case SealError::kBadName:
      return "bad-name";
    case SealError::kNulInString:
      return "nul-in-string";
    case SealError::kBadList:
      return "bad-list";
    case SealError::kTooDeep:
      return "too-deep";
    case SealError::kSpecialByte:
      return "special-byte";
    case SealError::kNotInClassic:
      return "not-in-classic";
    case SealError::kTooLarge:
      return "too-large";
    case SealError::kCompression:
      return "compression";
  }
  return "unknown";
}

}  // namespace hb::wire
