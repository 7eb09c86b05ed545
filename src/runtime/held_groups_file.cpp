#include "runtime/held_groups_file.h"

#include <fstream>
#include <string>
#include <system_error>

namespace hb::runtime {

std::vector<GroupKey> HeldGroupsFile::read() const {
  std::vector<GroupKey> groups;
  std::ifstream file(path_);
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) groups.emplace_back(std::move(line));
  }
  return groups;
}

// On a file system in memory: rename makes it whole, and syncing would only cost time.
void HeldGroupsFile::write(const std::vector<GroupKey>& groups) const {
  std::error_code error;
  if (groups.empty()) {
    std::filesystem::remove(path_, error);
    return;
  }
  std::filesystem::path fresh = path_;
  fresh += ".tmp";
  std::ofstream file(fresh, std::ios::trunc);
  for (const GroupKey& key : groups) file << key.value() << "\n";
  file.close();
  if (file) std::filesystem::rename(fresh, path_, error);
}

}  // namespace hb::runtime
