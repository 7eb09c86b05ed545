#include "base/message_text.h"

namespace hb {
namespace {

struct Place {
  std::string_view before;  // text since the place before
  std::string_view name;
};

// Calls `on_place` for each place; returns the text behind the last.
template <class OnPlace>
std::string_view walk(std::string_view text, OnPlace&& on_place) {
  for (;;) {
    const std::size_t begin = text.find('{');
    const std::size_t end = text.find('}', begin);
    if (begin == std::string_view::npos || end == std::string_view::npos) return text;
    on_place(Place{text.substr(0, begin), text.substr(begin + 1, end - begin - 1)});
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::string fill_places(std::string_view text, std::span<const std::string> values) {
  std::string filled;
  filled.reserve(text.size() + 16 * values.size());
  std::size_t index = 0;
  const std::string_view rest = walk(text, [&](const Place& place) {
    filled += place.before;
    if (index < values.size()) {
      filled += values[index];
    } else {
      filled.append("{").append(place.name).append("}");
    }
    ++index;
  });
  return filled.append(rest);
}

std::vector<MessageField> named_values(std::string_view text, std::span<const std::string> values) {
  std::vector<MessageField> fields;
  std::size_t index = 0;
  walk(text, [&](const Place& place) {
    if (index < values.size() && !place.name.empty()) {
      fields.push_back({std::string(place.name), values[index]});
    }
    ++index;
  });
  return fields;
}

std::vector<std::string_view> text_between_places(std::string_view text) {
  std::vector<std::string_view> pieces;
  const std::string_view rest =
      walk(text, [&](const Place& place) { pieces.push_back(place.before); });
  pieces.push_back(rest);
  return pieces;
}

std::size_t likeness(std::string_view line, std::string_view text) {
  std::size_t own = 0;
  for (const std::string_view piece : text_between_places(text)) {
    const std::size_t found = line.find(piece);
    if (found == std::string_view::npos) return 0;
    line.remove_prefix(found + piece.size());
    own += piece.size();
  }
  return own;
}

}  // namespace hb
