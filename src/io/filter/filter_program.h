#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <linux/filter.h>
#include <sys/socket.h>

namespace hb::io {

// A program for the kernel, which sorts out packets before anybody is woken for them.
using PacketFilter = std::vector<sock_filter>;

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
  // What offset 0 means for load_further(): the end of the IPv4 header with which the packet
  // begins, or what was loaded last.
  void base_is_ip_payload();
  void base_is_what_is_loaded();
  void load_further(Width width, std::uint32_t offset);

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

// By SO_ATTACH_FILTER, or another option that takes a program. False with errno.
[[nodiscard]] bool attach_filter(int socket, const PacketFilter& filter,
                                 int option = SO_ATTACH_FILTER);

}  // namespace hb::io
