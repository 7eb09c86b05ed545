// The least that a process can do to keep a heartbeat: wake up by a timer, receive what has come,
// broadcast a datagram of a heartbeat's size. What it costs on a machine is no merit of anybody's.
//
//     least INTERFACE BROADCAST-ADDRESS KEEPALIVE-MS

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace {

constexpr std::uint16_t kPort = 694;
constexpr std::size_t kHeartbeatSize = 347;  // with sha1 and msgfmt classic

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

int broadcast_socket(std::string_view interface, const sockaddr_in& own) {
  const int made = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (made < 0 || ::setsockopt(made, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) != 0 ||
      ::setsockopt(made, SOL_SOCKET, SO_BINDTODEVICE, interface.data(),
                   static_cast<socklen_t>(interface.size())) != 0 ||
      ::bind(made, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) {
    die("socket");
  }
  return made;
}

int periodic_timer(long milliseconds) {
  const int made = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  const timespec period{.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1'000'000};
  const itimerspec setting{.it_interval = period, .it_value = period};
  if (made < 0 || ::timerfd_settime(made, 0, &setting, nullptr) != 0) die("timer");
  return made;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: least INTERFACE BROADCAST-ADDRESS KEEPALIVE-MS\n", stderr);
    return 2;
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(kPort);
  const int socket = broadcast_socket(argv[1], address);
  if (::inet_pton(AF_INET, argv[2], &address.sin_addr) != 1) die(argv[2]);
  const int timer = periodic_timer(std::strtol(argv[3], nullptr, 10));

  std::array<char, 2048> buffer{};
  for (std::uint64_t expired = 0; ::read(timer, &expired, sizeof expired) > 0;) {
    ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
    ::sendto(socket, buffer.data(), kHeartbeatSize, MSG_DONTWAIT,
             reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  die("read");
}
