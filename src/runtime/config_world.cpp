#include "runtime/config_world.h"

#include <grp.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <span>

#include "io/host/state_files.h"

namespace hb::runtime {
namespace {

constexpr std::size_t kLongestEntry = 16U << 10U;  // of the user, group and services databases

}  // namespace

std::optional<config::InterfaceFacts> ConfigWorld::interface(std::string_view name) const {
  const std::string wanted(name);
  if (::if_nametoindex(wanted.c_str()) == 0) return std::nullopt;
  config::InterfaceFacts facts;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return facts;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (wanted != entry->ifa_name || entry->ifa_addr == nullptr) continue;
    if (entry->ifa_addr->sa_family != AF_INET) continue;
    facts.has_ipv4 = true;
    // lo has none of its own, but the system names one.
    if ((entry->ifa_flags & (IFF_BROADCAST | IFF_LOOPBACK)) != 0) facts.has_broadcast = true;
  }
  return facts;
}

std::optional<IpAddress> ConfigWorld::resolve_ipv4(std::string_view host) const {
  if (const auto literal = IpAddress::parse(host)) {
    return literal->family() == AddressFamily::kIpv4 ? literal : std::nullopt;
  }
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* list = nullptr;
  if (::getaddrinfo(std::string(host).c_str(), nullptr, &hints, &list) != 0) return std::nullopt;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  const auto* address = reinterpret_cast<const sockaddr_in*>(list->ai_addr);
  return IpAddress::from_bytes(
      {reinterpret_cast<const std::uint8_t*>(&address->sin_addr), sizeof(address->sin_addr)});
}

std::optional<std::uint32_t> ConfigWorld::user_id(std::string_view name) const {
  std::array<char, kLongestEntry> memory{};
  passwd entry{};
  passwd* found = nullptr;
  ::getpwnam_r(std::string(name).c_str(), &entry, memory.data(), memory.size(), &found);
  return found == nullptr ? std::nullopt : std::optional<std::uint32_t>(found->pw_uid);
}

std::optional<std::uint32_t> ConfigWorld::group_id(std::string_view name) const {
  std::array<char, kLongestEntry> memory{};
  group entry{};
  group* found = nullptr;
  ::getgrnam_r(std::string(name).c_str(), &entry, memory.data(), memory.size(), &found);
  return found == nullptr ? std::nullopt : std::optional<std::uint32_t>(found->gr_gid);
}

std::optional<config::PathFacts> ConfigWorld::path(std::string_view path) const {
  const std::string name(path);
  struct stat status {};
  if (::stat(name.c_str(), &status) != 0) return std::nullopt;
  return config::PathFacts{.is_regular = S_ISREG(status.st_mode),
                           .is_character_device = S_ISCHR(status.st_mode),
                           .is_readable = ::access(name.c_str(), R_OK) == 0,
                           .is_executable = ::access(name.c_str(), X_OK) == 0};
}

std::optional<std::string> ConfigWorld::read(std::string_view path) const {
  auto text = io::read_file(std::string(path));
  return text ? std::optional(std::move(*text)) : std::nullopt;
}

std::optional<std::uint16_t> ConfigWorld::udp_port(std::string_view service) const {
  std::array<char, kLongestEntry> memory{};
  servent entry{};
  servent* found = nullptr;
  ::getservbyname_r(std::string(service).c_str(), "udp", &entry, memory.data(), memory.size(), &found);
  if (found == nullptr) return std::nullopt;
  return ntohs(static_cast<std::uint16_t>(found->s_port));
}

std::optional<std::string> ConfigWorld::udp_service(std::uint16_t port) const {
  std::array<char, kLongestEntry> memory{};
  servent entry{};
  servent* found = nullptr;
  ::getservbyport_r(htons(port), "udp", &entry, memory.data(), memory.size(), &found);
  return found == nullptr ? std::nullopt : std::optional<std::string>(found->s_name);
}

}  // namespace hb::runtime
