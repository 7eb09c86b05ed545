#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hb {

// ASCII only, whatever the locale.
[[nodiscard]] std::string to_lower(std::string_view text);

[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);

// The non-empty words between runs of the given separators.
[[nodiscard]] std::vector<std::string> split_words(std::string_view text,
                                                   std::string_view separators = " \t\r\n\f");

// Letters to add, take away or change between one and the other (Levenshtein). For short texts: the
// time is the product of their lengths.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

[[nodiscard]] std::string join(const std::vector<std::string>& words, std::string_view separator);

}  // namespace hb
