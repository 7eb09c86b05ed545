#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/strong.h"

namespace hb {

// One `respawn` or `failfast` line: a program that the daemon keeps running (spec:
// ha-cf 5.3, 10.5).
struct ManagedClient {
  std::string user;
  // What the user's name stood for when the file was read.
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;                // primary group
  std::vector<std::uint32_t> groups{};  // supplementary groups
  std::string command;                  // for `sh -c "exec …"`
  bool failfast = false;                // when it fails, the machine is reset

  friend bool operator==(const ManagedClient&, const ManagedClient&) = default;
};

// One life of a client: a new number at each start, so that a late word of an earlier life is
// recognised.
using ClientLife = Strong<struct ClientLifeTag, std::uint64_t>;

// How a client's process ended.
struct ClientEnd {
  std::optional<int> code;    // of exit(); none if a signal ended it
  std::optional<int> signal;  // that ended it

  friend bool operator==(const ClientEnd&, const ClientEnd&) = default;
};

}  // namespace hb
