#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/resource_spec.h"
#include "base/service_address.h"
#include "config/diagnostic.h"
#include "config/world.h"

namespace hb::config {

// A group and the places of its words.
struct LocatedGroup {
  ResourceGroup group;
  Location node;                    // of the first word
  std::vector<Location> resources;  // one a resource, same order
};

struct HaresourcesResult {
  std::vector<LocatedGroup> groups;           // in file order; lines without a resource left out
  std::vector<Located<IpAddress>> addresses;  // of all groups, each where it stands first
  std::vector<Diagnostic> diagnostics;
};

/// Parses haresources: `node resource…` lines, `\` continuation, `#` comments on every physical
/// line, `::` parameters, bare addresses.
///
/// A bare IPv4-like word becomes IPaddr, a bare IPv6 address (`fd77::150/64/eth0`) IPv6addr —
/// unless a resource script has the name before the `::`. The argument of IPaddr2:: and IPv6addr::
/// is one address if it reads as IPv6. Every address is checked (base/service_address.h), but not
/// what an administrator's own IPaddr2 takes (base/resource_script.h): then it is a script as any.
/// Whether the nodes exist is checked by config/configuration.h. Errors: empty script name; bad
/// address; key used twice; stray backslash. Warnings: line without resource; script, OCF agent,
/// its parameters or an interface not there; part of an address ignored. Spec:
/// resources 1.1, 1.2, 7.2.
[[nodiscard]] HaresourcesResult parse_haresources(std::string_view text, const std::string& file,
                                                  const World& world);

// Directories in which scripts are looked for, in order (spec: resources 1.2).
inline constexpr std::string_view kResourceDirectory = "/etc/ha.d/resource.d";
inline constexpr std::string_view kInitDirectory = "/etc/init.d";

}  // namespace hb::config
