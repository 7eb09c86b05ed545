#include "core/node.h"

#include <algorithm>
#include <tuple>
#include <type_traits>
#include <utility>

#include "base/overloaded.h"
#include "base/random.h"
#include "core/events.h"
#include "core/fencing/fencing.h"
#include "core/liveness/peer_watch.h"
#include "core/liveness/ping_nodes.h"
#include "core/membership/heartbeat_rhythm.h"
#include "core/membership/membership.h"
#include "core/membership/peer.h"
#include "core/membership/startup.h"
#include "core/outbox.h"
#include "core/resources/resource_machine.h"
#include "core/ring/ring_relay.h"
#include "core/sequence/ack_window.h"

namespace hb::core {
namespace {

using wire::NodeState;

// A restart that keeps its resources is announced by a deadtime 30 s above that of ha.cf
// (ha-cf 11.2). What was announced before may be longer than that of ha.cf: by 2 s for the first 5
// s of a life, and by 2 s for each client that is being started (ha-cf 14). Nothing else makes it
// grow by so much.
constexpr Duration kKeepingRestart = 20s;

// Number of our extension of the protocol, announced in every status.
constexpr int kExtendedProtocol = 1;

// A peer that has said nothing but its status in so many packets has no client that waits for an
// acknowledgement, and gets every third of those that are due.
constexpr std::uint64_t kCalmAfter = 250;
constexpr std::uint64_t kAcksInCalm = 3;

// What a node can say of itself; that one is dead, or answers pings, others find out. Believed, it
// would be a death that nobody follows up.
bool is_own_word(NodeState state) {
  return state == NodeState::kInit || state == NodeState::kUp || state == NodeState::kActive;
}

void earliest(std::optional<Instant>& best, std::optional<Instant> candidate) {
  if (candidate) best = std::min(best.value_or(*candidate), *candidate);
}

}  // namespace

class Node::Impl {
 public:
  explicit Impl(Settings settings)
      : settings_(std::move(settings)),
        random_(settings_.seed),
        pings_(settings_),
        out_(settings_),
        membership_(settings_),
        watch_(settings_, peers_),
        resources_(settings_),
        fencing_(settings_),
        rhythm_(settings_) {}

  const Effects& step(Instant now, const Input& input) {
    const std::optional<Duration> lapse = started_ ? watch_.awake(now) : std::nullopt;
    const auto* reached = std::get_if<DeadlineReached>(&input);
    if (reached && !lapse && only_beat_due(now)) {
      beat_alone(now);
      if (reached->heartbeats_read) {
        on(now, *reached);
        look_ahead();
      }
      return out_.effects();
    }
    beat_was_alone_ = false;
    out_.begin_step();
    if (lapse) lapsed(*lapse, now);
    std::visit([&](const auto& in) { on(now, in); }, input);
    if (started_) proceed(now);
    look_ahead();
    return out_.effects();
  }

  std::optional<Instant> next_deadline() const {
    std::optional<Instant> next = more_due_;
    if (started_ && !left_) earliest(next, rhythm_.next());
    return next;
  }

  NodeState state() const { return state_; }

  std::vector<PeerView> peers() const {
    std::vector<PeerView> views;
    for (const auto& [name, peer] : peers_) {
      PeerView view{.name = name,
                    .state = peer.state,
                    .last_heard = std::nullopt,
                    .links = {},
                    .lost = peer.tracker.lost()};
      if (peer.heard) view.last_heard = peer.liveness.last_heard();
      for (const auto& [link_name, link] : peer.links) {
        view.links.emplace(link_name, LinkView{link.up, link.statistics});
      }
      views.push_back(std::move(view));
    }
    return views;
  }

  std::vector<PingNodeView> ping_nodes() const { return pings_.views(); }

