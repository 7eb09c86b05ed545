#include <cstddef>
#include <cstdint>
#include <string_view>

#include "live_node.h"
#include "wire/compression.h"
#include "wire/packet_message.h"

// What local programs put into the FIFO, message after message, into a live node that has a stable
// partner: it goes out to the others, moves resources, or is refused, and never ends the node.
namespace hb::fuzz {
namespace {

constexpr std::string_view kEnd = "<<<\n";
constexpr int kMostMessages = 50;

class Partner {
 public:
  explicit Partner(LiveNode& node) : node_(node) {}

  void say(wire::Body body) {
    wire::Header header;
    header.src = NodeName("bob");
    header.generation = Generation(1);
    header.timestamp = 1'700'000'000;
    header.seq = SeqNo(++seq_);
    node_.step(core::PacketReceived{{std::move(header), std::move(body)}, LinkName("eth0")});
  }
  void beat() {
    say(wire::Status{.state = wire::NodeState::kActive,
                     .deadtime_ms = 10'000,
                     .protocol = 1,
                     .extended = std::nullopt});
  }

 private:
  LiveNode& node_;
  std::uint64_t seq_ = 0;
};

void run(std::string_view input) {
  LiveNode node(live_settings(2, core::Failback::kOff));
  Partner partner(node);
  partner.beat();
  partner.say(wire::NodesReply{.nodes = {NodeName("ada"), NodeName("bob")}, .deleted = {}});
  partner.say(
      wire::ResourceReport{.hold = wire::kHoldLocal, .full = true, .stable = true, .info = ""});
  node.run_for(20ms);
  for (int i = 0; i < kMostMessages && !input.empty(); ++i) {
    const std::size_t end = input.find(kEnd);
    const std::size_t length = end == std::string_view::npos ? input.size() : end + kEnd.size();
    const auto message = wire::decode_either(input.substr(0, length));
    input.remove_prefix(length);
    if (!message) continue;
    const auto injected = wire::parse_body(*message);
    if (!injected) continue;
    node.step(core::Injected{injected->body, injected->dest});
    partner.beat();
    node.run_for(100ms);
  }
  // Nobody but the operator's signal ends it.
  HB_FUZZ_CHECK(!node.ended());
  node.check_views();
}

}  // namespace
}  // namespace hb::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hb::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
