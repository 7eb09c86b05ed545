#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/resource_spec.h"
#include "core/agent.h"
#include "core/fencing/fence.h"
#include "core/membership/roster.h"
#include "core/notes.h"
#include "wire/packet.h"

// Everything that the core can ask for. The caller does them one after the other, in the order
// given, and decides nothing: the order is the safety argument.
namespace hb::core {

// Send on every medium. Complete but for authentication.
struct Send {
  wire::Packet packet;
  // It is the status that was the last Send, and its number alone has changed.
  bool again = false;
};

// Ask a ping node, by its medium, whether it is there; its answer comes back as PingAnswered. The
// packet is what the ping node shall say: its name stands in `src`. Complete but for
// authentication.
struct Ping {
  wire::Packet packet;
};

// Send the packet of this step's PacketReceived on, with this ttl and signed anew, on every serial
// line but the one that it came by: behind them are nodes that hear its sender only through us.
struct PassOn {
  LinkName came_by;
  unsigned ttl = 0;
};

// Read what waits in the sockets now, hand it in, then hand in MediaDrained. Nobody is declared
// dead before that, however late the caller came to run.
struct DrainMedia {};

// Run the agent of a resource; its outcome comes back as AgentFinished.
struct RunAgent {
  AgentRun run;
  ResourceSpec resource;
  AgentOp op;
};

// These groups are, or may be, up here. Recorded before the first of their resources is started, so
// that a next life knows what an unclean end of this one left running, and can stop it even if it
// is in no file any more.
struct RecordHeld {
  std::vector<ResourceGroup> groups;
};

// The nodes of the cluster have changed, or what is known of them: hostcache and delhostcache.
struct RecordHosts {
  std::vector<HostEntry> hosts, deleted;
};

// Run the rc.d script named after the type, if there is one. Fields become HA_<name>.
struct RunEventScript {
  std::string type;
  std::vector<std::pair<std::string, std::string>> fields;
};

// All nodes are heard or dead and the node list is agreed: this node is a full member.
struct CommunicationUp {};

// Reset the peer, by whichever device can. Takes its time and comes back as FenceFinished, always,
// unless it is cancelled: what the peer held is not taken before.
struct Fence {
  NodeName peer;
  FenceAttempt attempt;
};

// That attempt is needed no more. If it is still under way it must not go on; its outcome may come
// or not.
struct CancelFence {
  FenceAttempt attempt;
};

// A resource cannot be stopped: only a reset protects its data now.
struct Reboot {
  std::string reason;
};

// Everything is released: end the programs of `respawn` lines, then hand in ClientsStopped. This
// node goes on telling that it lives meanwhile.
struct StopClients {};

// Everything is released and told, no client runs; leave.
struct Exit {};

using Effect =
    std::variant<Send, PassOn, Ping, DrainMedia, RunAgent, RecordHeld, RecordHosts, RunEventScript,
                 CommunicationUp, Fence, CancelFence, Reboot, StopClients, Exit, Note>;
using Effects = std::vector<Effect>;

}  // namespace hb::core
