#include "config/suite_programs.h"

#include <array>

namespace hb::config {
namespace {

// Where they may be here; ours first.
constexpr std::array<std::string_view, 4> kDirectories = {
    "/usr/libexec/heartbeat", "/usr/lib/heartbeat", "/usr/lib64/heartbeat", "/usr/share/heartbeat"};

bool is_executable(const std::string& path, const World& world) {
  const auto facts = world.path(path);
  return facts && facts->is_executable;
}

// /usr/lib/heartbeat, /usr/local/lib64/heartbeat, /usr/lib/x86_64-linux-gnu/heartbeat …
bool is_suite_directory(std::string_view directory) {
  constexpr std::string_view kLast = "/heartbeat";
  if (!directory.ends_with(kLast)) return false;
  directory.remove_suffix(kLast.size());
  for (const std::string_view prefix : {"/usr/local", "/usr", "/opt/heartbeat"}) {
    if (!directory.starts_with(prefix)) continue;
    std::string_view rest = directory.substr(prefix.size());
    for (const std::string_view library : {"/lib", "/lib64", "/lib32", "/libexec", "/share"}) {
      if (rest == library) return true;
    }
    constexpr std::string_view kMultiArch = "/lib/";
    if (!rest.starts_with(kMultiArch)) continue;
    rest.remove_prefix(kMultiArch.size());
    if (!rest.empty() && rest.find('/') == std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> find_program(std::string_view path, const World& world) {
  std::string asked(path);
  if (is_executable(asked, world)) return asked;
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || !is_suite_directory(path.substr(0, slash))) {
    return std::nullopt;
  }
  const std::string name(path.substr(slash + 1));
  if (name.empty()) return std::nullopt;
  for (const std::string_view directory : kDirectories) {
    std::string candidate = std::string(directory) + "/" + name;
    if (is_executable(candidate, world)) return candidate;
  }
  return std::nullopt;
}

}  // namespace hb::config
