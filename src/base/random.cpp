#include "base/random.h"

#include "base/assert.h"

namespace hb {

std::uint64_t Random::next() {
  state_ += 0x9e3779b97f4a7c15U;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
  return mixed ^ (mixed >> 31U);
}

std::uint64_t Random::below(std::uint64_t bound) {
  HB_ASSERT(bound > 0);
  // Values above the largest multiple of bound would favour the small results.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  std::uint64_t drawn = next();
  while (drawn >= limit) drawn = next();
  return drawn % bound;
}

Duration Random::between(Duration low, Duration high) {
  HB_ASSERT(low <= high);
  return low + Duration(static_cast<Duration::rep>(
                   below(static_cast<std::uint64_t>((high - low).count()) + 1)));
}

bool Random::chance(double probability) {
  return static_cast<double>(next() >> 11U) * 0x1.0p-53 < probability;
}

}  // namespace hb
