#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/address.hpp>

#include "io/media/medium.h"
#include "io/media/peer_names.h"
#include "io/media/receive_batch.h"

namespace hb::io {

// `bcast IF`: to the broadcast address of the interface (spec: wire-protocol 14.1).
struct BcastConfig {
  std::string interface;
  std::uint16_t port = 694;
  friend bool operator==(const BcastConfig&, const BcastConfig&) = default;
};

// `mcast IF GROUP PORT TTL LOOP`, and `mcast6 IF GROUP PORT HOPS LOOP` when the group is an IPv6
// one (14.2).
struct McastConfig {
  std::string interface;
  asio::ip::address group;
  std::uint16_t port = 694;
  std::uint8_t hops = 1;
  bool loop = false;
  friend bool operator==(const McastConfig&, const McastConfig&) = default;
};

// All `ucast IF HOST` lines of one interface, or all its `ucast6 IF ADDRESS` lines when the peers
// have IPv6 addresses (14.3). They are one medium here, because separate receive sockets would
// share the incoming packets by a hash of the sender, and the one that is being reopened would lose
// its part.
struct UcastConfig {
  std::string interface;
  std::vector<asio::ip::address> peers;  // of one family; link-local ones need no scope
  std::vector<std::string> names;        // peers whose IPv4 address is looked up
  std::uint16_t port = 694;
  friend bool operator==(const UcastConfig&, const UcastConfig&) = default;
};

using UdpConfig = std::variant<BcastConfig, McastConfig, UcastConfig>;

// What all media of a process share. Must outlive them.
struct MediaContext {
  asio::io_context& loop;
  ReceiveBatch& batch;
  MediumObserver& observer;
  NameLookup* names = nullptr;  // none: peers that are given by name have no address
};

// Not open yet.
[[nodiscard]] std::unique_ptr<Medium> make_udp_medium(const MediaContext& context,
                                                      UdpConfig config);

}  // namespace hb::io
