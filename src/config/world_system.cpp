#include "config/world_system.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace hb::config {
namespace {

constexpr std::size_t kLargestSmallFile = 64U << 10U;
constexpr std::size_t kDatabaseBuffer = 16U << 10U;  // one entry of users, groups or services

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

// Whether the system answers an address request for the interface.
bool answers(int socket, std::string_view interface, unsigned long request) {
  ifreq question{};
  interface.copy(question.ifr_name, IFNAMSIZ - 1);
  return ::ioctl(socket, request, &question) == 0;
}

int reason_not_to_read(const struct stat& facts, std::size_t limit) {
  if (S_ISDIR(facts.st_mode)) return EISDIR;
  if (!S_ISREG(facts.st_mode)) return EINVAL;
  return facts.st_size > static_cast<off_t>(limit) ? EFBIG : 0;
}

// Reads to the end; an errno, 0 if all is well. The file may grow while it is read.
int read_all(int fd, std::size_t limit, std::string& text) {
  std::array<char, 8192> buffer{};
  while (true) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got == 0) return 0;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > limit) return EFBIG;
  }
}

SourceFile read_file(const std::string& path, std::size_t limit) {
  SourceFile source;
  source.path = path;
  // Without O_NONBLOCK, a FIFO in the file's place would hold us up for ever.
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat facts {};
  if (fd.get() < 0 || ::fstat(fd.get(), &facts) != 0) {
    source.error = errno;
    return source;
  }
  source.mode = facts.st_mode & 07777U;
  source.owner = facts.st_uid;
  std::string text;
  source.error = reason_not_to_read(facts, limit);
  if (source.error == 0) source.error = read_all(fd.get(), limit, text);
  if (source.error == 0) source.text = std::move(text);
  return source;
}

}  // namespace

std::optional<InterfaceFacts> SystemWorld::interface(std::string_view name) const {
  if (name.empty() || name.size() >= IFNAMSIZ) return std::nullopt;
  const unsigned index = ::if_nametoindex(std::string(name).c_str());
  if (index == 0) return std::nullopt;
  const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return InterfaceFacts{answers(socket.get(), name, SIOCGIFADDR),
                        answers(socket.get(), name, SIOCGIFBRDADDR), index};
}

std::optional<IpAddress> SystemWorld::resolve(std::string_view host, AddressFamily family) const {
  if (const auto literal = IpAddress::parse(host)) {
    return literal->family() == family ? literal : std::nullopt;
  }
  const bool ipv6 = family == AddressFamily::kIpv6;
  addrinfo hints{};
  hints.ai_family = ipv6 ? AF_INET6 : AF_INET;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(std::string(host).c_str(), nullptr, &hints, &found) != 0) return std::nullopt;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  if (ipv6) {
    sockaddr_in6 address{};
    std::memcpy(&address, found->ai_addr, sizeof address);
    return IpAddress::from_bytes(std::to_array(address.sin6_addr.s6_addr));
  }
  sockaddr_in address{};
  std::memcpy(&address, found->ai_addr, sizeof address);
  std::array<std::uint8_t, 4> bytes{};
  std::memcpy(bytes.data(), &address.sin_addr, bytes.size());
  return IpAddress::from_bytes(bytes);
}

bool SystemWorld::is_own_address(const IpAddress& address) const {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return false;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, &::freeifaddrs);
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr) continue;
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* bytes = nullptr;
    if (entry->ifa_addr->sa_family == AF_INET) {
      bytes = &reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr;
    } else if (entry->ifa_addr->sa_family == AF_INET6) {
      bytes = &reinterpret_cast<const sockaddr_in6*>(entry->ifa_addr)->sin6_addr;
    }
    if (bytes == nullptr ||
        ::inet_ntop(entry->ifa_addr->sa_family, bytes, text.data(), text.size()) == nullptr) {
      continue;
    }
    if (IpAddress::parse(text.data()) == address) return true;
  }
  return false;
}

