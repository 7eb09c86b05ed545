// hb_inject name=value…: hands one message to the daemon of this node, which sends it to the
// cluster. What hb_standby, hb_takeover and the other scripts are made of.

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

#include "tools/fifo_message.h"

namespace {

int usage(std::FILE* to, int code) {
  fmt::print(to,
             "usage: hb_inject t=<type> [name=value]...\n"
             "Hands one message to the heartbeat daemon of this node. HA_FIFO names another FIFO\n"
             "than {}.\n"
             "Exit code 0 means that the daemon will read it, 1 that it was not sent.\n",
             hb::tools::kFifo);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return usage(stderr, 1);
  const std::string_view first = argv[1];
  if (first == "-h" || first == "--help") return usage(stdout, 0);

  hb::tools::Fields fields;
  for (int i = 1; i < argc; ++i) {
    const auto field = hb::tools::parse_field(argv[i]);
    if (!field) {
      fmt::print(stderr, "hb_inject: {}\n", field.error());
      return 1;
    }
    fields.push_back(*field);
  }
  if (fields.front().first != "t") return usage(stderr, 1);

  const char* other_fifo = std::getenv("HA_FIFO");
  const std::string fifo(other_fifo == nullptr ? hb::tools::kFifo : std::string_view(other_fifo));
  const auto sent = hb::tools::send_to_daemon(fifo, hb::tools::classic_message(fields));
  if (sent) return 0;
  fmt::print(stderr, "hb_inject: {}\n", sent.error());
  return 1;
}
