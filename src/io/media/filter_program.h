#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <linux/filter.h>

namespace hb::io {

// A program for the kernel, which sorts out packets before anybody is woken for them.
using PacketFilter = std::vector<sock_filter>;

// How packets begin, as a word of the filter: "###\n" and ">>>\n".
inline constexpr std::uint32_t kNetstringBegins = 0x2323230a, kClassicBegins = 0x3e3e3e0a;

// Writes a PacketFilter from top to bottom. Jumps lead forward only, to where a Label is put in the
// end. To load what lies beyond the end of the packet ends the program: it is dropped.
class FilterProgram {
 public:
  class Label {
    friend FilterProgram;
    std::vector<std::size_t> from_if, from_if_not;
  };
  enum class Width : std::uint8_t { kByte, kHalf, kWord };
  static constexpr std::uint32_t kWhole = 0xffffffff, kNothing = 0;  // bytes of it to take

  void load(Width width, std::uint32_t offset);
  void load_length();
  // For packets that begin with an IPv4 header: what offset 0 means for load_after_ip().
  void find_ip_payload();
  void load_after_ip(Width width, std::uint32_t offset);

  void jump_if(std::uint32_t value, Label& target);
  void jump_if_not(std::uint32_t value, Label& target);
  void jump_if_less(std::uint32_t value, Label& target);
  void put(const Label& label);

  void answer(std::uint32_t value);

  [[nodiscard]] PacketFilter finish() &&;

 private:
  void add(int code, std::uint32_t value);
  [[nodiscard]] std::uint8_t distance(std::size_t from) const;

  PacketFilter steps_;
};

}  // namespace hb::io
