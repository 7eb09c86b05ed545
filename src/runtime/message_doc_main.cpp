#include <iostream>
#include <string_view>

#include "runtime/message_catalogue.h"

// Prints docs/messages.md, with --journal the catalogue of the journal, with --logcheck the filter
// of logcheck.
int main(int argc, char** argv) {
  const std::string_view form = argc > 1 ? argv[1] : "";
  std::cout << (form == "--journal"    ? hb::runtime::render_journal_catalogue()
                : form == "--logcheck" ? hb::runtime::render_logcheck_filter()
                                       : hb::runtime::render_message_page());
}
