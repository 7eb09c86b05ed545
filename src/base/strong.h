#pragma once

#include <compare>
#include <functional>
#include <utility>

namespace hb {

// A value that cannot be taken for another of the same representation: swapped arguments do not
// compile. Arithmetic is left out on purpose; a type that needs it defines what it means.
template <class Tag, class Rep>
class Strong {
 public:
  using rep = Rep;

  constexpr Strong() = default;
  constexpr explicit Strong(Rep value) : value_(std::move(value)) {}

  [[nodiscard]] constexpr const Rep& value() const { return value_; }

  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;
  friend constexpr bool operator==(const Strong&, const Strong&) = default;

 private:
  Rep value_{};
};

}  // namespace hb

template <class Tag, class Rep>
struct std::hash<hb::Strong<Tag, Rep>> {
  std::size_t operator()(const hb::Strong<Tag, Rep>& strong) const {
    return std::hash<Rep>{}(strong.value());
  }
};
