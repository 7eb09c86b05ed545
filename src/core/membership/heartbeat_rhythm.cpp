#include "core/membership/heartbeat_rhythm.h"

#include <algorithm>
#include <chrono>

namespace hb::core {
namespace {

using namespace std::chrono_literals;

// How long what a peer's status tells beside its life may stay unread, and how many may be unread.
constexpr Duration kLongestWait = 200ms;
constexpr std::size_t kMostWaiting = 100;  // by one link; its socket holds several times as many

}  // namespace

void HeartbeatRhythm::configure(const Settings& settings) {
  keepalive_ = settings.keepalive;
  deadtime_ = settings.deadtime;
}

void HeartbeatRhythm::no_later(Instant now) { next_ = std::min(next_, now + keepalive_); }

// A fixed rhythm, but no burst after a lapse.
void HeartbeatRhythm::sent(Instant now) {
  last_sent_ = now;
  next_ = std::max(next_ + keepalive_, now + keepalive_ / 2);
  no_later(now);
}

void HeartbeatRhythm::read(Instant now, std::size_t peers) {
  const auto keepalives = static_cast<std::int64_t>(kMostWaiting / std::max<std::size_t>(peers, 1));
  const Duration longest =
      std::min<Duration>({kLongestWait, deadtime_ / 2, keepalives * keepalive_});
  last_read_ = now;
  next_read_ = now + longest - keepalive_;
}

}  // namespace hb::core
