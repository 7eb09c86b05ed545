#pragma once

#include <cstdint>

#include "base/time.h"

namespace hb {

// Seeded generator (SplitMix64), the same on every machine; the core is handed one and has no
// other source of chance. Not for secrets.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next();
  // Uniform in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound);
  // Uniform in [low, high]; low <= high.
  Duration between(Duration low, Duration high);
  bool chance(double probability);

 private:
  std::uint64_t state_;
};

}  // namespace hb
