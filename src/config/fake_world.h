#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/world.h"

namespace hb::config {

// A machine for tests: two Ethernet interfaces, a few users, a few files. Tests change its tables.
class FakeWorld : public World {
 public:
  std::map<std::string, InterfaceFacts, std::less<>> interfaces = {
      {"eth0", {true, true, 2}},  {"eth1", {true, true, 3}},   {"lo", {true, true, 1}},
      {"tun0", {true, false, 4}}, {"late0", {false, true, 5}},
  };
  std::map<std::string, std::string, std::less<>> hosts = {{"localhost", "127.0.0.1"},
                                                           {"node1", "10.0.0.1"},
                                                           {"node2", "10.0.0.2"},
                                                           {"router", "10.0.0.254"}};
  std::set<std::string, std::less<>> own_addresses = {"127.0.0.1", "10.0.0.1", "10.1.0.1"};
  std::map<std::string, std::uint32_t, std::less<>> users = {
      {"root", 0}, {"hacluster", 111}, {"nobody", 65534}};
  std::map<std::string, std::uint32_t, std::less<>> groups = {{"root", 0}, {"haclient", 112}};
  std::map<std::string, PathFacts, std::less<>> paths = {
      {"/dev/ttyS0", {false, true, true, false}},
      {"/dev/null", {false, true, true, false}},
      {"/dev/watchdog", {false, true, true, false}},
      {"/usr/lib/heartbeat/ipfail", {true, false, true, true}},
      {"/etc/hosts", {true, false, true, false}},
      {"/etc/ha.d/resource.d/Filesystem", {true, false, true, true}},
      {"/etc/ha.d/resource.d/abc", {true, false, true, true}},
      {"/etc/ha.d/resource.d/sub/web", {true, false, true, true}},
      {"/etc/init.d/apache", {true, false, true, true}},
      {"/usr/lib/ocf/resource.d/heartbeat/Dummy", {true, false, true, true}},
      {"/usr/lib/ocf/resource.d/own/Disk", {true, false, true, true}},
      {"/etc/ha.d/conf/OCF/Dummy/one", {true, false, true, false}},
      {"/usr/lib/stonith/plugins/external/x", {true, false, true, true}},
  };
  std::set<std::string, std::less<>> directories = {"/",    "/dev", "/etc", "/etc/ha.d",
                                                    "/run", "/tmp", "/var", "/var/log"};
  bool has_daemon = false;
  std::map<std::string, std::string, std::less<>> files = {
      {"/etc/ha.d/rps.cf", "# power switch\n/dev/ttyS1 node1 1\n"},
      {"/etc/ha.d/empty.cf", "# nothing\n\n"}};
  std::map<std::string, std::uint16_t, std::less<>> services = {{"ha-cluster", 694},
                                                                {"syslog", 514}};

  [[nodiscard]] std::optional<InterfaceFacts> interface(std::string_view name) const override {
    return find(interfaces, name);
  }
  [[nodiscard]] bool daemon_runs() const override { return has_daemon; }
  [[nodiscard]] std::optional<IpAddress> resolve(std::string_view host,
                                                 AddressFamily family) const override {
    const auto address = IpAddress::parse(find(hosts, host).value_or(std::string(host)));
    return address && address->family() == family ? address : std::nullopt;
  }
  [[nodiscard]] bool is_own_address(const IpAddress& address) const override {
    return own_addresses.count(address.text()) != 0;
  }
  [[nodiscard]] std::optional<std::uint32_t> user_id(std::string_view name) const override {
    return find(users, name);
  }
  [[nodiscard]] std::optional<std::uint32_t> group_id(std::string_view name) const override {
    return find(groups, name);
  }
  // Everybody's primary group has the number of the user; hacluster is in haclient too.
  [[nodiscard]] std::optional<UserFacts> user(std::string_view name) const override {
    const auto uid = find(users, name);
    if (!uid) return std::nullopt;
    UserFacts facts{*uid, *uid, {}};
    if (name == "hacluster") facts.groups = {112};
    return facts;
  }
  [[nodiscard]] std::optional<PathFacts> path(std::string_view path) const override {
    if (directories.count(path) != 0) return PathFacts{.is_readable = true, .is_directory = true};
    return find(paths, path);
  }
  [[nodiscard]] std::vector<std::string> names_in(std::string_view directory) const override {
    const std::string below = std::string(directory) + "/";
    std::set<std::string> names;
    for (const auto& entry : paths) {
      const std::string& file = entry.first;
      if (!file.starts_with(below)) continue;
      const std::size_t end = std::min(file.find('/', below.size()), file.size());
      names.insert(file.substr(below.size(), end - below.size()));
    }
    return {names.begin(), names.end()};
  }
  [[nodiscard]] std::optional<std::string> read(std::string_view path) const override {
    return find(files, path);
  }
  [[nodiscard]] std::optional<std::uint16_t> udp_port(std::string_view service) const override {
    return find(services, service);
  }
  [[nodiscard]] std::optional<std::string> udp_service(std::uint16_t port) const override {
    for (const auto& [name, number] : services) {
      if (number == port) return name;
    }
    return std::nullopt;
  }

 private:
  template <class Map>
  static std::optional<typename Map::mapped_type> find(const Map& map, std::string_view key) {
    const auto found = map.find(key);
    if (found == map.end()) return std::nullopt;
    return found->second;
  }
};

}  // namespace hb::config
