#include <iostream>
#include <string_view>

#include "runtime/message_catalogue.h"

// Prints docs/messages.md, or with --journal the catalogue of the journal.
int main(int argc, char** argv) {
  const bool journal = argc > 1 && std::string_view(argv[1]) == "--journal";
  std::cout << (journal ? hb::runtime::render_journal_catalogue()
                        : hb::runtime::render_message_page());
}
