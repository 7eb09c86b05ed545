#pragma once

#include <cstdint>

// What the daemon and hb_keeper say to each other over the keeper's standard input, a pair of
// SOCK_SEQPACKET sockets: one struct or one byte a packet. Both ends are built together.
namespace hb::io::keeper {

// To the keeper. That the socket closes means: the daemon is gone, end everything at once.
inline constexpr char kTerminate = 'T';  // SIGTERM to the group of the client; the rest follows it
inline constexpr char kKill = 'K';       // SIGKILL to all that descends from it

// From the keeper.
enum class Report : std::int32_t {
  kExited,      // value: exit code
  kSignalled,   // value: the signal
  kNotStarted,  // value: errno
};
struct Word {
  Report report;
  std::int32_t value;
};

}  // namespace hb::io::keeper
