#pragma once

#include <filesystem>
#include <utility>
#include <vector>

#include "base/expected.h"
#include "base/resource_spec.h"
#include "io/io_error.h"

namespace hb::runtime {

// Remembers which groups are up here, and of which resources they consist, where a reboot forgets
// it: so a daemon that is started after one that was killed knows what to release, whatever has
// become of haresources meanwhile. Neither a read nor a write that fails is fatal; then only
// service addresses are cleared at the next start.
//
// It lies in a directory that is not root's, and root runs scripts by it: only a file that root
// alone can have written is believed.
//
// One group a line, parts separated by tabs: preferred node, then the resources, each as its text,
// script and arguments with single blanks between them. What cannot be read is left out.
class HeldGroupsFile {
 public:
  explicit HeldGroupsFile(std::filesystem::path path) : path_(std::move(path)) {}

  /// Errors: as of io::read_own_file(); that there is none is no error.
  [[nodiscard]] Expected<std::vector<ResourceGroup>, io::IoError> read() const;
  /// Errors: as of io::atomic_write_file().
  [[nodiscard]] Expected<void, io::IoError> write(const std::vector<ResourceGroup>& groups) const;

 private:
  std::filesystem::path path_;
};

}  // namespace hb::runtime
