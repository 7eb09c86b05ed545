#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/random.h"
#include "base/time.h"

namespace hb::core {

// A run of consecutive numbers, both ends included.
struct SeqRange {
  SeqNo first, last;
  friend bool operator==(const SeqRange&, const SeqRange&) = default;
};

// A real peer resends at most this many packets for one request (wire-protocol 11.5).
inline constexpr std::uint64_t kRetransmitBatch = 50;

// Half a minute with the default max_rexmit_delay.
inline constexpr unsigned kMostRequests = 120;

// When to ask one peer for what is missing: first after a random delay (packets out of order are
// normal, and all receivers would ask at once), then again and again until it comes or is given up
// (wire-protocol 11.4). A 3.0.6 does not answer when it believes that the packet was acknowledged,
// so there is an end to that. Neighbouring numbers that fall due together are asked for in one
// request.
class RetransmitSchedule {
 public:
  explicit RetransmitSchedule(Duration max_delay) : max_delay_(max_delay) {}

  void set_longest_delay(Duration delay) { max_delay_ = delay; }

  // Brings the schedule in line with the numbers now missing; new ones get their first delay.
  void follow(const std::set<SeqNo>& missing, Instant now, Random& random);

  // What to ask for now; each of it is due again after the longest delay.
  [[nodiscard]] std::vector<SeqRange> take_due(Instant now);
  // What was asked for kMostRequests times.
  [[nodiscard]] std::vector<SeqNo> hopeless() const;

  [[nodiscard]] std::optional<Instant> next() const;
  [[nodiscard]] std::size_t size() const { return due_.size(); }

 private:
  Duration max_delay_;
  struct Due {
    Instant at;
    unsigned requests = 0;
  };
  std::map<SeqNo, Due> due_;  // at most kMostMissing
  // The same by time: it is asked at every step what comes next, and what is missing came up
  // missing at as many instants as there are numbers, if the peer's packets come in bad order.
  std::set<std::pair<Instant, SeqNo>> queue_;
};

}  // namespace hb::core
