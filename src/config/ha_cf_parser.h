#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/ha_cf.h"
#include "config/world.h"

namespace hb::config {

// A host that some line has pinged, as written.
struct PingTarget {
  std::string_view directive;  // ping, ping6 or ping_group
  std::string host;
  std::optional<IpAddress> address;  // none: a name
  AddressFamily family = AddressFamily::kIpv4;
  Location where;
};

struct HaCfResult {
  HaCf ha_cf;  // complete with defaults even if there are errors
  std::vector<PingTarget> pinged;
  bool holds_passwords = false;  // a stonith_host line with parameters, of whichever host
  std::vector<Diagnostic> diagnostics;
  // Directives of which some value was refused: checks between directives leave them alone, so that
  // one slip is told once.
  std::set<std::string, std::less<>> refused;
};

/// Parses ha.cf: grammar, every directive by its table (config/directives.h), defaults.
///
/// @param text   the whole file; lines may be of any length.
/// @param file   its name, for locations.
/// @param self   name of this node (stonith_host lines of other nodes are not looked at).
/// @param world  what must be asked of the machine.
/// Never fails as a whole: all errors of the file are among the diagnostics.
/// Spec: ha-cf 2, 4, 5. The checks of section 6 are in config/configuration.h.
[[nodiscard]] HaCfResult parse_ha_cf(std::string_view text, const std::string& file,
                                     const NodeName& self, const World& world);

}  // namespace hb::config