std::optional<std::uint32_t> SystemWorld::user_id(std::string_view name) const {
  std::vector<char> buffer(kDatabaseBuffer);
  passwd entry{};
  passwd* found = nullptr;
  ::getpwnam_r(std::string(name).c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return std::nullopt;
  return found->pw_uid;
}

std::optional<std::uint32_t> SystemWorld::group_id(std::string_view name) const {
  // A group lists its members, so an entry may be long.
  std::vector<char> buffer(kDatabaseBuffer);
  group entry{};
  group* found = nullptr;
  while (::getgrnam_r(std::string(name).c_str(), &entry, buffer.data(), buffer.size(), &found) ==
             ERANGE &&
         buffer.size() < kLargestSource) {
    buffer.resize(buffer.size() * 2);
  }
  if (found == nullptr) return std::nullopt;
  return found->gr_gid;
}

std::optional<UserFacts> SystemWorld::user(std::string_view name) const {
  std::vector<char> buffer(kDatabaseBuffer);
  passwd entry{};
  passwd* found = nullptr;
  const std::string login(name);
  ::getpwnam_r(login.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return std::nullopt;
  UserFacts facts{found->pw_uid, found->pw_gid, {}};
  int count = 0;
  ::getgrouplist(login.c_str(), facts.gid, nullptr, &count);  // fails, and tells how many there are
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(count, 1)));
  count = static_cast<int>(groups.size());
  if (::getgrouplist(login.c_str(), facts.gid, groups.data(), &count) < 0) return facts;
  groups.resize(static_cast<std::size_t>(count));
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  std::erase(groups, facts.gid);
  facts.groups.assign(groups.begin(), groups.end());
  return facts;
}

std::optional<PathFacts> SystemWorld::path(std::string_view path) const {
  const std::string name(path);
  struct stat facts {};
  if (::stat(name.c_str(), &facts) != 0) return std::nullopt;
  const bool regular = S_ISREG(facts.st_mode);
  return PathFacts{regular,
                   S_ISCHR(facts.st_mode),
                   ::access(name.c_str(), R_OK) == 0,
                   regular && ::access(name.c_str(), X_OK) == 0,
                   (facts.st_mode & S_IROTH) != 0,
                   S_ISDIR(facts.st_mode)};
}

std::vector<std::string> SystemWorld::names_in(std::string_view directory) const {
  std::vector<std::string> names;
  DIR* handle = ::opendir(std::string(directory).c_str());
  if (handle == nullptr) return names;
  while (const dirent* entry = ::readdir(handle)) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  ::closedir(handle);
  return names;
}

std::optional<std::string> SystemWorld::read(std::string_view path) const {
  return read_file(std::string(path), kLargestSmallFile).text;
}

std::optional<std::uint16_t> SystemWorld::udp_port(std::string_view service) const {
  std::vector<char> buffer(kDatabaseBuffer);
  servent entry{};
  servent* found = nullptr;
  ::getservbyname_r(std::string(service).c_str(), "udp", &entry, buffer.data(), buffer.size(),
                    &found);
  if (found == nullptr) return std::nullopt;
  return ntohs(static_cast<std::uint16_t>(found->s_port));
}

std::optional<std::string> SystemWorld::udp_service(std::uint16_t port) const {
  std::vector<char> buffer(kDatabaseBuffer);
  servent entry{};
  servent* found = nullptr;
  ::getservbyport_r(htons(port), "udp", &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr) return std::nullopt;
  return std::string(found->s_name);
}

SourceFile read_source(const std::string& path) { return read_file(path, kLargestSource); }

NodeName read_node_name(const std::string& nodeinfo) {
  utsname host{};
  ::uname(&host);
  return local_node_name(read_file(nodeinfo, kLargestSmallFile).text, host.nodename);
}

Sources read_sources(const SourcePaths& paths, bool resource_management) {
  Sources sources;
  sources.ha_cf = read_source(paths.ha_cf);
  sources.authkeys = read_source(paths.authkeys);
  if (resource_management) sources.haresources = read_source(paths.haresources);
  sources.self = read_node_name(paths.nodeinfo);
  sources.resource_management = resource_management;
  return sources;
}

}  // namespace hb::config
