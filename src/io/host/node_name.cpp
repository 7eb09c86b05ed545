#include "io/host/node_name.h"

#include <sys/utsname.h>

#include "base/text.h"
#include "io/host/state_files.h"

namespace hb::io {
namespace {

// Without the blanks and carriage returns that an editor may have left around it.
std::string first_word(std::string_view text) {
  const auto words = split_words(text.substr(0, text.find('\n')));
  return words.empty() ? std::string() : words.front();
}

}  // namespace

std::string host_name() {
  utsname names{};
  ::uname(&names);
  return names.nodename;
}

NodeName local_node_name(const std::filesystem::path& nodeinfo) {
  const auto content = read_file(nodeinfo);
  const std::string configured = content ? first_word(*content) : std::string();
  return NodeName(to_lower(configured.empty() ? host_name() : configured));
}

}  // namespace hb::io
