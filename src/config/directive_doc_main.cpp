#include <cstdio>

#include "config/directives.h"

// Writes docs/directives.md to standard output.
int main() {
  const std::string page = hb::config::render_directive_page();
  return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() ? 0 : 1;
}
