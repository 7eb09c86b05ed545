#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/managed_client.h"
#include "base/service_address.h"
#include "base/time.h"
#include "config/diagnostic.h"

namespace hb::config {

inline constexpr std::uint16_t kDefaultUdpPort = 694;

// Media. A port is the one in force for that type of medium: the type's first line fixes it
// (spec: ha-cf 5.1).
struct Bcast {
  std::string interface;
  std::uint16_t port = kDefaultUdpPort;
  friend bool operator==(const Bcast&, const Bcast&) = default;
};
struct Ucast {
  std::string interface;
  std::string host;                  // as written
  std::optional<IpAddress> address;  // none: a name, which is looked up while running
  std::uint16_t port = kDefaultUdpPort;
  friend bool operator==(const Ucast&, const Ucast&) = default;
};
// Ours only: UDP's packets on a TCP connection.
struct Tcp {
  std::string interface;
  std::string host;                  // as written
  std::optional<IpAddress> address;  // of either family; none: a name, looked up while running
  std::uint16_t port = kDefaultUdpPort;
  friend bool operator==(const Tcp&, const Tcp&) = default;
};
struct Mcast {
  std::string interface;
  IpAddress group;
  std::uint16_t port = kDefaultUdpPort;
  std::uint8_t ttl = 1;
  bool loop = false;
  friend bool operator==(const Mcast&, const Mcast&) = default;
};
struct Ucast6 {
  std::string interface;
  IpAddress address;
  std::uint16_t port = kDefaultUdpPort;
  friend bool operator==(const Ucast6&, const Ucast6&) = default;
};
struct Mcast6 {
  std::string interface;
  IpAddress group;
  std::uint16_t port = kDefaultUdpPort;
  std::uint8_t hops = 1;
  bool loop = false;
  friend bool operator==(const Mcast6&, const Mcast6&) = default;
};
struct Serial {
  std::string device;
  int baud = 19200;
  friend bool operator==(const Serial&, const Serial&) = default;
};
struct Ping {
  std::string host;                  // as written; also the name of the ping node
  std::optional<IpAddress> address;  // none: a name, which is looked up while running
  friend bool operator==(const Ping&, const Ping&) = default;
};
struct Ping6 {
  std::string host;
  std::optional<IpAddress> address;
  friend bool operator==(const Ping6&, const Ping6&) = default;
};
struct PingGroup {
  struct Member {
    std::string host;
    std::optional<IpAddress> address;  // none: a name
    friend bool operator==(const Member&, const Member&) = default;
  };
  std::string name;  // of the ping node that stands for the group
  std::vector<Member> members;
  friend bool operator==(const PingGroup&, const PingGroup&) = default;
};
struct HbaPing {
  std::string card;  // name of a Fibre Channel adapter as HBAAPI lists it; also of the ping node
  friend bool operator==(const HbaPing&, const HbaPing&) = default;
};
using Medium =
    std::variant<Bcast, Ucast, Mcast, Ucast6, Mcast6, Serial, Tcp, Ping, Ping6, PingGroup, HbaPing>;

// The directive's name: "bcast" …
[[nodiscard]] std::string_view medium_type(const Medium& medium);
// The name under which users see the link (spec: ha-cf 5.1, column "link name").
[[nodiscard]] LinkName link_name(const Medium& medium);
// The ping node that the medium declares, if it is a ping medium.
[[nodiscard]] std::optional<NodeName> ping_node(const Medium& medium);

enum class Autojoin { kNone, kOther, kAny };
enum class UuidSource { kFile, kNodename };
enum class GenerationMethod { kFile, kTime };
enum class MessageFormat { kClassic, kNetstring };
enum class Compression { kZlib, kBz2 };
enum class AutoFailback { kOff, kOn, kLegacy };

// `env NAME=value`: exported as HA_NAME=value.
struct EnvironmentEntry {
  std::string name;
  std::string value;
  friend bool operator==(const EnvironmentEntry&, const EnvironmentEntry&) = default;
};

// A user or group of `apiauth`, and its number at the time of reading.
struct Principal {
  std::string name;
  std::uint32_t id = 0;
  friend bool operator==(const Principal&, const Principal&) = default;
};
struct ApiAuth {
  std::string client;
  std::vector<Principal> users;
  std::vector<Principal> groups;
  friend bool operator==(const ApiAuth&, const ApiAuth&) = default;
};

// `stonith type file` (any host) and `stonith_host host type parameters…`.
struct StonithDevice {
  std::string host;  // lower-cased; "*" for any
  std::string type;
  std::string parameters;   // of stonith_host, as written; secret
  std::string config_file;  // of stonith; empty for stonith_host
  friend bool operator==(const StonithDevice&, const StonithDevice&) = default;
};

// A recorded directive: listed by `heartbeat -v`, read with `cl_status hbparameter -p`, exported as
// HA_<name>. The text is as written, or that of the default (computed times in ms).
struct Parameter {
  std::string name;
  std::string text;
  bool given = false;  // stands in the file
  Location where;      // of the value; of the file for a default

