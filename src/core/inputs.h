#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/resource_spec.h"
#include "base/time.h"
#include "core/agent.h"
#include "core/fencing/fence.h"
#include "core/settings.h"
#include "wire/packet.h"

// Everything that can happen to the core. The caller stamps each input with its monotonic time.
namespace hb::core {

// The media are open; begin. Comes once, first but for HostReport.
struct Started {};

// An authentic packet, decoded; `link` is the link name of the medium that it came by.
struct PacketReceived {
  wire::Packet packet;
  LinkName link;
  bool by_serial = false;  // a serial line: it reaches a neighbour alone, see PassOn
  Duration waited{};       // since it came in, see Node::heartbeats_may_wait(); 0: unknown
};

// The medium of this link can carry nothing now: no carrier, the device or the interface is gone.
struct LinkLost {
  LinkName link;
};

// A ping node is there: what came back by its medium is what a Ping asked it to say. Nothing else
// speaks for a ping node; a PacketReceived of that type proves nothing, since it can be replayed.
struct PingAnswered {
  NodeName node;
};

// Node::next_deadline() has come. Early is harmless; late delays what was due.
struct DeadlineReached {
  // Those that waited have been handed in, see Node::wants_heartbeats().
  bool heartbeats_read = true;
};

// Answer to DrainMedia: whatever waited in the sockets has been handed in.
struct MediaDrained {};

// The host's wall clock and load, for the fields of outgoing messages that only inform. The caller
// hands it in before Started and whenever the second has changed.
struct HostReport {
  std::uint64_t wall_seconds = 0;  // since 1970
  std::string load;                // first line of /proc/loadavg
};

// A message that a local program put into the FIFO.
struct Injected {
  wire::Body body;
  std::optional<NodeName> dest;
};

// Outcome of a RunAgent.
struct AgentFinished {
  AgentRun run;
  AgentResult result;
  std::string detail;  // for the log: exit code, last line of output
};

// Outcome of a Fence.
struct FenceFinished {
  FenceAttempt attempt;
  FenceOutcome result;
  std::string detail;  // for the log: what each device said
};

// haresources has changed. New groups are started and removed ones released with the next change of
// what is wanted here, or at once if `apply`.
struct GroupsChanged {
  std::vector<ResourceGroup> groups;
  bool apply = false;
};

// ha.cf has changed: timers, nodes, fail-back and the rest of it, but for the groups, which have an
// input of their own. What belongs to this life of the node (name, uuid, generation, whether it
// manages resources, legacy or not) is the same as before. A node that is not listed any more must
// be dead (may_remove()).
struct SettingsChanged {
  Settings settings;
};

// Release everything, tell the others, then Exit.
struct ShutdownRequested {};

// Answer to StopClients.
struct ClientsStopped {};

using Input = std::variant<Started, PacketReceived, PingAnswered, LinkLost, DeadlineReached,
                           MediaDrained, HostReport, Injected, AgentFinished, FenceFinished,
                           GroupsChanged, SettingsChanged, ShutdownRequested, ClientsStopped>;

}  // namespace hb::core
