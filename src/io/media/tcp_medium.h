#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <asio/ip/address.hpp>

#include "io/media/medium.h"
#include "io/media/udp_medium.h"

namespace hb::io {

// All `tcp IF ADDRESS` lines of one interface and family: ours alone, for networks that lose or
// filter datagrams. 3.0.6 does not know it.
//
// One connection to each peer carries packets framed by their length, both ways. Both sides dial
// and both listen, so one that may be dialled from one side only still comes about. When there are
// two, the one that was dialled from the lower address stays; both sides see the same two addresses
// and so close the same one. A peer is who connects from its address: others are not let in.
struct TcpConfig {
  std::string interface;
  std::vector<asio::ip::address> peers;  // of one family; our own address may be among them
  std::vector<std::string> names;        // peers whose IPv4 address is looked up
  std::uint16_t port = 694;
  friend bool operator==(const TcpConfig&, const TcpConfig&) = default;

  // What waits for a slow peer, in bytes; beyond it the oldest packets are dropped and counted.
  static constexpr std::size_t kQueueBytes = 128U << 10U;
  // After so long without an answer of the peer's kernel the connection is given up: then dialling
  // anew finds it sooner than TCP's own repetitions, whose pauses grow to minutes.
  static constexpr std::chrono::milliseconds kUserTimeout{3000};
};

// Not open yet.
[[nodiscard]] std::unique_ptr<Medium> make_tcp_medium(const MediaContext& context,
                                                      TcpConfig config);

}  // namespace hb::io
