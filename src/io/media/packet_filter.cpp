#include "io/media/packet_filter.h"

#include <string_view>

#include <linux/if_packet.h>

#include "wire/active_status.h"

namespace hb::io {
namespace {

using Width = FilterProgram::Width;

constexpr std::uint32_t kPacketType = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE);
constexpr std::uint32_t kUdpHeader = 8;  // bytes before the payload in a socket filter
constexpr std::uint32_t kWhole = FilterProgram::kWhole, kNothing = FilterProgram::kNothing;

std::uint32_t number(std::string_view bytes) {
  std::uint32_t result = 0;
  for (const char byte : bytes) result = result << 8U | static_cast<std::uint8_t>(byte);
  return result;
}

// A load beyond the end would end the program, so the length is looked at first.
void jump_unless_begins(FilterProgram& program, std::uint32_t payload, std::string_view beginning,
                        FilterProgram::Label& otherwise) {
  program.load_length();
  program.jump_if_less(static_cast<std::uint32_t>(payload + beginning.size()), otherwise);
  for (std::size_t at = 0; at < beginning.size();) {
    const auto offset = static_cast<std::uint32_t>(payload + at);
    const std::size_t left = beginning.size() - at;
    const std::size_t size = left >= 4 ? 4 : left >= 2 ? 2 : 1;
    program.load(size == 4 ? Width::kWord : size == 2 ? Width::kHalf : Width::kByte, offset);
    program.jump_if_not(number(beginning.substr(at, size)), otherwise);
    at += size;
  }
}

// Answers with one or the other value.
void answer_by_kind(FilterProgram& program, std::uint32_t payload, std::uint32_t heartbeat,
                    std::uint32_t other) {
  for (const std::string_view beginning : wire::kActiveStatusBeginnings) {
    FilterProgram::Label no;
    jump_unless_begins(program, payload, beginning, no);
    program.answer(heartbeat);
    program.put(no);
  }
  program.answer(other);
}

PacketFilter filter(Take take, bool without_echo) {
  FilterProgram program;
  FilterProgram::Label drop, packet, to_us;
  if (without_echo) {
    program.load(Width::kByte, kPacketType);
    program.jump_if(PACKET_LOOPBACK, drop);
  }
  program.load(Width::kWord, kUdpHeader);
  program.jump_if(kNetstringBegins, packet);
  program.jump_if_not(kClassicBegins, drop);
  program.put(packet);
  program.load(Width::kByte, kPacketType);
  program.jump_if(PACKET_HOST, to_us);
  const bool heartbeats = take == Take::kHeartbeats;
  answer_by_kind(program, kUdpHeader, heartbeats ? kWhole : kNothing,
                 heartbeats ? kNothing : kWhole);
  program.put(to_us);
  program.answer(kWhole);
  program.put(drop);
  program.answer(kNothing);
  return std::move(program).finish();
}

}  // namespace

PacketFilter socket_filter(Take take) { return filter(take, false); }
PacketFilter socket_filter_without_echo(Take take) { return filter(take, true); }

PacketFilter socket_choice() {
  FilterProgram program;
  answer_by_kind(program, 0, 0, 1);
  return std::move(program).finish();
}

}  // namespace hb::io
