#include "base/nearest.h"

#include <string>

#include "base/text.h"

namespace hb {
namespace {

constexpr std::size_t kLongestName = 40;  // of what could still be a slip of some name

}  // namespace

std::string_view nearest_of(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.size() > kLongestName) return "";
  const std::string lower = to_lower(word);
  // Two slips are much in a short word: `foo` is no misspelt `node`.
  const std::size_t most = word.size() < 5 ? 1 : 2;
  std::string_view nearest;
  std::size_t least = most + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t slips = edit_distance(lower, candidate);
    if (slips < least) {
      least = slips;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace hb
