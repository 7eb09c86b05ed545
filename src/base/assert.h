#pragma once

namespace hb::detail {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);
}

// A belief about our own code. On in releases too: a node that stops is fenced, one that goes on
// wrongly is not. Never used on input from outside.
#define HB_ASSERT(condition)          \
  ((condition) ? static_cast<void>(0) \
               : ::hb::detail::assertion_failed(#condition, __FILE__, __LINE__))
