#pragma once

#include <string>
#include <vector>

#include "sim/cluster.h"

namespace hb::sim {

// A group named after its first resource; "ip…" is an address, the rest are scripts.
inline ResourceGroup group(const std::string& node, const std::vector<std::string>& resources) {
  ResourceGroup g{GroupKey(resources.front()), NodeName(node), {}};
  for (const std::string& text : resources)
    g.resources.push_back({text.substr(0, 2) == "ip" ? "IPaddr2" : text, {}, text});
  return g;
}

// Two nodes, one group each, the base timing of the specification's acceptance table.
inline ClusterOptions pair(core::Failback failback = core::Failback::kOff) {
  ClusterOptions options;
  options.groups = {group("ada", {"ip1", "web"}), group("bob", {"ip2"})};
  options.settings.keepalive = 200ms;
  options.settings.warntime = 600ms;
  options.settings.deadtime = 1s;
  options.settings.initdead = 3s;
  options.settings.failback = failback;
  return options;
}

}  // namespace hb::sim