  // What a script sees; a default written out is the same configuration.
  friend bool operator==(const Parameter& a, const Parameter& b) {
    return a.name == b.name && a.text == b.text;
  }
};

// ha.cf as values, every default applied. Members are named as their directives.
struct HaCf {
  // Cluster
  std::string cluster = "linux-ha";
  std::vector<Located<NodeName>> nodes;  // lower-cased, no duplicates, in file order
  Autojoin autojoin = Autojoin::kNone;
  UuidSource uuidfrom = UuidSource::kFile;
  GenerationMethod hbgenmethod = GenerationMethod::kFile;
  std::optional<std::string> quorum_server;

  // Messages
  int hopfudge = 1;                                            // 0…255
  Duration max_rexmit_delay = std::chrono::milliseconds(250);  // > 0
  MessageFormat msgfmt = MessageFormat::kClassic;
  Compression compression = Compression::kZlib;
  int compression_threshold = 2;  // KiB, > 0
  bool traditional_compression = false;
  bool log_badpack = true;

  // Timers; warntime, initdead and deadping are computed from deadtime if not given
  Duration keepalive = std::chrono::seconds(1);
  Duration deadtime = std::chrono::seconds(30);
  Duration warntime = std::chrono::seconds(15);
  Duration initdead = std::chrono::seconds(30);
  Duration deadping = std::chrono::seconds(30);

  // Logging; see log_targets()
  std::optional<std::string> logfile;
  std::optional<std::string> debugfile;
  std::optional<std::string> logfacility;  // a syslog facility's name, or "none"
  bool syslogmsgfmt = true;
  std::optional<bool> use_logd;
  Duration conn_logd_time = std::chrono::seconds(60);
  int debug = 0;  // 0…255

  // Resources
  AutoFailback auto_failback = AutoFailback::kLegacy;

  // Media, in file order. Each holds the port in force; udpport is that of the last line of that
  // name, else of the service ha-cluster, else 694
  std::vector<Located<Medium>> media;
  std::uint16_t udpport = kDefaultUdpPort;
  int baud = 19200;

  // Process and system
  bool realtime = true;
  std::optional<int> rtprio;  // 1…99; none: the lowest
  int memreserve = 6500;      // KiB
  std::optional<std::string> watchdog;
  bool use_apphbd = false;
  bool coredumps = true;
  std::string coreroot = "/var/lib/heartbeat/cores";
  std::vector<EnvironmentEntry> env;  // a name occurs once, the last one given

  // Clients
  std::vector<ApiAuth> apiauth;        // of the file first, then the built-in ones it does not name
  std::vector<ManagedClient> clients;  // `respawn` and `failfast`
  std::vector<StonithDevice> stonith;  // those that apply to this node

  // Cluster resource manager: read and recorded only
  bool pacemaker = false;
  std::string crm_daemon_dir = "/usr/libexec/pacemaker";
  bool crmd_spawns_pengine = true;
  bool record_config_changes = true;
  bool record_pengine_inputs = true;
  bool enable_config_writes = true;

  std::vector<Parameter> parameters;  // in the order of the table of directives

  friend bool operator==(const HaCf&, const HaCf&) = default;
};

// None if the directive is not recorded, or neither given nor defaulted.
[[nodiscard]] const Parameter* find_parameter(const HaCf& ha_cf, std::string_view name);

// Its line of ha.cf, without the port that `udpport` decided.
[[nodiscard]] std::string print(const Medium& medium);

// ha.cf as text again (`heartbeat -v`): parsing it gives equal values.
[[nodiscard]] std::string print(const HaCf& ha_cf);

}  // namespace hb::config