  TableSizes table_sizes() const {
    TableSizes sizes{.history = out_.history().length(), .awaited = relay_.awaited()};
    for (const auto& [name, peer] : peers_) {
      sizes.missing = std::max(sizes.missing, peer.tracker.missing().size());
      sizes.asked_for = std::max(sizes.asked_for, peer.schedule.size());
      sizes.links = std::max(sizes.links, peer.links.size());
    }
    return sizes;
  }

  std::string resource_status() const { return resources_.status_word(); }
  bool may_remove(const NodeName& node) const {
    return membership_.may_remove(node) && !resources_.awaited().contains(node);
  }
  std::vector<NodeName> to_be_fenced() const {
    return {resources_.awaited().begin(), resources_.awaited().end()};
  }
  bool clients_paused() const { return flow_control_ && acks_.full(out_.history().highest()); }
  bool heartbeats_may_wait() const { return may_wait_; }
  // Their arrival is stamped: when they are read makes no difference to who is alive. A deadline of
  // anything but our own status may be one that they move or decide.
  bool wants_heartbeats(Instant now) const {
    return !may_wait_ || rhythm_.must_be_read(now) || more_due(now);
  }

 private:
  // --- what is ahead ---

  // What is due beside our own status changes in a step alone, and hardly ever by one in which that
  // status is all: then no other machine is asked.
  void look_ahead() {
    more_due_ = next_deadline_but_beat();
    may_wait_ = may_wait();
  }
  bool more_due(Instant now) const { return more_due_ && *more_due_ <= now; }
  bool only_beat_due(Instant now) const {
    return announced() && !left_ && rhythm_.due(now) && !more_due(now);
  }

  std::optional<Instant> next_deadline_but_beat() const {
    std::optional<Instant> next;
    if (!started_ || left_) return next;
    if (state_ == NodeState::kUp) earliest(next, startup_.next_deadline());
    earliest(next, resources_.next_deadline());
    earliest(next, fencing_.next_deadline());
    earliest(next, watch_.next_deadline());
    if (!watch_.draining()) earliest(next, pings_.next_deadline());
    if (announced()) {
      for (const auto& [name, peer] : peers_) earliest(next, peer.schedule.next());
    }
    return next;
  }

  // Who was not heard in time before they were last read may have lost more than that, and the
  // sooner its next word is read, the sooner we ask for it.
  bool may_wait() const {
    return state_ == NodeState::kActive && !watch_.draining() && !left_ &&
           std::all_of(peers_.begin(), peers_.end(), [&](const auto& entry) {
             const Peer& peer = entry.second;
             return peer.state == NodeState::kActive && peer.tracker.missing().empty() &&
                    peer.extended && watch_.kept_the_beat(peer, rhythm_.last_read());
           });
  }

  // --- inputs ---

  void on(Instant now, const Started&) {
    started_ = true;
    (void)watch_.awake(now);  // from now on
    rhythm_.restart(now);
    membership_.begin(now, random_, out_);
    // Who may come is not known: everybody gets the time to be heard.
    if (settings_.autojoin != Autojoin::kNone) startup_.not_before(now + settings_.initdead);
    pings_.begin(now);
    resources_.begin(now, out_);
  }

  void on(Instant, const HostReport& report) {
    out_.host_report(report);
    membership_.wall_clock(report.wall_seconds);
  }
  void on(Instant now, const DeadlineReached& reached) {
    if (reached.heartbeats_read) rhythm_.read(now, peers_.size());
  }
  void on(Instant now, const PingAnswered& answer) { pings_.answered(answer.node, now, out_); }

  void on(Instant now, const MediaDrained&) {
    if (!watch_.drained()) return;
    for (auto& [name, peer] : peers_) {
      if (watch_.declare_dead_if_silent(peer, now, out_)) peer_died(peer, now);
    }
    pings_.judge(now, out_);
  }

