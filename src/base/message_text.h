#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Texts of log lines, with places for what differs from one line to the next:
//
//   Link {peer}:{link} up.
//
// A place has the name of what stands there, which becomes a field of the journal and what a manual
// shows; `{}` is a place without a name. Places are filled in the order in which they stand.
namespace hb {

[[nodiscard]] constexpr std::size_t count_places(std::string_view text) {
  std::size_t places = 0;
  for (const char c : text) places += c == '{' ? 1U : 0U;
  return places;
}

// What stands at a named place of one line.
struct MessageField {
  std::string name;
  std::string value;

  friend bool operator==(const MessageField&, const MessageField&) = default;
};

// The text with its places filled. Without a value a place stays as it is; values too many are left
// out.
[[nodiscard]] std::string fill_places(std::string_view text, std::span<const std::string> values);

// The values at the named places.
[[nodiscard]] std::vector<MessageField> named_values(std::string_view text,
                                                     std::span<const std::string> values);

// What stands between the places: one piece more than there are places.
[[nodiscard]] std::vector<std::string_view> text_between_places(std::string_view text);

// How well a line fits a text: the number of its characters that are the text's own, or 0 when the
// line cannot have been made of it. Words before and behind the line do not matter.
[[nodiscard]] std::size_t likeness(std::string_view line, std::string_view text);

}  // namespace hb
