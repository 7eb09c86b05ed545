#pragma once

#include <string>
#include <vector>

#include "config/ha_cf_parser.h"
#include "config/haresources.h"
#include "config/world.h"

// The checks between directives and between files. Private to src/config.
namespace hb::config {

// Spec: ha-cf 6. A directive of which a value was refused is left alone, so that one slip is told
// once.
[[nodiscard]] std::vector<Diagnostic> check_whole_ha_cf(const HaCfResult& parsed,
                                                        const std::string& file,
                                                        const NodeName& self,
                                                        bool resource_management,
                                                        const World& world);

// What a ping cannot tell: hosts that are this machine, a node, or wherever a group is.
[[nodiscard]] std::vector<Diagnostic> check_pings(
    const HaCfResult& parsed, const std::vector<Located<IpAddress>>& service_addresses,
    const World& world);

// Spec: ha-cf 6, last paragraph: the first word of each group must be a node.
[[nodiscard]] std::vector<Diagnostic> check_groups(const std::vector<LocatedGroup>& groups,
                                                   const HaCfResult& ha_cf,
                                                   const std::string& file);

}  // namespace hb::config
