#pragma once

#include <filesystem>
#include <utility>
#include <vector>

#include "base/ids.h"

namespace hb::runtime {

// Remembers which groups are up here, one key a line, where a reboot forgets it: so a daemon that
// is started after one that was killed knows what to release. A write that fails is not fatal; then
// only service addresses are cleared at the next start.
class HeldGroupsFile {
 public:
  explicit HeldGroupsFile(std::filesystem::path path) : path_(std::move(path)) {}

  [[nodiscard]] std::vector<GroupKey> read() const;
  void write(const std::vector<GroupKey>& groups) const;

 private:
  std::filesystem::path path_;
};

}  // namespace hb::runtime
