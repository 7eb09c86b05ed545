#include <fstream>
#include <map>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "core/node.h"
#include "wire/packet_codec.h"
#include "wire/packet_message.h"

// The made packets of wire.jsonl through the whole receive path, codec and core, in the order in
// which a real 3.0.6 was shown them: our node must come to the verdict that was recorded.
namespace hb {
namespace {

using Json = nlohmann::json;

// 3.0.6 refuses it only because it takes the secret of its own sending key (wire-protocol 6.4).
constexpr std::string_view kRejectedByDefectOnly =
    "made-11-signed-correctly-with-key-2--md5--which-the-receiver-has--bu";

wire::KeyRing key_ring(const Json& keys) {
  std::vector<wire::Key> ring;
  for (const auto& [number, key] : keys.items()) {
    if (number == "send") continue;
    ring.push_back({.number = std::stoi(number),
                    .method = *wire::parse_digest_method(key[0].get<std::string>()),
                    .secret = key[1].is_null() ? "" : key[1].get<std::string>()});
  }
  auto made = wire::KeyRing::make(std::move(ring), keys["send"].get<int>());
  EXPECT_TRUE(made.has_value());
  return std::move(*made);
}

core::Settings settings() {
  core::Settings settings;
  settings.self = NodeName("node1");
  settings.nodes = {NodeName("node1"), NodeName("node2")};
  for (int n = 1; n <= 40; ++n) {
    const std::string digits = std::to_string(n);
    settings.nodes.emplace_back((n < 10 ? "f0" : "f") + digits);
  }
  settings.generation = Generation(1);
  settings.initdead = std::chrono::hours(1);
  return settings;
}

// One receiver's lifetime; time goes on by a millisecond from packet to packet.
class Receiver {
 public:
  Receiver() : node_(settings()) { static_cast<void>(node_.step(now_, core::Started{})); }

  // Whether the packet told the node something of a peer.
  bool accepts(const wire::PacketCodec& codec, const std::string& bytes) {
    const auto message = codec.open(bytes);
    if (!message) return false;
    auto packet = wire::parse_packet(*message);
    if (!packet) return false;
    now_ += std::chrono::milliseconds(1);
    const auto before = last_heard();
    static_cast<void>(node_.step(now_, core::PacketReceived{std::move(*packet), LinkName("eth0")}));
    return last_heard() != before;
  }

 private:
  std::map<NodeName, std::optional<Instant>> last_heard() const {
    std::map<NodeName, std::optional<Instant>> heard;
    for (const core::PeerView& peer : node_.peers()) heard[peer.name] = peer.last_heard;
    return heard;
  }

  Instant now_{std::chrono::hours(1)};
  core::Node node_;
};

TEST(Vectors, ReachTheRecordedVerdicts) {
  std::ifstream file(HB_SOURCE_DIR "/test/vectors/wire.jsonl");
  std::map<int, Receiver> receivers;
  int judged = 0;
  for (std::string line; std::getline(file, line);) {
    const Json vector = Json::parse(line);
    if (vector["source"] != "made") continue;
    const auto name = vector["name"].get<std::string>();
    SCOPED_TRACE(name);
    const wire::PacketCodec codec({}, key_ring(vector["receiver_keys"]));
    Receiver& receiver = receivers[vector["receiver_run"].get<int>()];
    const bool expected = vector["expect"] == "accept" || name == kRejectedByDefectOnly;
    EXPECT_EQ(receiver.accepts(codec, *hex_decode(vector["hex"].get<std::string>())), expected);
    ++judged;
  }
  EXPECT_EQ(judged, 55);
}

}  // namespace
}  // namespace hb
