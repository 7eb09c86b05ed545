#pragma once

#include <tl/expected.hpp>

namespace hb {

// std::expected is not in g++ 12; this alias is the one place to change when it is.
template <class T, class E>
using Expected = tl::expected<T, E>;

template <class E>
auto unexpected(E&& error) {
  return tl::make_unexpected(std::forward<E>(error));
}

}  // namespace hb
