#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

// Taking text apart without losing where each piece stood. Private to src/config.
namespace hb::config {

inline constexpr std::string_view kBlanks = " \t\r\n\f";
inline constexpr std::string_view kDelimiters = ", \t\r\n\f";  // between values of class S

// Part of one line; the column is that of its first byte, from 1.
struct Piece {
  std::string_view text;
  unsigned column = 1;

  [[nodiscard]] Piece from(std::size_t offset) const {
    offset = std::min(offset, text.size());
    return {text.substr(offset), column + static_cast<unsigned>(offset)};
  }
  [[nodiscard]] Piece first(std::size_t count) const { return {text.substr(0, count), column}; }
  [[nodiscard]] Piece without_leading(std::string_view characters) const {
    return from(std::min(text.find_first_not_of(characters), text.size()));
  }
  [[nodiscard]] Piece without_trailing(std::string_view characters) const {
    return first(text.find_last_not_of(characters) + 1);
  }
  // Up to the first of the characters, or all of it.
  [[nodiscard]] Piece until(std::string_view characters) const {
    return first(std::min(text.find_first_of(characters), text.size()));
  }
};

[[nodiscard]] inline std::vector<Piece> split(Piece piece, std::string_view separators) {
  std::vector<Piece> words;
  for (Piece rest = piece.without_leading(separators); !rest.text.empty();) {
    const Piece word = rest.until(separators);
    words.push_back(word);
    rest = rest.from(word.text.size()).without_leading(separators);
  }
  return words;
}

// The physical lines of a text, without their line feeds, numbered from 1.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  [[nodiscard]] std::optional<std::string_view> next() {
    if (rest_.empty()) return std::nullopt;
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++number_;
    return line;
  }

  // Of the line that next() gave last.
  [[nodiscard]] unsigned number() const { return number_; }

 private:
  std::string_view rest_;
  unsigned number_ = 0;
};

}  // namespace hb::config
