#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace hb {

/// The candidate that a misspelt word was probably meant to be: the first of those with the fewest
/// slips (a character missing, too many, or another one), case aside. Empty if none is near: one
/// slip in a word of up to four bytes, two in a longer one. Words that are long beyond any name are
/// near to nothing.
[[nodiscard]] std::string_view nearest_of(std::string_view word,
                                          std::span<const std::string_view> candidates);

}  // namespace hb
