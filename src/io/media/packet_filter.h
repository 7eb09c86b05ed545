#pragma once

#include <cstdint>

#include "io/filter/filter_program.h"

namespace hb::io {

// How packets begin, as a word of the filter: "###\n" and ">>>\n".
inline constexpr std::uint32_t kNetstringBegins = 0x2323230a, kClassicBegins = 0x3e3e3e0a;

// The filters that sort datagrams between the two receive sockets of a medium:
// heartbeats, which need not wake us, and everything else. What does not begin as a packet does,
// "###\n" or ">>>\n", neither socket takes: a flood of junk costs us nothing.
enum class Take : std::uint8_t { kHeartbeats, kOthers };

// For SO_ATTACH_FILTER. A datagram to a group or to all comes to both sockets, and one of them
// takes it. A datagram to our address alone comes to one of them, which takes it in any case.
[[nodiscard]] PacketFilter socket_filter(Take take);
// Also drops the copy of each broadcast that the kernel hands back to its sender: to wake up for it
// was a third of what a heartbeat cost.
[[nodiscard]] PacketFilter socket_filter_without_echo(Take take);

// For SO_ATTACH_REUSEPORT_CBPF: to which of the sockets, in the order in which they were bound, a
// datagram to our address goes: 0 for heartbeats, 1 for others.
[[nodiscard]] PacketFilter socket_choice();

}  // namespace hb::io
