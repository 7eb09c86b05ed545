#include "runtime/held_groups_file.h"

#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace hb::runtime {
namespace {

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

std::vector<ResourceGroup> HeldGroupsFile::read() const {
  std::vector<ResourceGroup> groups;
  std::ifstream file(path_);
  for (std::string line; std::getline(file, line);) {
    if (auto group = parse_group(line)) groups.push_back(std::move(*group));
  }
  return groups;
}

// On a file system in memory: rename makes it whole, and syncing would only cost time.
void HeldGroupsFile::write(const std::vector<ResourceGroup>& groups) const {
  std::error_code error;
  if (groups.empty()) {
    std::filesystem::remove(path_, error);
    return;
  }
  std::filesystem::path fresh = path_;
  fresh += ".tmp";
  std::ofstream file(fresh, std::ios::trunc);
  for (const ResourceGroup& group : groups) {
    file << group.preferred.value();
    for (const ResourceSpec& resource : group.resources) {
      file << '\t' << resource.text << ' ' << resource.script;
      for (const std::string& argument : resource.arguments) file << ' ' << argument;
    }
    file << '\n';
  }
  file.close();
  if (file) std::filesystem::rename(fresh, path_, error);
}

}  // namespace hb::runtime
