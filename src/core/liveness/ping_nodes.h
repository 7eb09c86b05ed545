#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "core/liveness/peer_liveness.h"
#include "core/outbox.h"
#include "core/settings.h"
#include "wire/packet.h"

namespace hb::core {

struct PingNodeView;

// Whether hosts that are no members, but answer pings, are there: each goes from `init` to `ping`
// with its first answer and to `dead` after a silence of deadping. Tells the log and event scripts
// of it; decides nothing else: no resource moves, no start waits, nobody outside hears of it.
//
// Driven by Node, which asks next_deadline(), reads what waits in the sockets once somebody is
// overdue(), and only then lets judge().
class PingNodes {
 public:
  explicit PingNodes(const Settings& settings);

  // From now on silence counts; until communication_up() nobody is dead before initdead.
  void begin(Instant now);
  void communication_up();

  // ha.cf has changed: what is listed as before keeps its state, what is new begins now, the rest
  // is forgotten. Times are in force at once.
  void configure(const Settings& settings, Instant now);

  // One question to each, with each status of ours.
  void ask(Outbox& out) const;
  // Names that no line of ha.cf declares are ignored.
  void answered(const NodeName& name, Instant now, Outbox& out);

  // Somebody counts as alive whose time is over.
  [[nodiscard]] bool overdue(Instant now) const;
  void judge(Instant now, Outbox& out);
  // Time during which this host was held up is not silence of others.
  void excuse(Duration lapse, Instant now);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  [[nodiscard]] std::vector<PingNodeView> views() const;

 private:
  struct Watched {
    explicit Watched(PingNode which) : node(std::move(which)) {}

    [[nodiscard]] bool dead() const { return state == wire::NodeState::kDead; }

    PingNode node;
    wire::NodeState state = wire::NodeState::kInit;
    PeerLiveness liveness{Instant{}, Duration{}};
    bool has_answered = false;            // ever
    std::optional<Instant> present_life;  // its last answer, without the time that we were held up
  };

  void tell_if_late(const Watched& watched, Instant now, Outbox& out) const;
  void declare_dead(Watched& watched, Instant now, Outbox& out) const;

  [[nodiscard]] Duration deadtime() const;

  bool communication_up_ = false;
  Duration deadping_;
  Duration initdead_;
  Duration warntime_;
  std::vector<Watched> watched_;
};

}  // namespace hb::core
