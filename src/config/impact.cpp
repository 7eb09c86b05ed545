#include "config/impact.h"

namespace hb::config {

std::string_view word(Impact impact) {
  switch (impact) {
    case Impact::kNothing:
      return "nothing";
    case Impact::kTimers:
      return "timers";
    case Impact::kPackets:
      return "packets";
    case Impact::kDebug:
      return "debug";
    case Impact::kLogging:
      return "logging";
    case Impact::kScripts:
      return "scripts";
    case Impact::kFailback:
      return "failback";
    case Impact::kProcess:
      return "process";
    case Impact::kNodes:
      return "nodes";
    case Impact::kMedia:
      return "media";
    case Impact::kPingNodes:
      return "ping_nodes";
    case Impact::kClientRights:
      return "client_rights";
    case Impact::kClients:
      return "clients";
    case Impact::kFencing:
      return "fencing";
    case Impact::kKeys:
      return "keys";
    case Impact::kResources:
      return "resources";
    case Impact::kRestart:
      return "restart";
  }
  return "";
}

std::string_view describe(Impact impact) {
  switch (impact) {
    case Impact::kNothing:
      return "without effect";
    case Impact::kTimers:
      return "applied in place: timers";
    case Impact::kPackets:
      return "applied in place: packets sent";
    case Impact::kDebug:
      return "applied in place: debug level";
    case Impact::kLogging:
      return "applied in place: logging";
    case Impact::kScripts:
      return "applied in place: environment of scripts and clients started from now on";
    case Impact::kFailback:
      return "applied in place: failback";
    case Impact::kProcess:
      return "applied in place: the daemon's own process";
    case Impact::kNodes:
      return "applied in place: membership";
    case Impact::kMedia:
      return "applied in place: media";
    case Impact::kPingNodes:
      return "applied in place: ping nodes";
    case Impact::kClientRights:
      return "applied in place: rights of API clients";
    case Impact::kClients:
      return "applied in place: managed clients";
    case Impact::kFencing:
      return "applied in place: fencing devices";
    case Impact::kKeys:
      return "applied in place: keys";
    case Impact::kResources:
      return "applied in place: resource groups";
    case Impact::kRestart:
      return "needs a restart";
  }
  return "";
}

}  // namespace hb::config
