#include "io/filter/filter_program.h"

#include <utility>

#include "base/assert.h"

namespace hb::io {
namespace {

int bits(FilterProgram::Width width) {
  switch (width) {
    case FilterProgram::Width::kByte:
      return BPF_B;
    case FilterProgram::Width::kHalf:
      return BPF_H;
    case FilterProgram::Width::kWord:
      return BPF_W;
  }
  HB_ASSERT(false);
}

}  // namespace

void FilterProgram::load(Width width, std::uint32_t offset) {
  add(BPF_LD | bits(width) | BPF_ABS, offset);
}
void FilterProgram::load_length() { add(BPF_LD | BPF_W | BPF_LEN, 0); }
void FilterProgram::base_is_ip_payload() { add(BPF_LDX | BPF_B | BPF_MSH, 0); }
void FilterProgram::base_is_what_is_loaded() { add(BPF_MISC | BPF_TAX, 0); }
void FilterProgram::load_further(Width width, std::uint32_t offset) {
  add(BPF_LD | bits(width) | BPF_IND, offset);
}

void FilterProgram::jump_if(std::uint32_t value, Label& target) {
  target.from_if.push_back(steps_.size());
  add(BPF_JMP | BPF_JEQ | BPF_K, value);
}
void FilterProgram::jump_if_not(std::uint32_t value, Label& target) {
  target.from_if_not.push_back(steps_.size());
  add(BPF_JMP | BPF_JEQ | BPF_K, value);
}
void FilterProgram::jump_if_less(std::uint32_t value, Label& target) {
  target.from_if_not.push_back(steps_.size());
  add(BPF_JMP | BPF_JGE | BPF_K, value);
}

void FilterProgram::put(const Label& label) {
  for (const std::size_t from : label.from_if) steps_[from].jt = distance(from);
  for (const std::size_t from : label.from_if_not) steps_[from].jf = distance(from);
}

void FilterProgram::answer(std::uint32_t value) { add(BPF_RET | BPF_K, value); }

PacketFilter FilterProgram::finish() && { return std::move(steps_); }

void FilterProgram::add(int code, std::uint32_t value) {
  steps_.push_back({static_cast<std::uint16_t>(code), 0, 0, value});
}

std::uint8_t FilterProgram::distance(std::size_t from) const {
  const std::size_t steps = steps_.size() - from - 1;
  HB_ASSERT(steps <= 255);
  return static_cast<std::uint8_t>(steps);
}

bool attach_filter(int socket, const PacketFilter& filter, int option) {
  const sock_fprog program{static_cast<unsigned short>(filter.size()),
                           const_cast<sock_filter*>(filter.data())};
  return ::setsockopt(socket, SOL_SOCKET, option, &program, sizeof program) == 0;
}

}  // namespace hb::io
