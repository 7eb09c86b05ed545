#include "io/media/packet_filter.h"

#include <string_view>

#include <linux/if_packet.h>

#include "base/assert.h"
#include "wire/active_status.h"

namespace hb::io {
namespace {

constexpr std::uint32_t kPacketType = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE);
constexpr std::uint32_t kUdpHeader = 8;  // bytes before the payload in a socket filter
constexpr std::uint32_t kNetstring = 0x2323230a, kClassic = 0x3e3e3e0a;
constexpr std::uint32_t kWhole = 0xffffffff, kNothing = 0;  // bytes to take

// Writes a program from top to bottom. Jumps lead forward only, to where a Label is put in the end.
class Assembler {
 public:
  class Label {
    friend Assembler;
    std::vector<std::size_t> from_if, from_if_not;
  };

  void load_word(std::uint32_t offset) { add(BPF_LD | BPF_W | BPF_ABS, offset); }
  void load_half(std::uint32_t offset) { add(BPF_LD | BPF_H | BPF_ABS, offset); }
  void load_byte(std::uint32_t offset) { add(BPF_LD | BPF_B | BPF_ABS, offset); }
  void load_length() { add(BPF_LD | BPF_W | BPF_LEN, 0); }
  void answer(std::uint32_t value) { add(BPF_RET | BPF_K, value); }

  void jump_if(std::uint32_t value, Label& target) {
    target.from_if.push_back(steps_.size());
    add(BPF_JMP | BPF_JEQ | BPF_K, value);
  }
  void jump_if_not(std::uint32_t value, Label& target) {
    target.from_if_not.push_back(steps_.size());
    add(BPF_JMP | BPF_JEQ | BPF_K, value);
  }
  void jump_if_less(std::uint32_t value, Label& target) {
    target.from_if_not.push_back(steps_.size());
    add(BPF_JMP | BPF_JGE | BPF_K, value);
  }

  void put(const Label& label) {
    for (const std::size_t from : label.from_if) steps_[from].jt = distance(from);
    for (const std::size_t from : label.from_if_not) steps_[from].jf = distance(from);
  }

  [[nodiscard]] PacketFilter finish() && { return std::move(steps_); }

 private:
  void add(int code, std::uint32_t value) {
    steps_.push_back({static_cast<std::uint16_t>(code), 0, 0, value});
  }
  [[nodiscard]] std::uint8_t distance(std::size_t from) const {
    const std::size_t steps = steps_.size() - from - 1;
    HB_ASSERT(steps <= 255);
    return static_cast<std::uint8_t>(steps);
  }

  PacketFilter steps_;
};

std::uint32_t number(std::string_view bytes) {
  std::uint32_t result = 0;
  for (const char byte : bytes) result = result << 8U | static_cast<std::uint8_t>(byte);
  return result;
}

// A load beyond the end would end the program, so the length is looked at first.
void jump_unless_begins(Assembler& program, std::uint32_t payload, std::string_view beginning,
                        Assembler::Label& otherwise) {
  program.load_length();
  program.jump_if_less(static_cast<std::uint32_t>(payload + beginning.size()), otherwise);
  for (std::size_t at = 0; at < beginning.size();) {
    const auto offset = static_cast<std::uint32_t>(payload + at);
    const std::size_t left = beginning.size() - at;
    const std::size_t size = left >= 4 ? 4 : left >= 2 ? 2 : 1;
    size == 4   ? program.load_word(offset)
    : size == 2 ? program.load_half(offset)
                : program.load_byte(offset);
    program.jump_if_not(number(beginning.substr(at, size)), otherwise);
    at += size;
  }
}

// Answers with one or the other value.
void answer_by_kind(Assembler& program, std::uint32_t payload, std::uint32_t heartbeat,
                    std::uint32_t other) {
  for (const std::string_view beginning : wire::kActiveStatusBeginnings) {
    Assembler::Label no;
    jump_unless_begins(program, payload, beginning, no);
    program.answer(heartbeat);
    program.put(no);
  }
  program.answer(other);
}

PacketFilter filter(Take take, bool without_echo) {
  Assembler program;
  Assembler::Label drop, packet, to_us;
  if (without_echo) {
    program.load_byte(kPacketType);
    program.jump_if(PACKET_LOOPBACK, drop);
  }
  program.load_word(kUdpHeader);
  program.jump_if(kNetstring, packet);
  program.jump_if_not(kClassic, drop);
  program.put(packet);
  program.load_byte(kPacketType);
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
  Assembler program;
  answer_by_kind(program, 0, 0, 1);
  return std::move(program).finish();
}

}  // namespace hb::io
