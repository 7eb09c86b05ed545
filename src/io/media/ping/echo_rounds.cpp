#include "io/media/ping/echo_rounds.h"

#include <algorithm>
#include <utility>

namespace hb::io {

EchoRounds::EchoRounds(std::uint16_t identifier, std::size_t hosts)
    : identifier_(identifier), hosts_(hosts) {}

EchoHeader EchoRounds::begin(std::string payload, Instant now) {
  if (rounds_.size() == kMostRounds) forget_oldest();
  rounds_.push_back(
      {next_sequence_++, std::move(payload), now, std::vector<bool>(hosts_.size(), false)});
  return {identifier_, rounds_.back().sequence};
}

void EchoRounds::asked(std::size_t host) {
  rounds_.back().open[host] = true;
  ++hosts_[host].asked;
}

EchoRounds::Verdict EchoRounds::judge(std::size_t host, const EchoReply& reply, Instant now) {
  if (reply.header.identifier != identifier_) return Verdict::kForeign;
  const auto found = std::find_if(rounds_.begin(), rounds_.end(), [&](const Round& round) {
    return round.sequence == reply.header.sequence;
  });
  if (found == rounds_.end() || !found->open[host] || found->payload != reply.payload) {
    return Verdict::kForeign;
  }
  found->open[host] = false;
  PingHostStatistics& statistics = hosts_[host];
  ++statistics.answered;
  statistics.last_answer = now;
  statistics.last_trip = now - found->begun;
  statistics.longest_trip = std::max(statistics.longest_trip, statistics.last_trip);
  return std::exchange(found->answered, true) ? Verdict::kAnother : Verdict::kFirst;
}

void EchoRounds::forget_oldest() {
  for (std::size_t i = 0; i < hosts_.size(); ++i) {
    if (rounds_.front().open[i]) ++hosts_[i].lost;
  }
  rounds_.pop_front();
}

}  // namespace hb::io