  void on(Instant now, const LinkLost& lost) { watch_.link_lost(lost.link, now, out_); }
  void on(Instant now, const AgentFinished& outcome) {
    resources_.agent_finished(outcome, now, out_);
  }
  void on(Instant now, const FenceFinished& outcome) {
    const std::optional<NodeName> down = fencing_.finished(outcome, now, out_);
    if (down) resources_.peer_fenced(*down, now, out_);
  }
  void on(Instant now, const GroupsChanged& change) {
    resources_.groups_changed(change, now, out_);
  }
  void on(Instant now, const ShutdownRequested&) { resources_.shutdown_wanted(now, out_); }
  void on(Instant now, const ClientsStopped&) { resources_.clients_stopped(now, out_); }

  void on(Instant now, const SettingsChanged& change) {
    settings_ = change.settings;
    rhythm_.configure(settings_);
    watch_.configure(settings_);
    out_.configure(settings_);
    membership_.keep(resources_.awaited());
    nodes_changed(membership_.configure(settings_, now, random_, out_), now);
    pings_.configure(settings_, now);
    resources_.configure(settings_);
    fencing_.configure(settings_.fencing);
    // A longer silence of ours must be announced before it begins.
    if (announced()) send_status(now);
    rhythm_.no_later(now);
  }

  void on(Instant now, const Injected& injected) {
    std::visit(
        Overloaded{
            [&](const wire::StandbyMessage& m) { resources_.standby_wanted(m.set, now, out_); },
            [&](const wire::TakeoverRequest& m) { resources_.takeover_wanted(m, now, out_); },
            [&](const wire::FenceResult& m) {
              if (m.result == kFenceByOperator) operator_confirms(m.node, now);
            },
            [&](const wire::Other& m) {
              out_.send(m, injected.dest);
              run_event_script(out_.sent_header(), m);
            },
            [&](const wire::AddNodes& m) { administer_all(m, now); },
            [&](const wire::DeleteNodes& m) { administer_all(m, now); },
            [&](const wire::SetWeight& m) { administer_all(m, now); },
            [&](const wire::SetSite& m) { administer_all(m, now); },
            // The rest is the daemon's own; scripts have no business to say it.
            [](const auto&) {},
        },
        injected.body);
  }

  void operator_confirms(const NodeName& peer, Instant now) {
    const std::optional<NodeName> down = fencing_.confirmed_by_operator(peer, out_);
    if (down) resources_.peer_fenced(*down, now, out_);
  }

  void on(Instant now, const PacketReceived& received) {
    const wire::Header& header = received.packet.header;
    // It bears no number and can be played back: only the medium of a ping node speaks for it, and
    // nobody for a peer.
    if (std::holds_alternative<wire::PingStatus>(received.packet.body)) {
      out_.note(NoteId::kPingFromNode, header.src.value(), received.link.value());
      return;
    }
    if (header.src == settings_.self) {  // our own, back from a broadcast medium
      membership_.heard_own_name(header, out_);
      return;
    }
    const auto found = peers_.find(header.src);
    if (found == peers_.end()) {
      if (membership_.heard_stranger(header, received.link, now, random_, out_))
        nodes_changed({}, now);
      return;
    }
    Peer& peer = found->second;
    const Instant heard_at = now - received.waited;
    if (!header.seq) {
      if (received.by_serial)
        pass_on(received, relay_.pass_on(received.packet, settings_.self, now));
      on_unsequenced(peer, received.packet, now);
      return;
    }
    if (!std::holds_alternative<wire::Status>(received.packet.body))
      peer.last_news = std::max(peer.last_news, *header.seq);
    const Generation life = peer.tracker.generation();
    if (!admit(peer, received, heard_at, now)) return;
    membership_.learn_uuid(peer, header, peer.tracker.generation() != life, out_);
    if (!membership_.is_for_us(header)) return;
    if (const auto* status = std::get_if<wire::Status>(&received.packet.body)) {
      handle_status(peer, header, *status, heard_at, now);
      return;
    }
    if (const auto* other = std::get_if<wire::Other>(&received.packet.body)) {
      if (!other->malformed) run_event_script(header, *other);
      return;
    }
    std::visit([&](const auto& body) { handle(peer, *header.seq, body, now); },
               received.packet.body);
  }

