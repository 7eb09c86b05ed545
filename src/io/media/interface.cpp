#include "io/media/interface.h"

#include <cstring>
#include <fstream>

#include <linux/if_addr.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "io/unique_fd.h"

namespace hb::io {
namespace {

using Address = asio::ip::address_v4;

// One ioctl after the other about the same interface.
class Questions {
 public:
  explicit Questions(const std::string& name)
      : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    name.copy(request_.ifr_name, IFNAMSIZ - 1);
  }

  bool ask(unsigned long question) { return ::ioctl(socket_.get(), question, &request_) == 0; }
  [[nodiscard]] int index() const { return request_.ifr_ifindex; }
  [[nodiscard]] bool can_broadcast() const { return (request_.ifr_flags & IFF_BROADCAST) != 0; }

  std::optional<Address> ask_address(unsigned long question) {
    if (!ask(question)) return std::nullopt;  // no address (EADDRNOTAVAIL)
    sockaddr_in address{};
    std::memcpy(&address, &request_.ifr_addr, sizeof address);
    return Address(ntohl(address.sin_addr.s_addr));
  }

 private:
  UniqueFd socket_;
  ifreq request_{};
};

// The loopback interface has no broadcast address of its own; that of its network serves.
std::optional<Address> broadcast_address(Questions& interface, std::optional<Address> address) {
  if (!address || !interface.ask(SIOCGIFFLAGS)) return std::nullopt;
  if (interface.can_broadcast()) {
    auto configured = interface.ask_address(SIOCGIFBRDADDR);
    if (configured && !configured->is_unspecified()) return configured;
  }
  const auto mask = interface.ask_address(SIOCGIFNETMASK);
  if (!mask) return std::nullopt;
  return Address(address->to_uint() | ~mask->to_uint());
}

// The ioctls know IPv4 alone. A line of the table: address, index, prefix, scope and flags in
// hexadecimal, then the name.
bool has_usable_ipv6(int index) {
  std::ifstream table("/proc/thread-self/net/if_inet6");
  std::string address, name;
  unsigned of = 0, prefix = 0, scope = 0, flags = 0;
  while (table >> address >> std::hex >> of >> prefix >> scope >> flags >> name) {
    const bool usable = (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == 0;
    if (usable && of == static_cast<unsigned>(index)) return true;
  }
  return false;
}

}  // namespace

Expected<InterfaceFacts, IoError> look_at_interface(const std::string& name, IpVersion version) {
  if (name.empty() || name.size() >= IFNAMSIZ) {
    return unexpected(IoError{ENODEV, "interface " + name});
  }
  Questions interface(name);
  if (!interface.ask(SIOCGIFINDEX)) return unexpected(IoError{errno, "interface " + name});

  InterfaceFacts facts;
  facts.index = interface.index();
  facts.address = interface.ask_address(SIOCGIFADDR);
  facts.broadcast = broadcast_address(interface, facts.address);
  if (version == IpVersion::kIpv6) facts.ipv6 = has_usable_ipv6(facts.index);
  return facts;
}

}  // namespace hb::io
