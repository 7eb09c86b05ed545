#include "wire/field_rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace hb::wire {

using std::string_view_literals::operator""sv;

bool is_valid_name(std::string_view name) {
  return !name.empty() && name.front() != '(' && name.find_first_of("=\n\0"sv) == name.npos &&
         !name.starts_with(">>>") && !name.starts_with("<<<");
}

void append_replacing(std::string_view text, char from, char to, std::string& out) {
  const std::size_t start = out.size();
  out.append(text);
  if (text.find(from) == text.npos) return;
  std::replace(out.begin() + static_cast<std::ptrdiff_t>(start), out.end(), from, to);
}

void append_length(std::size_t length, std::string& out) {
  std::array<char, 24> digits{};
  char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), length).ptr;
  *end = ':';
  out.append(digits.data(), static_cast<std::size_t>(end + 1 - digits.data()));
}

void append_netstring(std::string_view content, std::string& out) {
  append_length(content.size(), out);
  out.append(content);
  out += ',';
}

Expected<std::string_view, Rejection> take_netstring(std::string_view& rest) {
  std::size_t length = 0;
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), length);
  if (error == std::errc::result_out_of_range) return unexpected(Rejection::kTruncated);
  if (error != std::errc()) {
    return unexpected(rest.empty() ? Rejection::kTruncated : Rejection::kMalformed);
  }
  const std::size_t colon = rest.find(':', static_cast<std::size_t>(stop - rest.data()));
  if (colon == rest.npos) return unexpected(Rejection::kTruncated);
  const std::string_view after = rest.substr(colon + 1);
  if (after.size() <= length) return unexpected(Rejection::kTruncated);
  if (after[length] != ',') return unexpected(Rejection::kMalformed);
  rest = after.substr(length + 1);
  return after.substr(0, length);
}

Expected<void, SealError> append_packed_list(const std::vector<std::string>& items,
                                             std::string& out) {
  if (items.empty()) return unexpected(SealError::kBadList);
  for (const std::string& item : items) {
    if (item.empty()) return unexpected(SealError::kBadList);
    if (item.find('\0') != item.npos) return unexpected(SealError::kNulInString);
    append_netstring(item, out);
  }
  return {};
}

Expected<std::vector<std::string>, Rejection> unpack_list(std::string_view packed) {
  std::vector<std::string> items;
  while (!packed.empty()) {
    const auto item = take_netstring(packed);
    if (!item || item->empty() || item->find('\0') != item->npos) {
      return unexpected(Rejection::kMalformed);
    }
    items.emplace_back(*item);
  }
  if (items.empty()) return unexpected(Rejection::kMalformed);
  return items;
}

Expected<UndecodedField, Rejection> split_field(FieldType type, std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos) return unexpected(Rejection::kMalformed);
  const std::string_view name = text.substr(0, equals);
  if (!is_valid_name(name)) return unexpected(Rejection::kMalformed);
  UndecodedField split;
  split.field.name = name;
  split.field.type = type;
  split.value = text.substr(equals + 1);
  return split;
}

Expected<void, Rejection> decode_string(std::string_view value, Field& field) {
  if (value.find('\0') != value.npos) return unexpected(Rejection::kMalformed);
  append_replacing(value, kNewlineStandIn, '\n', field.bytes);
  return {};
}

Expected<void, Rejection> decode_list(std::string_view value, Field& field) {
  auto items = unpack_list(value);
  if (!items) return unexpected(items.error());
  field.items = std::move(*items);
  return {};
}

}  // namespace hb::wire
