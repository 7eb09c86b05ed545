#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/host_entry.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/resource_spec.h"
#include "base/uuid.h"

namespace hb::sim {

// The state files of one host: hb_generation, hb_uuid and hostcache, which survive a crash, and the
// list of held groups, which lies where a reboot forgets it. Files are replaced atomically, so they
// are damaged only when somebody does it here. What a start makes of them is the daemon's own code.
class Disk {
 public:
  // As after the installation: counted on to `generation`, or no files yet.
  explicit Disk(std::optional<std::uint64_t> generation);

  struct Identity {
    Generation generation;
    Uuid uuid;
  };
  Identity start(std::uint64_t wall_seconds, Random& random);

  void lose();                // the files are gone
  void tear(Random& random);  // the generation is cut off at any place or overwritten, the uuid and
                              // the hostcache are cut off
  void restore_old();         // the generation as at the installation: a backup was played back
  void write_generation(Generation generation);  // by hand
  void reboot() { held.clear(); }

  void write_hosts(const std::vector<HostEntry>& hosts);
  // As far as the file makes sense.
  [[nodiscard]] std::vector<HostEntry> hosts() const;

  // A backup can make the generation go back whatever the daemon does.
  [[nodiscard]] bool restored() const { return restored_; }

  std::vector<ResourceGroup> held;

 private:
  std::optional<std::string> generation_;
  std::optional<std::string> uuid_;
  std::optional<std::string> installed_;
  std::string hosts_;  // hostcache
  bool restored_ = false;
};

}  // namespace hb::sim
