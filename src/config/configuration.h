#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/resource_spec.h"
#include "config/authkeys.h"
#include "config/ha_cf.h"
#include "config/haresources.h"
#include "config/world.h"

namespace hb::config {

// Everything that the three files say, checked.
struct Configuration {
  HaCf ha_cf;
  Authkeys keys;
  std::vector<ResourceGroup> groups;  // empty without resource management
  NodeName self;
};

// A file as the caller read it.
struct SourceFile {
  std::string path;
  std::optional<std::string> text;  // none: could not be read
  int error = 0;                    // errno of the failure, if any
  std::uint32_t mode = 0;           // permission bits
  std::uint32_t owner = 0;          // user id
};

struct Sources {
  SourceFile ha_cf;
  SourceFile authkeys;
  SourceFile haresources;           // not looked at without resource management
  NodeName self;                    // local_node_name()
  bool resource_management = true;  // false with `heartbeat -M`
};

struct CheckResult {
  std::optional<Configuration> configuration;  // none if there is any error
  std::vector<Diagnostic> diagnostics;         // ha.cf, authkeys, haresources, each in file order
};

/// Parses and checks the three files, each alone and against each other, and tells everything at
/// once. The one judge for the start, for `heartbeat --check` and for a reload.
/// Spec: ha-cf 3, 6, 7; resources 1.1.
[[nodiscard]] CheckResult check(const Sources& sources, const World& world);

// Name of this node: the first line of nodeinfo (with or without newline; blanks around it do not
// count), else `uname -n`; lower-cased. Spec: ha-cf 8.5.
[[nodiscard]] NodeName local_node_name(const std::optional<std::string>& nodeinfo,
                                       std::string_view uname);

}  // namespace hb::config
