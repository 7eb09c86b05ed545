#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/service_address.h"

namespace hb::config {

struct InterfaceFacts {
  bool has_ipv4 = false;       // an IPv4 address at this moment
  bool has_broadcast = false;  // the system names a broadcast address (for lo too)
  unsigned index = 0;          // the kernel's number of it
};

// Of the file behind the path, links followed; as seen by this process.
struct PathFacts {
  bool is_regular = false;
  bool is_character_device = false;
  bool is_readable = false;
  bool is_executable = false;
  bool is_readable_by_all = false;
  bool is_directory = false;
};

// A login, as the user database knows it now.
struct UserFacts {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups;  // supplementary ones, sorted; without gid
};

// What the checks ask about the machine. The parsers know nothing else of it; tests answer from a
// table (config/fake_world.h), the daemon from the system (config/world_system.h). Calls may block
// (name resolution), so they are made at start and check only, never on the event loop.
class World {
 public:
  // None: no such interface.
  [[nodiscard]] virtual std::optional<InterfaceFacts> interface(std::string_view name) const = 0;
  // Whether it may be asked for names whose answer is only worth a warning: a running daemon, or
  // one that starts, does not wait for a resolver.
  [[nodiscard]] virtual bool has_time() const { return true; }
  // Whether a daemon works by what stood in the files before. Its media wait for what they lack, so
  // a cable pulled at this moment is then no reason to refuse everything else that has changed.
  [[nodiscard]] virtual bool daemon_runs() const { return false; }
  // Literal or name; none if it does not resolve to an address of that family now.
  [[nodiscard]] virtual std::optional<IpAddress> resolve(std::string_view host,
                                                         AddressFamily family) const = 0;
  // Whether some interface of this machine has the address now.
  [[nodiscard]] virtual bool is_own_address(const IpAddress& address) const = 0;
  // By name only; a number is no name.
  [[nodiscard]] virtual std::optional<std::uint32_t> user_id(std::string_view name) const = 0;
  [[nodiscard]] virtual std::optional<std::uint32_t> group_id(std::string_view name) const = 0;
  // The same with its groups.
  [[nodiscard]] virtual std::optional<UserFacts> user(std::string_view name) const = 0;
  // None: no such file.
  [[nodiscard]] virtual std::optional<PathFacts> path(std::string_view path) const = 0;
  // What lies in a directory, hidden files left out; nothing if it cannot be read. In no order.
  [[nodiscard]] virtual std::vector<std::string> names_in(std::string_view directory) const = 0;
  // Contents of a small text file; none if it cannot be read or is longer than 64 KiB.
  [[nodiscard]] virtual std::optional<std::string> read(std::string_view path) const = 0;
  // The services database, protocol udp.
  [[nodiscard]] virtual std::optional<std::uint16_t> udp_port(std::string_view service) const = 0;
  [[nodiscard]] virtual std::optional<std::string> udp_service(std::uint16_t port) const = 0;

 protected:
  ~World() = default;
};

}  // namespace hb::config
