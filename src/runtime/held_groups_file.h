#pragma once

#include <filesystem>
#include <utility>
#include <vector>

#include "base/resource_spec.h"

namespace hb::runtime {

// Remembers which groups are up here, and of which resources they consist, where a reboot forgets
// it: so a daemon that is started after one that was killed knows what to release, whatever has
// become of haresources meanwhile. A write that fails is not fatal; then only service addresses are
// cleared at the next start.
//
// One group a line, parts separated by tabs: preferred node, then the resources, each as its text,
// script and arguments with single blanks between them. What cannot be read is left out.
class HeldGroupsFile {
 public:
  explicit HeldGroupsFile(std::filesystem::path path) : path_(std::move(path)) {}

  [[nodiscard]] std::vector<ResourceGroup> read() const;
  void write(const std::vector<ResourceGroup>& groups) const;

 private:
  std::filesystem::path path_;
};

}  // namespace hb::runtime
