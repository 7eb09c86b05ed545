#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "base/time.h"
#include "sim/event_queue.h"

namespace hb::sim {

using namespace std::chrono_literals;

// What a link does to the packets of one direction. Probabilities are for each packet.
struct Noise {
  double loss = 0;
  double duplicate = 0;
  double corrupt = 0;  // bytes are changed on the way
  double replay = 0;   // an old packet comes once more behind this one
  double reorder = 0;  // this one takes `late` longer
  Duration late{};
  Duration least_delay = 100us;
  Duration most_delay = 500us;
};

// All directed links between hosts: each medium connects each pair, both ways apart. Knows no
// packets: it says when copies of one arrive, and in what state. Every directed link draws from a
// generator of its own, so what happens on one does not shift the chance of another.
class Network {
 public:
  Network(std::size_t hosts, std::size_t links, std::uint64_t seed);

  struct Copy {
    Duration delay{};
    bool corrupt = false;
  };
  struct Fate {
    Copy copies[2];
    int count = 0;  // copies that arrive
    bool replay = false;
  };
  [[nodiscard]] Fate draw(HostId from, HostId to, LinkId link);

  Noise& noise(HostId from, HostId to, LinkId link) { return at(from, to, link).noise; }
  void set_noise(const Noise& noise);  // everywhere
  void cut(HostId from, HostId to, LinkId link) { ++at(from, to, link).cuts; }
  void mend(HostId from, HostId to, LinkId link) { --at(from, to, link).cuts; }
  void mend_all();
  [[nodiscard]] bool is_cut(HostId from, HostId to, LinkId link) const;
  [[nodiscard]] Random& random(HostId from, HostId to, LinkId link) {
    return at(from, to, link).random;
  }

 private:
  struct Line {
    Noise noise;
    int cuts = 0;  // faults that cut it now
    Random random{0};
  };
  [[nodiscard]] std::size_t index(HostId from, HostId to, LinkId link) const {
    return (static_cast<std::size_t>(from) * hosts_ + to) * links_ + link;
  }
  Line& at(HostId from, HostId to, LinkId link) { return lines_[index(from, to, link)]; }

  std::size_t hosts_;
  std::size_t links_;
  std::vector<Line> lines_;
};

}  // namespace hb::sim
