#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/message_text.h"
#include "io/host/log/entry.h"
#include "io/host/log/message_table.h"
#include "io/host/log/severity.h"

// Making lines of the table. Adding one: write a row in message_table.h, then
//
//   log.say<"generation-unreadable">(path, generation);
//
// A name that has no row, or another number of arguments than the row has places, does not compile.
namespace hb::io {

[[nodiscard]] std::span<const MessageKind> message_kinds();

// A name of a row, as a template argument.
struct MessageId {
  template <std::size_t kSize>
  consteval MessageId(const char (&name)[kSize]) {  // NOLINT: an implicit conversion is the point
    static_assert(kSize <= kLongest);
    for (std::size_t i = 0; i < kSize; ++i) text[i] = name[i];
  }
  [[nodiscard]] constexpr std::string_view view() const { return text.data(); }

  static constexpr std::size_t kLongest = 48;
  std::array<char, kLongest> text{};  // public, or it could not be a template argument
};

namespace detail {

[[nodiscard]] consteval std::size_t row_of(std::string_view id) {
  for (std::size_t i = 0; i < kMessageTable.size(); ++i) {
    if (kMessageTable[i].id == id) return i;
  }
  return kMessageTable.size();
}

template <MessageId kId>
[[nodiscard]] consteval const MessageKind& kind_of() {
  constexpr std::size_t kRow = row_of(kId.view());
  static_assert(kRow < kMessageTable.size(), "no such row in io/host/log/message_table.h");
  return kMessageTable[kRow];
}

[[nodiscard]] Message make_message(const MessageKind& kind, std::span<const std::string> values);

}  // namespace detail

// The line of a row, its places filled with what fmt makes of the arguments.
template <MessageId kId, class... Args>
[[nodiscard]] Message message(const Args&... arguments) {
  constexpr const MessageKind& kKind = detail::kind_of<kId>();
  static_assert(count_places(kKind.text) == sizeof...(Args), "an argument for each place");
  const std::array<std::string, sizeof...(Args)> values = {fmt::format("{}", arguments)...};
  return detail::make_message(kKind, values);
}

}  // namespace hb::io
