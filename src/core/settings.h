#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/resource_spec.h"
#include "base/time.h"
#include "base/uuid.h"
#include "core/membership/roster.h"
#include "wire/packet.h"

namespace hb::core {

using namespace std::chrono_literals;

enum class Failback : std::uint8_t {
  kOff,     // a group stays where it is until somebody moves it
  kOn,      // a group goes back when its preferred node is back and settled
  kLegacy,  // the protocol from before 1.0: the returning owner asks for each of its groups
};

// Fencing, as far as the core is concerned: devices are the shell's.
struct FencingSettings {
  bool configured = false;       // without a device, what a dead node held is taken at once
  Duration retry_interval = 5s;  // from the end of an attempt that failed to the next one
  // For which one of two nodes that may be shooting at each other waits: the later in `nodes`.
  Duration start_delay = 5s;
};

// A host, or a group of hosts, that is no member of the cluster but answers pings.
struct PingNode {
  NodeName name;
  std::string kind;  // ping, ping6, ping_group: what its answers bear as `info`; hbaping's nothing

  friend bool operator==(const PingNode&, const PingNode&) = default;
};

// Whether nodes that no file names may join by being heard.
enum class Autojoin : std::uint8_t {
  kNone,
  kOther,  // others may; this node is listed
  kAny,    // this node too joins without being listed
};

// What the core needs to know of the configuration and of this host; units live in the types.
struct Settings {
  NodeName self;
  Uuid uuid;
  Generation generation;             // larger than that of any earlier life of this node
  std::vector<NodeName> nodes;       // normal nodes in the order of ha.cf, self included
  std::vector<PingNode> ping_nodes;  // they count in the ttl of every message

  Duration keepalive = 1s;
  Duration warntime = 15s;
  Duration deadtime = 30s;
  Duration initdead = 30s;
  Duration deadping = 30s;  // silence after which a ping node is dead
  Duration max_rexmit_delay = 250ms;
  std::uint32_t hopfudge = 1;

  Autojoin autojoin = Autojoin::kNone;
  std::vector<HostEntry> known_hosts;         // of hostcache; names that `nodes` lacks are added
  std::vector<HostEntry> deleted_hosts;       // of delhostcache
  std::optional<wire::ConfigDigests> config;  // told to the others, compared with theirs
  bool tcp = false;                           // there are tcp media, which 3.0.6 does not know

  bool manage_resources = true;  // v1 resource management
  Failback failback = Failback::kLegacy;
  std::vector<ResourceGroup> groups;  // in file order
  std::vector<ResourceGroup>
      left_running;       // held when an earlier life of this node ended uncleanly
  int stop_retries = 10;  // after the first failed stop; 0 or less: for ever

  FencingSettings fencing;

  std::uint64_t seed = 0;  // of the core's generator: delays before requests, ack triggers
};

}  // namespace hb::core
