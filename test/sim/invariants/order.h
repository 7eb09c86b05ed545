#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "client/ordering.h"
#include "sim/invariants/hearing.h"

namespace hb::sim {

// A client on each host reads what the clients of the other hosts send in order, through the queues
// of the client's library: of each life of a sender it gets each message at most once, in the order
// in which they were sent, without a gap from the first one on that it gets; but for a new start
// after the sender was dead to its daemon, or when kOrderWindow messages never came. And in the end
// it has the last one, where both hosts have been in touch ever since that was sent, unless its
// daemon has told that packets are lost for good. A foreign receiver is not watched.
class OrderedExactlyOnce final : public Invariant {
 public:
  explicit OrderedExactlyOnce(const Hearing& hearing) : hearing_(hearing) {}
  [[nodiscard]] std::string_view name() const override { return "OrderedExactlyOnce"; }
  void life_began(const World& world, HostId host) override;
  void stepped(const World& world, HostId host, const core::Input& input,
               const core::Effects& effects) override;
  void finish(const World& world) override;

 private:
  // What a client has of one sender.
  struct Inbox {
    client::OrderedStream stream;
    Generation generation;    // of the message that it got last
    std::uint64_t order = 0;  // its number; 0: none yet
    bool anew = true;         // the next one may have any number
  };
  // What a client sent last in the present life of its host.
  struct Sent {
    std::uint64_t order = 0;
    Instant at;
  };

  void received(const World& world, HostId host, HostId sender, const core::PacketReceived& packet);

  const Hearing& hearing_;
  std::array<std::array<Inbox, kMostHosts>, kMostHosts> inboxes_;
  std::array<Sent, kMostHosts> sent_{};
  std::array<bool, kMostHosts> gave_up_{};  // its daemon told so in this life
};

}  // namespace hb::sim