  // --- the receive pipeline (spec: wire-protocol 10, 11) ---

  // Whether the packet is to be handled. Counts it as a sign of life and of its link.
  bool admit(Peer& peer, const PacketReceived& received, Instant heard_at, Instant now) {
    const wire::Header& header = received.packet.header;
    const LinkName& link = received.link;
    const bool was_dead = peer.dead();
    const Admission admission = peer.tracker.admit(header.generation, *header.seq);
    if (received.by_serial) pass_on(received, relay_.pass_on(header, admission));
    switch (admission) {
      case Admission::kStaleGeneration:
        membership_.heard_stale(header, out_);
        out_.note(NoteId::kReplay, peer.name.value(), std::to_string(header.generation.value()),
                  std::to_string(peer.tracker.generation().value()));
        return false;
      case Admission::kOld:
        return false;
      case Admission::kDuplicate:
        watch_.link_heard(peer, link, *header.seq, heard_at, out_);
        return false;
      case Admission::kFilled:  // sent earlier: no sign that the peer lives now
        watch_.link_heard(peer, link, *header.seq, heard_at, out_);
        follow_up_sequence(peer, now);
        return true;
      case Admission::kNewIncarnation:
        membership_.restarted(header);
        peer_restarted(peer, was_dead, now);
        break;
      case Admission::kJump:
        out_.note(NoteId::kGapTooLarge, peer.name.value());
        [[fallthrough]];
      case Admission::kDeliver:
      case Admission::kGap:
        if (was_dead) peer_returned(peer, now);
        break;
    }
    heard(peer, heard_at, now);
    watch_.link_heard(peer, link, *header.seq, heard_at, out_);
    follow_up_sequence(peer, now);
    return true;
  }

  void heard(Peer& peer, Instant heard_at, Instant now) {
    peer.liveness.heard(heard_at);
    if (std::exchange(peer.heard, true)) return;
    if (peer.dead()) return;
    acks_.peer_alive(peer.name, out_.history().highest());
    resources_.peer_alive(peer.name, now, out_);
  }

  // What a neighbour on a serial line says, others behind us hear through us.
  void pass_on(const PacketReceived& received, std::optional<unsigned> ttl) {
    if (ttl) out_.add(PassOn{received.link, *ttl});
  }

  void follow_up_sequence(Peer& peer, Instant now) {
    if (const std::uint64_t count = peer.tracker.take_pushed_out(); count > 0)
      out_.note(NoteId::kTooManyMissing, peer.name.value(), std::to_string(count));
    peer.schedule.follow(peer.tracker.missing(), now, random_);
    const std::optional<SeqNo> due = peer.tracker.take_due_ack();
    if (due && flow_control_ && announced() && !may_skip_ack(peer, *due))
      out_.send(wire::Ack{*due}, peer.name);
  }

  // Of ours; a 3.0.6 gets what it expects.
  static bool may_skip_ack(const Peer& peer, SeqNo due) {
    return peer.extended && due.value() > peer.last_news.value() + kCalmAfter &&
           due.value() / kAckEvery % kAcksInCalm != 0;
  }

  // --- who belongs to the cluster ---

  void nodes_changed(const Membership::Names& gone, Instant now) {
    for (const NodeName& name : gone) {
      acks_.peer_gone(name);
      resources_.peer_removed(name, now, out_);
    }
    watch_.peers_changed();
  }

  // An administrator's word, here or on a peer, is for all nodes.
  template <class Command>
  void administer(const Command& command, Instant now) {
    if constexpr (std::is_same_v<Command, wire::DeleteNodes>) {
      if (names_us(command)) {
        out_.note(NoteId::kDeletedHere);
        resources_.shutdown_wanted(now, out_);
        return;
      }
    }
    membership_.keep(resources_.awaited());
    nodes_changed(membership_.on(command, now, random_, out_), now);
  }
  template <class Command>
  void administer_all(const Command& command, Instant now) {
    if constexpr (std::is_same_v<Command, wire::DeleteNodes>) {
      // Whoever hears its own name leaves: a refusal must not reach the others.
      membership_.keep(resources_.awaited());
      if (!names_us(command) && !membership_.may_delete(command, out_)) return;
    }
    out_.send(command);
    administer(command, now);
  }

