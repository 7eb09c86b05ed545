#pragma once

#include <cstdint>
#include <string>

#include "base/ids.h"
#include "base/uuid.h"

namespace hb {

// What is remembered of a normal node from one start to the next: a line of hostcache.
struct HostEntry {
  NodeName name;
  Uuid uuid{};  // null: not known yet
  std::uint32_t weight = 100;
  std::string site{};
  friend bool operator==(const HostEntry&, const HostEntry&) = default;
};

}  // namespace hb
