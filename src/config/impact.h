#pragma once

#include <cstdint>
#include <string_view>

namespace hb::config {

// What a change of the configuration does to a running daemon. All but kRestart are applied in
// place, one part of the daemon each.
enum class Impact : std::uint8_t {
  kNothing,       // says nothing that anybody reads
  kTimers,        // keepalive, deadtime, …: from the next deadline on
  kPackets,       // form, compression, hops and retransmission of what is sent
  kDebug,         // level of debug messages
  kLogging,       // log targets and their form
  kScripts,       // environment of what is started from now on, nothing else
  kFailback,      // whether groups go home by themselves
  kProcess,       // priority, memory, cores, watchdog of the daemon itself
  kNodes,         // who belongs to the cluster, and who may join
  kMedia,         // links opened and closed
  kPingNodes,     // ping nodes watched
  kClientRights,  // who may use the messaging API
  kClients,       // programs started and stopped with the cluster
  kFencing,       // STONITH devices
  kKeys,          // keys that sign and that are accepted
  kResources,     // groups started and released
  kRestart,       // cannot change while the daemon runs
};

// One word, for programs: "timers" … "restart".
[[nodiscard]] std::string_view word(Impact impact);
// For people: "applied in place: timers" … "needs a restart".
[[nodiscard]] std::string_view describe(Impact impact);

}  // namespace hb::config