  bool names_us(const wire::DeleteNodes& command) const {
    return std::find(command.nodes.begin(), command.nodes.end(), settings_.self) !=
           command.nodes.end();
  }

  // NS_ types stand outside the sequence and are not protected against replay: they prove nothing
  // about their sender's life.
  void on_unsequenced(Peer& peer, const wire::Packet& packet, Instant now) {
    if (packet.header.dest && *packet.header.dest != settings_.self &&
        !std::holds_alternative<wire::RetransmitNak>(packet.body)) {
      return;
    }
    std::visit(Overloaded{
                   [&](const wire::Ack& m) {
                     acks_.acknowledged(peer.name, m.acknowledged, out_.history().highest());
                   },
                   [&](const wire::RetransmitRequest& m) { answer(peer, m, now); },
                   [&](const wire::RetransmitNak& m) { lose_packet(peer, m.seq, now); },
                   [](const auto&) {},
               },
               packet.body);
  }

  void lose_packet(Peer& peer, SeqNo seq, Instant now) {
    if (!peer.tracker.give_up(seq)) return;
    out_.note(NoteId::kPacketLost, std::to_string(seq.value()), peer.name.value());
    follow_up_sequence(peer, now);
  }

  void answer(const Peer& peer, const wire::RetransmitRequest& request, Instant now) {
    SendHistory::Answer answer = out_.history().answer({request.first, request.last}, now);
    if (answer.invalid) {
      out_.note(NoteId::kBadRetransmitRequest, peer.name.value(),
                std::to_string(request.first.value()), std::to_string(request.last.value()));
    }
    bool word_of_resources = false;
    for (wire::Packet& packet : answer.again) {
      word_of_resources |= std::holds_alternative<wire::Starting>(packet.body) ||
                           std::holds_alternative<wire::ResourceReport>(packet.body);
      out_.send_again(std::move(packet));
    }
    if (word_of_resources) resources_.said_again(peer.name, now, out_);
    for (wire::RetransmitNak& nak : answer.refusals) out_.send(std::move(nak), peer.name);
  }

  // --- what sequenced packets say ---

  void handle_status(Peer& peer, const wire::Header& header, const wire::Status& status,
                     Instant heard_at, Instant now) {
    const SeqNo seq = *header.seq;
    if (seq < peer.last_status_seq) return;  // overtaken by a newer one
    const bool first = peer.last_status_seq.value() == 0;
    peer.last_status_seq = seq;
    watch_.status_heard(peer, heard_at, out_);
    if (!status.protocol && std::exchange(flow_control_, false)) {
      out_.note(NoteId::kFlowControlOff, peer.name.value());
    }
    if (status.deadtime_ms && *status.deadtime_ms > 0) {
      const Duration announced = std::chrono::milliseconds(*status.deadtime_ms);
      // What stood there before the first announcement was ours and says nothing of the peer's.
      // One of ours does not restart in this way; it may have a longer deadtime by a reload.
      if (!first && announced != peer.deadtime && !status.extended)
        peer.keeps_resources = announced - peer.deadtime >= kKeepingRestart;
      watch_.deadtime_announced(peer, announced);
    }
    peer.extended = status.extended.has_value();
    membership_.compare_config(peer, status.config, out_);
    if (first && settings_.tcp && !peer.extended) {
      out_.note(NoteId::kPeerWithoutTcp, peer.name.value());
    }
    if (status.state && is_own_word(*status.state) && *status.state != peer.state) {
      peer.state = *status.state;
      tell_status(peer, header);
    }
    resources_.peer_status(peer.name,
                           {.active = peer.state == NodeState::kActive,
                            .extended = peer.extended,
                            .same_groups = knows_our_groups(status)},
                           now, out_);
    // A full member already when we hear it for the first time: it came up behind a cut and
    // believed itself alone, as we did, or its words of joining were lost for good.
    if (first && startup_.done() && peer.state == NodeState::kActive)
      resources_.peer_returned(peer.name, now, out_);
  }

