#include "runtime/files.h"

#include <optional>
#include <string>

#include <sys/stat.h>

#include "io/host/node_name.h"
#include "io/host/state_files.h"

namespace hb::runtime {
namespace {

constexpr std::size_t kLargestFile = 4U << 20U;  // bytes

config::SourceFile read_source(const std::filesystem::path& path) {
  config::SourceFile source{.path = path.string(), .text = std::nullopt};
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    source.mode = status.st_mode & 07777U;
    source.owner = status.st_uid;
  }
  Expected<std::string, io::IoError> text = io::read_file(path, kLargestFile);
  if (text) {
    source.text = std::move(*text);
  } else {
    source.error = text.error().code;
  }
  return source;
}

}  // namespace

config::Sources read_sources(const Paths& paths, bool resource_management) {
  return {.ha_cf = read_source(paths.ha_cf),
          .authkeys = read_source(paths.authkeys),
          .haresources = read_source(paths.haresources),
          .self = io::local_node_name(paths.nodeinfo),
          .resource_management = resource_management};
}

}  // namespace hb::runtime
