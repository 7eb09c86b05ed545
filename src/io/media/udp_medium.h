#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/address_v4.hpp>

#include "io/media/medium.h"
#include "io/media/receive_batch.h"

namespace hb::io {

// `bcast IF`: to the broadcast address of the interface (spec: wire-protocol 14.1).
struct BcastConfig {
  std::string interface;
  std::uint16_t port = 694;
  friend bool operator==(const BcastConfig&, const BcastConfig&) = default;
};

// `mcast IF GROUP PORT TTL LOOP` (14.2).
struct McastConfig {
  std::string interface;
  asio::ip::address_v4 group;
  std::uint16_t port = 694;
  std::uint8_t ttl = 1;
  bool loop = false;
  friend bool operator==(const McastConfig&, const McastConfig&) = default;
};

// All `ucast IF HOST` lines of one interface (14.3). They are one medium here, because separate
// receive sockets would share the incoming packets by a hash of the sender, and the one that is
// being reopened would lose its part.
struct UcastConfig {
  std::string interface;
  std::vector<asio::ip::address_v4> peers;
  std::uint16_t port = 694;
  friend bool operator==(const UcastConfig&, const UcastConfig&) = default;
};

using UdpConfig = std::variant<BcastConfig, McastConfig, UcastConfig>;

// What all media of a process share. Must outlive them.
struct MediaContext {
  asio::io_context& loop;
  ReceiveBatch& batch;
  MediumObserver& observer;
};

// Not open yet.
[[nodiscard]] std::unique_ptr<Medium> make_udp_medium(const MediaContext& context,
                                                      UdpConfig config);

}  // namespace hb::io
