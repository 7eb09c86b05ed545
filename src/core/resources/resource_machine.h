#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "core/inputs.h"
#include "core/outbox.h"
#include "core/resources/holdings.h"
#include "core/resources/partner.h"
#include "core/resources/standby.h"
#include "core/settings.h"
#include "wire/packet.h"

namespace hb::core {

// Who holds what, of two nodes: joins, takes over, gives back, hands over, leaves. It decides which
// groups are wanted here and speaks with the partner; Holdings does the work, the node tells it who
// lives (spec: resources 4 to 6; docs/protocol/resources.md has the state × event table).
//
// Two rules hold throughout. A side is reported as held from before its first start until after its
// last stop, so nobody trusts a release that has only begun. And no report is believed that is
// older than another word of its sender.
class ResourceMachine {
 public:
  explicit ResourceMachine(const Settings& settings);

  // What an earlier life left running is released first; until then nothing is announced.
  void begin(Instant now, Outbox& out);
  [[nodiscard]] bool cleared() const { return holdings_.settled(); }

  // `others`: all that belong to the cluster at that moment.
  void communication_up(const std::vector<NodeName>& others, Instant now, Outbox& out);

  // --- what the node finds out about others ---
  void peer_alive(const NodeName& peer, Instant now, Outbox& out);
  void peer_status(const NodeName& peer, const PeerFacts& facts, Instant now, Outbox& out);
  void peer_dead(const NodeName& peer, Instant now, Outbox& out);
  // A later life of the peer. `was_alive`: its earlier life had not been declared dead. `kept`: it
  // had announced a restart that keeps its resources.
  void peer_restarted(const NodeName& peer, bool was_alive, bool kept, Instant now, Outbox& out);
  // It was dead to us and is heard again in the same life, or is a full member when first heard.
  void peer_returned(const NodeName& peer, Instant now, Outbox& out);
  // A peer that was awaited is certain to be down.
  void peer_fenced(const NodeName& peer, Instant now, Outbox& out);
  // It does not belong to the cluster any more; it was dead, or never heard.
  void peer_removed(const NodeName& peer, Instant now, Outbox& out);
  // What we once said of resources has been sent to it again.
  void said_again(const NodeName& peer, Instant now, Outbox& out);
  // We were held up for longer than our own deadtime.
  void lapsed(Instant now, Outbox& out);

  // --- messages of the partner; `seq` is that of the message ---
  void on(const NodeName& from, SeqNo seq, const wire::Starting&, Instant now, Outbox& out);
  void on(const NodeName& from, SeqNo seq, const wire::ResourceReport& m, Instant now, Outbox& out);
  void on(const NodeName& from, SeqNo seq, const wire::StandbyMessage& m, Instant now, Outbox& out);
  void on(const NodeName& from, SeqNo seq, const wire::TakeoverRequest& m, Instant now,
          Outbox& out);
  void on(const NodeName& from, SeqNo seq, const wire::ShutdownDone&, Instant now, Outbox& out);
  void on(const NodeName& from, SeqNo seq, const wire::GroupRequest& m, Instant now, Outbox& out);
  void on(const NodeName& from, SeqNo seq, const wire::GroupReply& m, Instant now, Outbox& out);
  void on(const NodeName& from, SeqNo seq, const wire::FenceResult& m, Instant now, Outbox& out);

  // --- the operator and this host ---
  void standby_wanted(wire::Hold set, Instant now, Outbox& out);
  void takeover_wanted(const wire::TakeoverRequest& request, Instant now, Outbox& out);
  void shutdown_wanted(Instant now, Outbox& out);
  void clients_stopped(Instant now, Outbox& out);  // answer to StopClients
  // All but the groups; legacy or not stays as it is.
  void configure(const Settings& settings);
  void groups_changed(const GroupsChanged& change, Instant now, Outbox& out);
  void agent_finished(const AgentFinished& outcome, Instant now, Outbox& out);
  void deadline(Instant now, Outbox& out);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  // Dead, and perhaps still in possession: nothing of theirs is taken before they are fenced, or
  // heard to speak for themselves.
  [[nodiscard]] const std::set<NodeName>& awaited() const { return awaited_; }
  // Whether the others, if they are alive, may want to fence us too.
  [[nodiscard]] bool may_be_fenced() const {
    return legacy() || phase_ == Phase::kJoining || !weighty(hold(), partner_).none();
  }

  [[nodiscard]] std::string status_word() const;
  [[nodiscard]] bool left() const { return phase_ == Phase::kLeft; }

 private:
  enum class Phase : std::uint8_t {
    kIdle,       // communication is not up
    kJoining,    // waiting for the partner's word on what it holds
    kMember,     // serving what is wanted
    kLeaving,    // releasing everything
    kLingering,  // all released and told; clients end, the partner may still ask for a lost packet
    kLeft,
  };
  // Why a partner that is gone need not be fenced.
  enum class Excuse : std::uint8_t {
    kNone,
    kHoldsNothing,
    kSidesWithoutGroups,  // are all that it may hold
  };

