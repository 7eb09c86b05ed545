#pragma once

#include <filesystem>
#include <utility>

#include "base/expected.h"
#include "config/configuration.h"
#include "config/in_force.h"
#include "io/io_error.h"

namespace hb::runtime {

// What the running daemon has in force, where `heartbeat --check --diff` finds it: the files may
// have been edited since they were read, and names resolve otherwise. Readable by root alone; its
// secrets are digests keyed with a salt that is new at every write.
class InForceFile {
 public:
  explicit InForceFile(std::filesystem::path path) : path_(std::move(path)) {}

  /// Of this process. Replaces the file at once, so that a reader sees the old or the new one,
  /// whole. Errors: as of io::atomic_write_file().
  [[nodiscard]] Expected<void, io::IoError> write(const config::Configuration& configuration,
                                                  bool resource_management) const;

  /// Errors: no such file, no permission, not written by root alone; EBADMSG if it is not what
  /// write() leaves.
  [[nodiscard]] Expected<config::InForce, io::IoError> read() const;

 private:
  std::filesystem::path path_;
};

// The disguise that an InForce was written with.
[[nodiscard]] config::Disguise keyed_disguise(std::string salt);

}  // namespace hb::runtime
