#include "config/nearest.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"

namespace hb::config {
namespace {

constexpr std::size_t kLongestName = 40;  // of what could still be a slip of some name

// Levenshtein distance if it is at most `most`, else something above; names are short, so the plain
// table will do.
std::size_t distance(std::string_view a, std::string_view b, std::size_t most) {
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) > most) return most + 1;
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view nearest_of(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.size() > kLongestName) return "";
  const std::string lower = to_lower(word);
  // Two slips are much in a short word: `foo` is no misspelt `node`.
  const std::size_t most = word.size() < 5 ? 1 : 2;
  std::string_view nearest;
  std::size_t least = most + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t slips = distance(lower, candidate, most);
    if (slips < least) {
      least = slips;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace hb::config
