#include "io/media/ping/echo_socket.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include <linux/filter.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "io/media/ping/echo_packet.h"

namespace hb::io {
namespace {

constexpr std::uint32_t kTake = 0xffffffff, kDrop = 0;  // bytes
constexpr std::uint32_t kNetstring = 0x2323230a;        // "###\n"
constexpr std::uint32_t kReply4 = 0;

// A program for the kernel's filter, whose tests all lead on, or to its last step: drop.
class FilterBuilder {
 public:
  void load(std::uint16_t how, std::uint32_t where) {
    add(static_cast<std::uint16_t>(BPF_LD | how), where);
  }
  void find_ip_payload() { add(BPF_LDX | BPF_B | BPF_MSH, 0); }
  void demand(std::uint32_t value) {
    drop_unless_.push_back(steps_.size());
    add(BPF_JMP | BPF_JEQ | BPF_K, value);
  }
  // Goes on if the word just loaded is one of these.
  void demand_one_of(const std::vector<std::uint32_t>& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool last = i + 1 == values.size();
      if (last) {
        demand(values[i]);
      } else {
        add(BPF_JMP | BPF_JEQ | BPF_K, values[i]);
        steps_.back().jt = static_cast<std::uint8_t>(values.size() - 1 - i);
      }
    }
  }

  std::vector<sock_filter> finish() {
    add(BPF_RET | BPF_K, kTake);
    add(BPF_RET | BPF_K, kDrop);
    for (const std::size_t at : drop_unless_) {
      steps_[at].jf = static_cast<std::uint8_t>(steps_.size() - 1 - at - 1);
    }
    return std::move(steps_);
  }

 private:
  void add(std::uint16_t code, std::uint32_t value) { steps_.push_back({code, 0, 0, value}); }

  std::vector<sock_filter> steps_;
  std::vector<std::size_t> drop_unless_;
};

std::uint32_t word_of(const IpAddress& address, std::size_t index) {
  const auto bytes = address.bytes().subspan(index * 4, 4);
  return static_cast<std::uint32_t>(bytes[0]) << 24U | static_cast<std::uint32_t>(bytes[1]) << 16U |
         static_cast<std::uint32_t>(bytes[2]) << 8U | bytes[3];
}

// The socket's data begin with the IP header.
std::vector<sock_filter> filter4(std::uint16_t identifier, std::span<const IpAddress> hosts) {
  constexpr std::uint32_t kSource = 12;
  FilterBuilder filter;
  filter.find_ip_payload();
  filter.load(BPF_B | BPF_IND, 0);
  filter.demand(kReply4);
  filter.load(BPF_H | BPF_IND, 4);
  filter.demand(as_filters_see(identifier));
  filter.load(BPF_W | BPF_IND, kEchoHeaderBytes);
  filter.demand(kNetstring);
  if (hosts.size() <= kMostFiltered) {
    std::vector<std::uint32_t> sources;
    for (const IpAddress& host : hosts) sources.push_back(word_of(host, 0));
    filter.load(BPF_W | BPF_ABS, kSource);
    filter.demand_one_of(sources);
  }
  return filter.finish();
}

// They begin with the ICMPv6 header; the IP header is reached from the network layer's begin.
std::vector<sock_filter> filter6(std::uint16_t identifier, std::span<const IpAddress> hosts) {
  constexpr auto kSource = static_cast<std::uint32_t>(SKF_NET_OFF + 8);
  FilterBuilder filter;
  filter.load(BPF_B | BPF_ABS, 0);
  filter.demand(ICMP6_ECHO_REPLY);
  filter.load(BPF_H | BPF_ABS, 4);
  filter.demand(as_filters_see(identifier));
  filter.load(BPF_W | BPF_ABS, kEchoHeaderBytes);
  filter.demand(kNetstring);
  if (hosts.size() == 1) {
    for (std::uint32_t i = 0; i < 4; ++i) {
      filter.load(BPF_W | BPF_ABS, kSource + 4 * i);
      filter.demand(word_of(hosts[0], i));
    }
  }
  return filter.finish();
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

SocketAddress socket_address(const IpAddress& address) {
  SocketAddress result;
  if (address.family() == AddressFamily::kIpv4) {
    auto& in = reinterpret_cast<sockaddr_in&>(result.storage);
    in.sin_family = AF_INET;
    std::memcpy(&in.sin_addr, address.bytes().data(), sizeof in.sin_addr);
    result.length = sizeof in;
  } else {
    auto& in6 = reinterpret_cast<sockaddr_in6&>(result.storage);
    in6.sin6_family = AF_INET6;
    std::memcpy(&in6.sin6_addr, address.bytes().data(), sizeof in6.sin6_addr);
    result.length = sizeof in6;
  }
  return result;
}

std::optional<IpAddress> address_of(const sockaddr_storage& from) {
  const auto bytes_of = [](const auto& field) {
    return IpAddress::from_bytes({reinterpret_cast<const std::uint8_t*>(&field), sizeof field});
  };
  if (from.ss_family == AF_INET)
    return bytes_of(reinterpret_cast<const sockaddr_in&>(from).sin_addr);
  if (from.ss_family == AF_INET6)
    return bytes_of(reinterpret_cast<const sockaddr_in6&>(from).sin6_addr);
  return std::nullopt;
}

}  // namespace

Expected<UniqueFd, IoError> open_echo_socket(AddressFamily family) {
  const bool is_v4 = family == AddressFamily::kIpv4;
  UniqueFd fd(::socket(is_v4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                       is_v4 ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6)));
  if (!fd) return unexpected(last_error(is_v4 ? "raw ICMP socket" : "raw ICMPv6 socket"));
  return fd;
}

Expected<void, IoError> filter_echo_replies(int socket, AddressFamily family,
                                            std::uint16_t identifier,
                                            std::span<const IpAddress> hosts) {
  // Without a host nothing may come in at all.
  std::vector<sock_filter> steps{{BPF_RET | BPF_K, 0, 0, kDrop}};
  if (!hosts.empty()) {
    steps =
        family == AddressFamily::kIpv4 ? filter4(identifier, hosts) : filter6(identifier, hosts);
  }
  const sock_fprog program{static_cast<unsigned short>(steps.size()), steps.data()};
  if (::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
    return unexpected(last_error("attach filter"));
  }
  return {};
}

Expected<void, IoError> send_echo(int socket, const IpAddress& to, std::string_view message) {
  const SocketAddress address = socket_address(to);
  if (::sendto(socket, message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address.storage), address.length) < 0) {
    return unexpected(last_error("ask " + to.text()));
  }
  return {};
}

std::optional<ReceivedEcho> receive_echo(int socket, std::span<char> buffer) {
  sockaddr_storage from{};
  socklen_t length = sizeof from;
  const ssize_t size = ::recvfrom(socket, buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_TRUNC,
                                  reinterpret_cast<sockaddr*>(&from), &length);
  if (size < 0) return std::nullopt;
  const auto whole = static_cast<std::size_t>(size);
  return ReceivedEcho{address_of(from).value_or(IpAddress()),
                      {buffer.data(), whole <= buffer.size() ? whole : 0}};
}

}  // namespace hb::io
