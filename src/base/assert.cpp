#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace hb::detail {

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: our own bug: %s does not hold\n", file, line, expression);
  std::abort();
}

}  // namespace hb::detail
