#include <benchmark/benchmark.h>

#include "wire/packet_codec.h"
#include "wire/packet_message.h"

// The cost of one heartbeat in the daemon's own thread, by digest method.
namespace hb::wire {
namespace {

Packet heartbeat() {
  Packet packet;
  packet.header.src = NodeName("node1");
  packet.header.src_uuid = Uuid::from_bytes("0123456789abcdef");
  packet.header.seq = SeqNo(0x21);
  packet.header.generation = Generation(0x6b030c94);
  packet.header.timestamp = 0x6b030c98;
  packet.header.load = "0.63 0.41 0.20 1/202 29345";
  packet.header.ttl = 3;
  Status status;
  status.state = NodeState::kActive;
  status.deadtime_ms = 1500;
  packet.body = status;
  return packet;
}

PacketCodec codec_for(DigestMethod method) {
  const Key key{
      .number = 1, .method = method, .secret = method == DigestMethod::kCrc ? "" : "secret"};
  return {CodecOptions{}, KeyRing::make({key}, 1).value()};
}

DigestMethod method_of(const benchmark::State& state) {
  return static_cast<DigestMethod>(state.range(0));
}

void seal(benchmark::State& state) {
  const PacketCodec codec = codec_for(method_of(state));
  const Packet packet = heartbeat();
  for (auto _ : state) benchmark::DoNotOptimize(codec.seal(to_message(packet)));
  state.SetLabel(std::string(word(method_of(state))));
}

void open(benchmark::State& state) {
  const PacketCodec codec = codec_for(method_of(state));
  const std::string bytes = codec.seal(to_message(heartbeat())).value();
  for (auto _ : state) benchmark::DoNotOptimize(codec.open(bytes));
  state.SetLabel(std::string(word(method_of(state))));
}

void parse(benchmark::State& state) {
  const Message message = to_message(heartbeat());
  for (auto _ : state) benchmark::DoNotOptimize(parse_packet(message));
}

void round_trip(benchmark::State& state) {
  const PacketCodec codec = codec_for(method_of(state));
  const Packet packet = heartbeat();
  for (auto _ : state) {
    const std::string bytes = codec.seal(to_message(packet)).value();
    const Message message = codec.open(bytes).value();
    benchmark::DoNotOptimize(parse_packet(message));
  }
  state.SetLabel(std::string(word(method_of(state))));
}

// What a flood of wrongly signed packets costs each.
void reject(benchmark::State& state) {
  const PacketCodec codec = codec_for(method_of(state));
  std::string bytes = codec.seal(to_message(heartbeat())).value();
  bytes[bytes.size() - 2] ^= 1;
  for (auto _ : state) benchmark::DoNotOptimize(codec.open(bytes));
  state.SetLabel(std::string(word(method_of(state))));
}

BENCHMARK(seal)->DenseRange(0, 2);
BENCHMARK(open)->DenseRange(0, 2);
BENCHMARK(parse);
BENCHMARK(round_trip)->DenseRange(0, 2);
BENCHMARK(reject)->DenseRange(0, 2);

}  // namespace
}  // namespace hb::wire
