#pragma once

#include <chrono>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "core/node.h"
#include "wire/packet_codec.h"
#include "wire/packet_message.h"

// The made packets of wire.jsonl, which a real 3.0.6 was shown one after the other.
namespace hb::vectors {

struct MadePacket {
  std::string name;
  int run = 0;                         // of the receiver: one life sees all packets of a run
  bool accepted = false;               // whether it told the receiver something of a peer
  std::optional<wire::Packet> packet;  // none where the codec refuses it
};

inline wire::KeyRing key_ring(const nlohmann::json& keys) {
  std::vector<wire::Key> ring;
  for (const auto& [number, key] : keys.items()) {
    if (number == "send") continue;
    ring.push_back({.number = std::stoi(number),
                    .method = *wire::parse_digest_method(key[0].get<std::string>()),
                    .secret = key[1].is_null() ? "" : key[1].get<std::string>()});
  }
  return wire::KeyRing::make(std::move(ring), keys["send"].get<int>()).value();
}

inline std::vector<MadePacket> made_packets() {
  // 3.0.6 refuses it only because it takes the secret of its own sending key (wire-protocol 6.4).
  constexpr std::string_view kRejectedByDefectOnly =
      "made-11-signed-correctly-with-key-2--md5--which-the-receiver-has--bu";
  std::vector<MadePacket> made;
  std::ifstream file(HB_SOURCE_DIR "/test/vectors/wire.jsonl");
  for (std::string line; std::getline(file, line);) {
    const auto vector = nlohmann::json::parse(line);
    if (vector["source"] != "made") continue;
    MadePacket one{.name = vector["name"].get<std::string>(),
                   .run = vector["receiver_run"].get<int>(),
                   .packet = std::nullopt};
    one.accepted = vector["expect"] == "accept" || one.name == kRejectedByDefectOnly;
    const wire::PacketCodec codec({}, key_ring(vector["receiver_keys"]));
    if (const auto message = codec.open(*hex_decode(vector["hex"].get<std::string>()))) {
      if (auto packet = wire::parse_packet(*message)) one.packet = std::move(*packet);
    }
    made.push_back(std::move(one));
  }
  return made;
}

// Of the node that was shown them; it stays in its start for an hour.
inline core::Settings receiver_settings() {
  core::Settings settings;
  settings.self = NodeName("node1");
  settings.nodes = {NodeName("node1"), NodeName("node2")};
  for (int n = 1; n <= 40; ++n)
    settings.nodes.emplace_back((n < 10 ? "f0" : "f") + std::to_string(n));
  settings.generation = Generation(1);
  settings.initdead = std::chrono::hours(1);
  return settings;
}

// Anything with step() and peers() like core::Node's, shown one packet: whether that told it
// something of a peer.
template <class Node>
bool accepts(Node& node, Instant now, const wire::Packet& packet) {
  const auto heard = [&] {
    std::map<NodeName, std::optional<Instant>> at;
    for (const core::PeerView& peer : node.peers()) at[peer.name] = peer.last_heard;
    return at;
  };
  const auto before = heard();
  static_cast<void>(node.step(now, core::PacketReceived{packet, LinkName("eth0")}));
  return heard() != before;
}

}  // namespace hb::vectors
