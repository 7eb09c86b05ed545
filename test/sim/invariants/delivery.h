#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "sim/invariants/hearing.h"

namespace hb::sim {

// A message that a local program put in reaches the scripts of every life of every host at most
// once; and once indeed, in the end, where both hosts have been in touch ever since, unless the
// sender has sent so much since that it does not keep it any more, or more than kLargestGap packets
// were missing at once, or kMostMissing in all. A foreign receiver is not watched. Order is not
// promised here (the client's library sees to that).
class ExactlyOnce final : public Invariant {
 public:
  explicit ExactlyOnce(const Hearing& hearing) : hearing_(hearing) {}
  [[nodiscard]] std::string_view name() const override { return "ExactlyOnce"; }
  void life_began(const World& world, HostId host) override;
  void stepped(const World& world, HostId host, const core::Input& input,
               const core::Effects& effects) override;
  void finish(const World& world) override;

 private:
  struct Message {
    HostId sender;
    std::uint32_t sender_life;
    Instant sent;
  };
  const Hearing& hearing_;
  std::map<std::string, Message> sent_;
  std::array<std::map<std::string, int>, kMostHosts> got_;  // of the present life
  std::array<bool, kMostHosts> gave_up_{};                  // something was lost for good
};

// Numbers of one life follow each other without a gap, and only a number that was used is sent
// again.
class NumbersFollow final : public Invariant {
 public:
  [[nodiscard]] std::string_view name() const override { return "NumbersFollow"; }
  void life_began(const World&, HostId host) override { newest_[host] = 0; }
  void stepped(const World& world, HostId host, const core::Input& input,
               const core::Effects& effects) override;

 private:
  std::array<std::uint64_t, kMostHosts> newest_{};
};

// A packet that was changed on the way is refused, or says what it said.
class NothingForged final : public Invariant {
 public:
  [[nodiscard]] std::string_view name() const override { return "NothingForged"; }
  void forged(const World& world, HostId to) override;
};

}  // namespace hb::sim
