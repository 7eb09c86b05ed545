#include "runtime/held_groups_file.h"

#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <unistd.h>

#include "io/host/state_files.h"

namespace hb::runtime {
namespace {

constexpr std::size_t kLargestHeld = 16U << 20U;  // far above any haresources

// Words of haresources hold neither blanks nor tabs, but arguments may be empty.
std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
  }
  return parts;
}

std::optional<ResourceGroup> parse_group(const std::string& line) {
  const std::vector<std::string> parts = split(line, '\t');
  ResourceGroup group{{}, NodeName(parts.front()), {}};
  for (std::size_t i = 1; i < parts.size(); ++i) {
    std::vector<std::string> words = split(parts[i], ' ');
    if (words.size() < 2) return std::nullopt;
    group.resources.push_back({.script = words[1],
                               .arguments = {words.begin() + 2, words.end()},
                               .text = std::move(words[0])});
  }
  if (group.resources.empty()) return std::nullopt;
  group.key = GroupKey(group.resources.front().text);
  return group;
}

}  // namespace

Expected<std::vector<ResourceGroup>, io::IoError> HeldGroupsFile::read() const {
  const auto text = io::read_own_file(path_, kLargestHeld);
  std::vector<ResourceGroup> groups;
  if (!text) {
    if (text.error().code == ENOENT) return groups;
    return unexpected(text.error());
  }
  for (const std::string& line : split(*text, '\n')) {
    if (auto group = parse_group(line)) groups.push_back(std::move(*group));
  }
  return groups;
}

// On a file system in memory, where syncing costs nothing.
Expected<void, io::IoError> HeldGroupsFile::write(const std::vector<ResourceGroup>& groups) const {
  if (groups.empty()) {
    if (::unlink(path_.c_str()) != 0 && errno != ENOENT) {
      return unexpected(io::IoError{errno, "remove " + path_.string()});
    }
    return {};
  }
  std::string text;
  for (const ResourceGroup& group : groups) {
    text += group.preferred.value();
    for (const ResourceSpec& resource : group.resources) {
      text += '\t' + resource.text + ' ' + resource.script;
      for (const std::string& argument : resource.arguments) text += ' ' + argument;
    }
    text += '\n';
  }
  return io::atomic_write_file(path_, text);
}

}  // namespace hb::runtime
