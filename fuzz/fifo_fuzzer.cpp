#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_check.h"
#include "fuzz_codec.h"
#include "wire/classic.h"
#include "wire/packet_message.h"

// What scripts and tools write into the FIFO: a message without signature or header, which becomes
// a packet of this node if its body makes sense.
namespace hb::fuzz {
namespace {

wire::Packet packet_of(const wire::Injected& injected) {
  wire::Packet packet;
  packet.header.src = NodeName("node1");
  packet.header.dest = injected.dest;
  if (wire::is_sequenced(injected.body)) packet.header.seq = SeqNo(1);
  packet.header.timestamp = 1;
  packet.body = injected.body;
  return packet;
}

void run(std::string_view input) {
  const auto message = wire::decode_classic(input);
  if (!message) return;
  std::string text;
  HB_FUZZ_CHECK(wire::encode_classic(*message, text).has_value());
  HB_FUZZ_CHECK(wire::decode_classic(text) == *message);

  const auto injected = wire::parse_body(*message);
  if (!injected) return;
  const wire::Message own = wire::to_message(packet_of(*injected));
  if (wire::is_envelope(own)) return;  // a peer would look at what it holds instead
  const auto sealed = codec().seal(own);
  if (!sealed) return;
  const auto opened = codec().open(*sealed);
  HB_FUZZ_CHECK(opened.has_value());
  HB_FUZZ_CHECK(wire::parse_packet(*opened).has_value());
}

}  // namespace
}  // namespace hb::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hb::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
