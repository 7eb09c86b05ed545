#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/media/ping/echo_packet.h"

namespace hb::io {

// What is known of one host of a ping node.
struct PingHostStatistics {
  std::uint64_t asked = 0;     // requests that the kernel took
  std::uint64_t refused = 0;   // that it did not take: no route, no neighbour
  std::uint64_t answered = 0;  // requests, each once
  std::uint64_t lost = 0;      // requests that are too long ago to be answered any more
  std::optional<std::chrono::steady_clock::time_point> last_answer;
  std::chrono::nanoseconds last_trip{}, longest_trip{};  // from request to answer
};

// Which answer is an answer to a question of ours: remembers what was sent in the last rounds, one
// question a round to each host, byte for byte. What comes back must bear our identifier, the
// number of a round, and exactly the signed text of that round, and come from a host that was asked
// then and has not answered yet. So neither an old answer, nor one of another program or node, nor
// the question itself in other hands counts.
//
// Knows no sockets; time is an argument.
class EchoRounds {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  // Rounds that can be answered; with the next one the oldest is lost.
  static constexpr std::size_t kMostRounds = 64;

  EchoRounds(std::uint16_t identifier, std::size_t hosts);

  // Begins a round; the header that its requests bear.
  EchoHeader begin(std::string payload, Instant now);
  // A request of the round just begun has left for that host, or has not.
  void asked(std::size_t host);
  void refused(std::size_t host) { ++hosts_[host].refused; }

  enum class Verdict : std::uint8_t {
    kFirst,    // the first genuine answer of its round
    kAnother,  // genuine; another host has answered that round before
    kForeign,  // not an answer to a question of ours
  };
  Verdict judge(std::size_t host, const EchoReply& reply, Instant now);

  [[nodiscard]] const PingHostStatistics& host(std::size_t index) const { return hosts_[index]; }
  [[nodiscard]] std::uint16_t identifier() const { return identifier_; }

 private:
  struct Round {
    std::uint16_t sequence;
    std::string payload;
    Instant begun;
    std::vector<bool> open;  // asked, and not answered yet
    bool answered = false;
  };

  void forget_oldest();

  std::uint16_t identifier_;
  std::uint16_t next_sequence_ = 0;
  std::deque<Round> rounds_;
  std::vector<PingHostStatistics> hosts_;
};

}  // namespace hb::io
