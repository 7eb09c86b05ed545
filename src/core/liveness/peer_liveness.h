#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace hb::core {

enum class Liveness : std::uint8_t { kAlive, kDead };

// Judges one peer, or one link to it, by the instants at which it was heard. Holds no timer: the
// owner asks deadline() and wakes then.
class PeerLiveness {
 public:
  // `since` stands for the last sign of life until there is one.
  PeerLiveness(Instant since, Duration deadtime) : last_heard_(since), deadtime_(deadtime) {}

  // Packets of several paths may arrive out of order, so an older instant changes nothing.
  void heard(Instant at) { last_heard_ = std::max(last_heard_, at); }

  // The peer's own announcement ("dt") or, before communication is up, initdead.
  void set_deadtime(Duration deadtime) { deadtime_ = deadtime; }

  // Time during which this host was held up is not silence of the peer.
  void excuse(Duration lapse, Instant now) { last_heard_ = std::min(last_heard_ + lapse, now); }

  [[nodiscard]] Liveness at(Instant now) const {
    return silence(now) >= deadtime_ ? Liveness::kDead : Liveness::kAlive;
  }
  [[nodiscard]] Instant deadline() const { return last_heard_ + deadtime_; }
  [[nodiscard]] Instant last_heard() const { return last_heard_; }
  [[nodiscard]] Duration deadtime() const { return deadtime_; }
  [[nodiscard]] Duration silence(Instant now) const { return now - last_heard_; }

 private:
  Instant last_heard_;
  Duration deadtime_;
};

}  // namespace hb::core
