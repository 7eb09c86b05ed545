#pragma once

#include <cstddef>
#include <optional>

#include "base/time.h"
#include "core/settings.h"

namespace hb::core {

// When our own status is due, and until when those of the peers may wait to be read
// (docs/protocol/membership.md).
class HeartbeatRhythm {
 public:
  explicit HeartbeatRhythm(const Settings& settings) { configure(settings); }

  // In force from the next status on; see no_later().
  void configure(const Settings& settings);

  // --- our own ---

  // The next one in a keepalive, whatever was before.
  void restart(Instant now) { next_ = now + keepalive_; }
  void no_later(Instant now);  // than in a keepalive
  // It has been sent, when it was due or before.
  void sent(Instant now);

  [[nodiscard]] Instant next() const { return next_; }
  [[nodiscard]] bool due(Instant now) const { return now >= next_; }
  [[nodiscard]] std::optional<Instant> last_sent() const { return last_sent_; }

  // --- those of so many peers ---

  void read(Instant now, std::size_t peers);  // all that waited
  [[nodiscard]] Instant last_read() const { return last_read_; }
  // That our next status is sent would be too late.
  [[nodiscard]] bool must_be_read(Instant now) const { return now >= next_read_; }

 private:
  Duration keepalive_{}, deadtime_{};
  Instant next_;
  std::optional<Instant> last_sent_;
  Instant last_read_;
  Instant next_read_;
};

}  // namespace hb::core
