#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/expected.h"
#include "config/statements.h"

namespace hb::config {

// What a daemon has in force, as it writes it down for others to compare with.
struct InForce {
  int pid = 0;                      // of the daemon
  std::string salt;                 // of the disguise of its secrets; any bytes
  bool resource_management = true;  // not -M
  std::vector<Statement> statements;

  friend bool operator==(const InForce&, const InForce&) = default;
};

[[nodiscard]] std::string render(const InForce& in_force);

/// The inverse. Errors, in words: no JSON, another format, or members missing or of a wrong type.
[[nodiscard]] Expected<InForce, std::string> parse_in_force(std::string_view text);

}  // namespace hb::config