  [[nodiscard]] static std::string text(wire::Hold hold) { return std::string(wire::word(hold)); }
  [[nodiscard]] bool legacy() const { return failback_ == Failback::kLegacy; }
  // What we report: wanted, or not yet certainly released.
  [[nodiscard]] wire::Hold hold() const { return want_ | holdings_.occupied(); }
  [[nodiscard]] bool settled() const { return holdings_.settled() && standby_.idle(); }
  [[nodiscard]] bool stable() const { return phase_ == Phase::kMember && settled(); }
  [[nodiscard]] bool partner_stays() const;  // as far as we know
  [[nodiscard]] bool partner_ready() const;
  [[nodiscard]] bool restart_is_due() const;

  bool is_partner(const NodeName& peer);
  bool hear(const NodeName& from, SeqNo seq);
  void want(wire::Hold sides, Instant now, Outbox& out);
  void report(Outbox& out, std::string info = {});
  void ask_partner(Outbox& out);
  void join(Instant now, Outbox& out);
  void become_member(wire::Hold sides, Instant now, Outbox& out);
  [[nodiscard]] wire::Hold sides_with_groups() const;
  [[nodiscard]] wire::Hold weighty(wire::Hold sides, const Partner& partner) const;
  [[nodiscard]] Excuse excuse_of(const Partner& partner) const;
  void lose(const NodeName& peer, bool holds_nothing, Outbox& out);
  void start_alone(const std::vector<NodeName>& absent, Instant now, Outbox& out);
  void ask_for_own_groups(Instant now, Outbox& out);
  void take_all(Instant now, Outbox& out);
  void reconsider_excused(wire::Hold fresh, Outbox& out);
  void resolve_double_hold(Instant now, Outbox& out);
  void give_up(wire::Hold sides, Instant now, Outbox& out);
  void ask_standby(wire::Hold set, Instant now, Outbox& out);
  void partner_wants_standby(wire::Hold set, SeqNo offer, Instant now, Outbox& out);
  void standby_agreed(Instant now, Outbox& out);
  void standby_done(Instant now, Outbox& out);
  void cancel_standby(Outbox& out);
  void leave(Instant now, Outbox& out);

  // Follows up whatever has just settled; called at the end of every event.
  void proceed(Instant now, Outbox& out);
  void proceed_standby(Instant now, Outbox& out);
  void proceed_takeover(Outbox& out);
  void proceed_leaving(Instant now, Outbox& out);
  void partner_may_take(Instant now);
  void proceed_failures(Instant now, Outbox& out);
  void proceed_failback(Instant now, Outbox& out);
  void proceed_reminder(Instant now);
  void remind(Outbox& out);
  void proceed_orphans(Instant now);
  [[nodiscard]] wire::Hold orphans() const;
  void ask_for_orphans(Outbox& out);
  void take_orphans(Instant now, Outbox& out);
  void yield_legacy_groups(Instant now, Outbox& out);
  void each_its_own(Instant now, Outbox& out);
  void proceed_legacy_requests(Outbox& out);
  void proceed_inquiry(Instant now);
  void tell_takeover(const NodeName& peer, Outbox& out);
  void tell_settled(Outbox& out);

  NodeName self_;
  bool manage_;
  bool fencing_ = false;
  Failback failback_{};
  Duration patience_{};  // a partner that is heard answers within it
  std::vector<ResourceGroup> groups_;

  Holdings holdings_;
  Partner partner_;
  Standby standby_;
  Phase phase_ = Phase::kIdle;
  wire::Hold want_;
  wire::Hold failed_;  // sides with a group that failed here, to be moved
  std::optional<wire::TakeoverRequest> takeover_owed_;  // sent when all here is settled
  std::set<NodeName> awaited_;
  bool failback_owed_ = false;
  bool reported_stable_ = false;      // our last report
  bool starting_unanswered_ = false;  // the partner said "starting" before we could answer
  bool starting_repeated_ = false;
  bool announced_ = false;  // the others know that we take part; they are told when we leave
  bool acquisition_told_ = false;
  std::optional<NodeName> taking_from_;      // until all is tried that it held
  std::optional<Instant> heal_deadline_;     // an old partner should have restarted by then
  std::optional<Instant> relearn_deadline_;  // after a lapse: the partner's word must come by then
  std::optional<Instant> inquire_deadline_;  // a partner in flux is asked again then
  std::optional<Instant> orphan_deadline_;   // a side that nobody holds is asked for then
  std::optional<Instant> move_again_;  // until then the partner is not asked to take what fails
  bool spoke_ = false;                 // of resources, in this step
  std::optional<Instant> reminder_deadline_;  // an old partner is told our state once more
  std::optional<Instant> linger_deadline_;
  bool claim_owed_ = false;  // legacy: our groups are asked for when the partner is a full member
  bool clients_stopped_ = false;
  std::vector<GroupKey> legacy_requests_;  // of the partner; answered when released
};

}  // namespace hb::core