  bool knows_our_groups(const wire::Status& status) const {
    return status.config && settings_.config &&
           status.config->haresources == settings_.config->haresources;
  }

  void handle(Peer& peer, SeqNo, const wire::NodesRequest&, Instant) {
    if (!announced()) return;  // it asks again
    out_.send(membership_.nodes_reply(), peer.name);
  }

  void handle(Peer& peer, SeqNo, const wire::NodesReply& reply, Instant now) {
    if (startup_.done()) return;
    membership_.keep(resources_.awaited());
    const NodeName from = peer.name;  // the peers may move
    nodes_changed(membership_.on(from, reply, now, random_, out_), now);
    startup_.answered();
  }

  void handle(Peer& peer, SeqNo seq, const wire::FenceResult& told, Instant now) {
    out_.add(RunEventScript{"stonith",
                            {{"t", "stonith"},
                             {"src", peer.name.value()},
                             {"node", told.node.value()},
                             {"result", told.result}}});
    resources_.on(peer.name, seq, told, now, out_);
  }

  template <class Body>
  void handle(Peer& peer, SeqNo seq, const Body& body, Instant now) {
    if constexpr (requires { membership_.on(body, now, random_, out_); }) {
      administer(body, now);
    } else if constexpr (requires { resources_.on(peer.name, seq, body, now, out_); }) {
      resources_.on(peer.name, seq, body, now, out_);
    }
  }

  // --- life and death ---

  void peer_restarted(Peer& peer, bool was_dead, Instant now) {
    out_.note(NoteId::kNodeRestarted, peer.name.value());
    fencing_.peer_restarted(peer.name);
    watch_.restarted(peer);
    introduce_ourselves(now);
    acks_.peer_alive(peer.name, out_.history().highest());
    resources_.peer_restarted(peer.name, !was_dead, std::exchange(peer.keeps_resources, false), now,
                              out_);
  }

  // Our status must be the first that a node in its start hears of us. When an acknowledgement
  // comes before it, 3.0.6 counts us as heard, finishes its start without knowing that we are
  // active, and with `auto_failback legacy` takes its groups without asking for them.
  void introduce_ourselves(Instant now) {
    if (announced()) send_status(now);
  }

  void peer_returned(Peer& peer, Instant now) {
    const bool known_before = peer.last_status_seq.value() != 0;
    watch_.returned(peer);
    acks_.peer_alive(peer.name, out_.history().highest());
    introduce_ourselves(now);
    if (!known_before) {  // dead because it was never heard until now
      resources_.peer_restarted(peer.name, false, false, now, out_);
      return;
    }
    out_.note(NoteId::kNodeReturned, peer.name.value());
    fencing_.peer_returned(peer.name, out_);
    peer.liveness.heard(now);
    resources_.peer_returned(peer.name, now, out_);
  }

  void peer_died(Peer& peer, Instant now) {
    peer.tracker.peer_died();
    peer.schedule.follow({}, now, random_);
    acks_.peer_gone(peer.name);
    // Added while we ran and never heard: it holds nothing (client-api 4.2, trap).
    if (peer.expected || peer.tracker.generation().value() != 0)
      resources_.peer_dead(peer.name, now, out_);
  }

