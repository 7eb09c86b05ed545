#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/ids.h"
#include "base/time.h"

namespace hb::core {

// How well one link to one peer has carried its numbered packets: for status and metrics, nothing
// is decided by it. Every link should carry all of them, so what is missing on one was lost on it.
class LinkStatistics {
 public:
  // How late packets came: bucket i counts those less than 2^i ms late, the last one all that were
  // later. Late is what exceeds keepalive since the packet before.
  static constexpr std::size_t kBuckets = 18;  // the last but one ends at 65 s
  using Lateness = std::array<std::uint64_t, kBuckets>;

  // A packet counts as lost when so many later ones have come without it.
  static constexpr std::uint64_t kWindow = 64;
  // A larger jump is a new beginning, not loss.
  static constexpr std::uint64_t kLargestJump = 250;

  explicit LinkStatistics(Duration keepalive) : keepalive_(keepalive) {}

  void heard(Instant now, SeqNo seq);
  // The next packet is compared with none before: a new life of the peer, or the link was down.
  void begin_anew() { highest_.reset(); }

  [[nodiscard]] std::uint64_t received() const { return received_; }  // copies included
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] std::optional<Instant> last_heard() const { return last_heard_; }
  [[nodiscard]] const Lateness& lateness() const { return lateness_; }

 private:
  void advance(std::uint64_t by);
  void note_lateness(Duration late);

  Duration keepalive_;
  std::uint64_t received_ = 0;
  std::uint64_t lost_ = 0;
  std::optional<Instant> last_heard_;
  Lateness lateness_{};
  std::optional<SeqNo> highest_;
  std::uint64_t window_ = 0;  // bit i: number highest - i has come, or was before our time
};

}  // namespace hb::core
