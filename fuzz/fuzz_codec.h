#pragma once

#include "wire/packet_codec.h"

namespace hb::fuzz {

// The keys with which most of the recorded packets are signed, so that they are seeds as they are.
inline const wire::PacketCodec& codec() {
  using wire::DigestMethod;
  static const wire::PacketCodec kCodec(
      {},
      wire::KeyRing::make({{.number = 1, .method = DigestMethod::kSha1, .secret = "secret"},
                           {.number = 2, .method = DigestMethod::kMd5, .secret = "MySecretKey2"},
                           {.number = 7, .method = DigestMethod::kCrc, .secret = ""}},
                          1)
          .value());
  return kCodec;
}

}  // namespace hb::fuzz