  void lapsed(Duration lapse, Instant now) {
    pings_.excuse(lapse, now);
    // What counts for the others is how long they did not hear us.
    const auto last_sent = rhythm_.last_sent();
    const bool beyond = last_sent && now - *last_sent >= settings_.deadtime;
    out_.note(beyond ? NoteId::kLapseBeyondDeadtime : NoteId::kLapse, std::to_string(to_ms(lapse)));
    watch_.drain(out_);
    if (beyond) resources_.lapsed(now, out_);
  }

  // --- what is due ---

  void proceed(Instant now) {
    if (resources_.left()) {
      left_ = true;
      return;
    }
    if (!announced() && resources_.cleared()) announce(now);
    if (rhythm_.due(now)) beat(now);
    if (pings_.overdue(now)) watch_.drain(out_);
    watch_.judge(now, out_);
    ask_for_missing(now);
    start_up(now);
    if (const auto due = resources_.next_deadline(); due && *due <= now)
      resources_.deadline(now, out_);
    fence(now);
    left_ = resources_.left();
    tell_resource_status();
  }

  // Of two that shoot at each other one should be first. Who holds nothing is not shot at and need
  // not wait.
  void fence(Instant now) {
    if (fencing_.idle() && resources_.awaited().empty()) return;
    std::vector<Fencing::Target> targets;
    for (const NodeName& name : resources_.awaited()) {
      targets.push_back({.peer = name,
                         .heard = !peers_.at(name).dead(),
                         .after_delay = resources_.may_be_fenced() && comes_after(name)});
    }
    fencing_.aim(targets, now, out_);
  }

  // In ha.cf; those that it does not list follow, by name.
  bool comes_after(const NodeName& peer) const {
    const auto& nodes = settings_.nodes;
    const auto of_peer = std::find(nodes.begin(), nodes.end(), peer);
    const auto own = std::find(nodes.begin(), nodes.end(), settings_.self);
    return std::tie(of_peer, peer) < std::tie(own, settings_.self);
  }

  void tell_resource_status() {
    if (!settings_.manage_resources || !startup_.done() || left_) return;
    std::string word = resources_.status_word();
    if (word == told_resource_status_) return;
    out_.note(NoteId::kResourceStatus, word);
    told_resource_status_ = std::move(word);
  }

  void announce(Instant now) {
    tell_local_status(now);
    state_ = NodeState::kUp;
    tell_local_status(now);
  }

  void tell_local_status(Instant now) {
    out_.note(NoteId::kLocalStatus, std::string(wire::word(state_)));
    send_status(now);
  }

  // Once per keepalive; before the announcement only to stay awake, so that no lapse is seen in it.
  void beat(Instant now) {
    if (announced()) {
      send_status(now);
    } else {
      rhythm_.restart(now);
    }
  }

  // Nothing else has happened since the last one in a step of its own: it is said again.
  void beat_alone(Instant now) {
    if (std::exchange(beat_was_alone_, true)) {
      out_.repeat_status();
      rhythm_.sent(now);
    } else {
      out_.begin_step();
      send_status(now);
    }
  }

  void send_status(Instant now) {
    out_.send(wire::Status{.state = state_,
                           .deadtime_ms = to_ms(settings_.deadtime),
                           .protocol = flow_control_ ? std::optional(1) : std::nullopt,
                           .extended = kExtendedProtocol,
                           .config = settings_.config});
    pings_.ask(out_);
    rhythm_.sent(now);
  }

  // Before that nothing is said, so that nobody counts us as heard while we still release what an
  // earlier life left running.
  bool announced() const { return state_ != NodeState::kInit; }

  void ask_for_missing(Instant now) {
    if (!announced()) return;
    for (auto& [name, peer] : peers_) {
      const std::vector<SeqRange> due = peer.schedule.take_due(now);
      for (const SeqRange& range : due) {
        out_.send(wire::RetransmitRequest{range.first, range.last}, name);
      }
      if (due.empty() || peer.extended) continue;
      for (const SeqNo seq : peer.schedule.hopeless()) lose_packet(peer, seq, now);
    }
  }

