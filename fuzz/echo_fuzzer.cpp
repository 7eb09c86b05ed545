#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz_check.h"
#include "io/media/ping/echo_packet.h"
#include "io/media/ping/echo_rounds.h"

// What a raw socket reads is a reply or nothing, and a reply lies within what was read. None is
// believed but the one that was asked for, and that one once.
namespace hb::fuzz {
namespace {

constexpr std::string_view kAsked = "###\n10:(0)t=NS_st,%%%\n";

void look_at(AddressFamily family, std::string_view datagram) {
  const auto reply = io::read_echo_reply(family, datagram);
  if (!reply) return;
  HB_FUZZ_CHECK(reply->payload.size() + io::kEchoHeaderBytes <= datagram.size());
  HB_FUZZ_CHECK(datagram.ends_with(reply->payload));

  io::EchoRounds rounds(0x2a2a, 1);
  const io::EchoHeader asked = rounds.begin(std::string(kAsked), {});
  rounds.asked(0);
  const bool genuine = reply->header == asked && reply->payload == kAsked;
  const auto verdict = rounds.judge(0, *reply, {});
  HB_FUZZ_CHECK(verdict ==
                (genuine ? io::EchoRounds::Verdict::kFirst : io::EchoRounds::Verdict::kForeign));
  HB_FUZZ_CHECK(rounds.judge(0, *reply, {}) == io::EchoRounds::Verdict::kForeign);
}

void run(std::string_view input) {
  look_at(AddressFamily::kIpv4, input);
  look_at(AddressFamily::kIpv6, input);
}

}  // namespace
}  // namespace hb::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hb::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