  void start_up(Instant now) {
    if (state_ != NodeState::kUp) return;
    StartUp::View view{.all_known = true, .living = std::nullopt, .flow_control = flow_control_};
    for (const NodeName& name : others()) {
      const Peer& peer = peers_.at(name);
      // Any packet would do for 3.0.6; ours waits for the status, so that a full member is not
      // taken for one that is starting too.
      if (!peer.dead() && !(peer.heard && peer.last_status_at)) view.all_known = false;
      if (!view.living && !peer.dead()) view.living = name;
    }
    switch (startup_.next(view, now)) {
      case StartUp::Action::kNone:
        return;
      case StartUp::Action::kAskNodes:
        out_.send(wire::NodesRequest{}, view.living);
        return;
      case StartUp::Action::kBecomeActive:
        communication_up(now);
        return;
    }
  }

  void communication_up(Instant now) {
    state_ = NodeState::kActive;
    watch_.communication_up();
    pings_.communication_up();
    out_.note(NoteId::kCommunicationUp);
    tell_local_status(now);
    out_.add(CommunicationUp{});
    if (settings_.manage_resources) resources_.communication_up(others(), now, out_);
  }

  // In the order of their admission.
  std::vector<NodeName> others() const {
    std::vector<NodeName> names = membership_.roster().names();
    std::erase(names, settings_.self);
    return names;
  }

  // --- telling scripts and operators ---

  void tell_status(const Peer& peer, const wire::Header& header) {
    const std::string word(wire::word(peer.state));
    out_.note(NoteId::kStatusUpdate, peer.name.value(), word);
    RunEventScript script = event_of("status", header);
    script.fields.emplace_back("st", word);
    out_.add(std::move(script));
  }

  void run_event_script(const wire::Header& header, const wire::Other& message) {
    RunEventScript script = event_of(message.type, header);
    for (const wire::Field& field : message.message.fields()) {
      if (field.type == wire::FieldType::kString && field.name != "t" && field.name != "src") {
        script.fields.emplace_back(field.name, field.bytes);
      }
    }
    out_.add(std::move(script));
  }

  Settings settings_;
  Random random_;
  PingNodes pings_;
  Outbox out_;
  Membership membership_;
  Peers& peers_ = membership_.peers();
  PeerWatch watch_;
  ResourceMachine resources_;
  Fencing fencing_;
  HeartbeatRhythm rhythm_;
  StartUp startup_;
  AckWindow acks_;
  RingRelay relay_;
  NodeState state_ = NodeState::kInit;
  std::optional<Instant> more_due_;  // what is due next beside it
  bool may_wait_ = false;            // heartbeats of peers
  bool beat_was_alone_ = false;      // the last step said it and did nothing else
  bool started_ = false;
  bool flow_control_ = true;
  bool left_ = false;
  std::string told_resource_status_;
};

Node::Node(Settings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
Node::~Node() = default;
Node::Node(Node&&) noexcept = default;
Node& Node::operator=(Node&&) noexcept = default;

const Effects& Node::step(Instant now, const Input& input) { return impl_->step(now, input); }
std::optional<Instant> Node::next_deadline() const { return impl_->next_deadline(); }
wire::NodeState Node::state() const { return impl_->state(); }
std::vector<PeerView> Node::peers() const { return impl_->peers(); }
std::string Node::resource_status() const { return impl_->resource_status(); }
std::vector<PingNodeView> Node::ping_nodes() const { return impl_->ping_nodes(); }
TableSizes Node::table_sizes() const { return impl_->table_sizes(); }
bool Node::may_remove(const NodeName& node) const { return impl_->may_remove(node); }
std::vector<NodeName> Node::to_be_fenced() const { return impl_->to_be_fenced(); }
bool Node::clients_paused() const { return impl_->clients_paused(); }
bool Node::heartbeats_may_wait() const { return impl_->heartbeats_may_wait(); }
bool Node::wants_heartbeats(Instant now) const { return impl_->wants_heartbeats(now); }

}  // namespace hb::core
