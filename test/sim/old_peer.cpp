#include "sim/old_peer.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include "base/overloaded.h"
#include "base/random.h"
#include "sim/old_host.h"
#include "sim/old_resources.h"

namespace hb::sim {
namespace {

using namespace std::chrono_literals;
using wire::NodeState;

// Spec: wire-protocol 15.
constexpr Duration kCheck = 250ms;
constexpr Duration kStartExtension = 2s;  // of the announced deadtime, while starting
constexpr Duration kStartTime = 5s;
constexpr Duration kRestartExtension = 30s;
constexpr Duration kAskNodesAgain = 1s;
constexpr Duration kRestartAfterReturn = 2s;
constexpr Duration kLeastRequestDelay = 50ms;
constexpr Duration kResendSlack = 10ms;
constexpr std::uint64_t kAckEvery = 10;
constexpr std::uint64_t kLargestGap = 250;
constexpr std::size_t kMostMissing = 500;
constexpr std::size_t kHistory = 500;
constexpr std::size_t kBatch = 50;

enum class Verdict : std::uint8_t { kKeep, kDuplicate, kDrop };

}  // namespace

class OldPeer::Impl final : public OldHost {
 public:
  Impl(core::Settings settings, bool flow_control)
      : settings_(std::move(settings)),
        random_(settings_.seed),
        resources_(*this, settings_),
        flow_control_(flow_control) {}

  core::Effects step(Instant now, const core::Input& input) {
    now_ = now;
    if (!left_) {
      std::visit([&](const auto& in) { on(in); }, input);
      resources_.proceed();
    }
    while (!left_ && !timers_.empty() && timers_.begin()->first <= now_) {
      const std::function<void()> due = std::move(timers_.begin()->second);
      timers_.erase(timers_.begin());
      due();
      resources_.proceed();
    }
    return std::exchange(effects_, {});
  }

  std::optional<Instant> next_deadline() const {
    if (left_ || timers_.empty()) return std::nullopt;
    return timers_.begin()->first;
  }

  NodeState state() const { return state_; }
  std::optional<Duration> starts_again_after() const { return start_again_after_; }
  std::string resource_status() const {
    return settings_.manage_resources ? resources_.status_word() : "none";
  }
  bool handing_over() const { return resources_.handing_over(); }

  std::vector<core::PeerView> peers() const {
    std::vector<core::PeerView> views;
    for (const auto& [name, node] : nodes_) {
      if (name == settings_.self) continue;
      views.push_back({.name = name, .state = node.state, .last_heard = std::nullopt, .links = {}});
      if (node.status_seq) views.back().last_heard = node.status_at;
    }
    return views;
  }

  // --- what the resource machine may ask (OldHost) ---

  void say(wire::Body body, std::optional<NodeName> dest) override {
    wire::Packet packet{.header = header(body, std::move(dest)), .body = std::move(body)};
    if (packet.header.seq) {
      if (history_.size() == kHistory) history_.erase(history_.begin());
      history_.emplace(*packet.header.seq, Sent{packet, std::nullopt});
    }
    receive(packet);
    effect(core::Send{std::move(packet)});
  }

  void after(Duration delay, std::function<void()> then) override {
    timers_.emplace(now_ + delay, std::move(then));
  }
  void effect(core::Effect effect) override { effects_.push_back(std::move(effect)); }
  Instant now() const override { return now_; }

  bool other_active() const override {
    return std::any_of(nodes_.begin(), nodes_.end(), [&](const auto& entry) {
      return entry.first != settings_.self && entry.second.state == NodeState::kActive;
    });
  }

  // A stop goes on being heard for two seconds, a restart for one.
  void released() override {
    if (restarting_) {
      deadtime_extension_ = kRestartExtension;
      send_status();
    }
    after(restarting_ ? 1s : 2s, [this] { leave(); });
  }

 private:
  struct Node {
    NodeState state = NodeState::kInit;
    bool heard = false;  // since its last death
    bool ever_heard = false;
    Duration deadtime{};  // announced; ours until then
    Uuid uuid;
    Generation generation;
    std::optional<SeqNo> last;
    std::set<SeqNo> missing;
    std::uint64_t resets = 0;  // requests of before a reset are void
    SeqNo acknowledged;        // of ours, by it
    std::uint64_t ack_trigger = 0;
    Instant status_at{};  // or when the entry was made
    std::uint64_t status_timestamp = 0;
    std::optional<SeqNo> status_seq;
  };
  struct Sent {
    wire::Packet packet;
    std::optional<Instant> resent;
  };

  // --- inputs ---

  void on(const core::HostReport& report) { host_ = report; }
  void on(const core::PingAnswered&) {}  // it asks nobody here
  void on(const core::DeadlineReached&) {}

  void on(const core::Started&) {
    for (const NodeName& name : settings_.nodes) {
      Node node;
      node.deadtime = settings_.deadtime;
      node.ack_trigger = random_.below(kAckEvery);
      node.status_at = now_;
      nodes_.emplace(name, std::move(node));
    }
    deadtime_extension_ = kStartExtension;
    send_status();
    set_state(NodeState::kUp);
    send_status();
    after(settings_.keepalive, [this] { beat(); });
    after(kCheck, [this] { check(); });
    after(kStartTime, [this] {
      if (restarting_) return;
      deadtime_extension_ = Duration(0);
      send_status();
    });
  }

  void on(const core::PacketReceived& received) { receive(received.packet); }

  // A node that was held up has read what waited by the time at which it looks for silence.
  void on(const core::MediaDrained&) {
    for (auto& [name, node] : nodes_) {
      if (silent(name, node)) declare_dead(name, node);
    }
    start_up();
  }

  void on(const core::Injected& injected) { say(injected.body, injected.dest); }
  void on(const core::FenceFinished&) {}  // it has no device
  void on(const core::AgentFinished& outcome) { resources_.agent_finished(outcome); }
  void on(const core::GroupsChanged& change) { resources_.groups_changed(change.groups); }
  void on(const core::ClientsStopped&) {}   // it has none
  void on(const core::LinkLost&) {}         // it goes by what it hears
  void on(const core::SettingsChanged&) {}  // it would restart; that is a fault of its own
  void on(const core::ShutdownRequested&) {
    if (settings_.manage_resources) {
      resources_.shutdown_wanted();
    } else {
      after(1s, [this] { leave(); });
    }
  }

  // --- by the clock ---

  void beat() {
    send_status();
    after(settings_.keepalive, [this] { beat(); });
  }

  void check() {
    for (const auto& [name, node] : nodes_) {
      if (silent(name, node)) {
        effect(core::DrainMedia{});
        break;
      }
    }
    start_up();
    if (settings_.manage_resources) resources_.poll();
    after(kCheck, [this] { check(); });
  }

  // Its own heartbeats it hears as it sends them, so it is never silent to itself here.
  bool silent(const NodeName& name, const Node& node) const {
    if (name == settings_.self || node.state == NodeState::kDead) return false;
    return now_ - node.status_at > (communication_up_ ? node.deadtime : settings_.initdead);
  }

  // --- sending ---

  wire::Header header(const wire::Body& body, std::optional<NodeName> dest) {
    wire::Header header;
    header.src = settings_.self;
    header.src_uuid = settings_.uuid;
    header.generation = settings_.generation;
    header.timestamp = host_.wall_seconds;
    header.ttl = settings_.hopfudge + static_cast<unsigned>(settings_.nodes.size());
    if (dest) {
      const auto known = nodes_.find(*dest);
      if (known != nodes_.end()) header.dest_uuid = known->second.uuid;
      header.dest = std::move(dest);
    }
    if (wire::is_sequenced(body)) {
      highest_ = next(highest_);
      header.seq = highest_;
      header.load = host_.load;
    }
    return header;
  }

  void send_status() {
    say(wire::Status{.state = state_,
                     .deadtime_ms = to_ms(settings_.deadtime + deadtime_extension_),
                     .protocol = flow_control_ ? std::optional(1) : std::nullopt,
                     .extended = std::nullopt},
        {});
  }

  void set_state(NodeState state) {
    state_ = state;
    effect(core::Note{core::NoteId::kLocalStatus, {std::string(wire::word(state))}});
    send_status();
  }

  // --- the receive pipeline (spec: wire-protocol 10, 11) ---

  void receive(const wire::Packet& packet) {
    const wire::Header& header = packet.header;
    const auto found = nodes_.find(header.src);
    if (found == nodes_.end() || header.timestamp == 0) return;
    const NodeName& from = found->first;
    Node& node = found->second;
    node.heard = node.ever_heard = true;
    if (header.src_uuid && !header.src_uuid->is_null()) node.uuid = *header.src_uuid;
    if (!header.seq) {
      const bool refusal = std::holds_alternative<wire::RetransmitNak>(packet.body);
      if (!header.dest || *header.dest == settings_.self || refusal)
        unsequenced(from, node, packet);
      return;
    }
    const auto* status = std::get_if<wire::Status>(&packet.body);
    if (judge_generation(from, node, header, status != nullptr) != Verdict::kKeep) return;
    if (judge_number(from, node, *header.seq) != Verdict::kKeep || !for_us(header)) return;
    if (settings_.manage_resources) resources_.expire_standby();
    std::visit([&](const auto& body) { handle(from, node, header, body); }, packet.body);
  }

  bool for_us(const wire::Header& header) const {
    if (header.dest_uuid && !header.dest_uuid->is_null())
      return *header.dest_uuid == settings_.uuid;
    return !header.dest || *header.dest == settings_.self;
  }

  Verdict judge_generation(const NodeName& from, Node& node, const wire::Header& header,
                           bool is_status) {
    if (header.generation < node.generation) return Verdict::kDrop;
    if (!is_status) return Verdict::kKeep;
    if (header.generation > node.generation) {
      if (node.generation.value() != 0 && from != settings_.self)
        effect(core::Note{core::NoteId::kNodeRestarted, {from.value()}});
      node.generation = header.generation;
      node.status_seq.reset();
      reset(node);
      resources_.peer_restarted();
    } else if (node.state == NodeState::kDead && header.generation.value() != 0) {
      if (node.status_seq && *header.seq <= *node.status_seq) return Verdict::kDrop;
      returned(from);
    }
    return Verdict::kKeep;
  }

  static void reset(Node& node) {
    node.last.reset();
    node.missing.clear();
    node.acknowledged = SeqNo(0);
    ++node.resets;
  }

  Verdict judge_number(const NodeName& from, Node& node, SeqNo seq) {
    if (seq.value() == 0) return Verdict::kDrop;
    if (!node.last || seq == next(*node.last)) {
      node.last = seq;
      const bool trigger = seq.value() % kAckEvery == node.ack_trigger;
      if (trigger && node.missing.empty()) acknowledge(from, seq);
      return Verdict::kKeep;
    }
    if (seq == *node.last) return Verdict::kDuplicate;
    if (seq < *node.last) return fill(from, node, seq);
    if (seq.value() - node.last->value() - 1 > kLargestGap) {
      reset(node);
    } else {
      for (SeqNo n = next(*node.last); n < seq; n = next(n)) miss(from, node, n);
    }
    node.last = seq;
    return Verdict::kKeep;
  }

  Verdict fill(const NodeName& from, Node& node, SeqNo seq) {
    const auto found = node.missing.find(seq);
    if (found == node.missing.end()) return Verdict::kDrop;
    const bool smallest = found == node.missing.begin();
    node.missing.erase(found);
    if (smallest && !node.missing.empty()) {
      std::uint64_t complete = node.missing.begin()->value() - 1;
      while (complete > 0 && complete % kAckEvery != node.ack_trigger) --complete;
      if (complete >= seq.value()) acknowledge(from, SeqNo(complete));
    }
    return Verdict::kKeep;
  }

  void acknowledge(const NodeName& from, SeqNo seq) {
    if (flow_control_) say(wire::Ack{seq}, from);
  }

  void miss(const NodeName& from, Node& node, SeqNo seq) {
    if (node.missing.size() >= kMostMissing) node.missing.erase(node.missing.begin());
    node.missing.insert(seq);
    const Duration longest = settings_.max_rexmit_delay;
    const Duration least = longest < 2 * kLeastRequestDelay ? Duration(0) : kLeastRequestDelay;
    after(random_.between(least, longest),
          [this, from, seq, resets = node.resets] { ask(from, seq, resets); });
  }

  void ask(const NodeName& from, SeqNo seq, std::uint64_t resets) {
    const Node& node = nodes_.at(from);
    if (node.resets != resets || !node.missing.contains(seq)) return;
    if (node.state != NodeState::kUp && node.state != NodeState::kActive) return;
    say(wire::RetransmitRequest{seq, seq}, from);
    after(std::max<Duration>(settings_.max_rexmit_delay, 1ms),
          [this, from, seq, resets] { ask(from, seq, resets); });
  }

  void unsequenced(const NodeName& from, Node& node, const wire::Packet& packet) {
    std::visit(Overloaded{
                   [&](const wire::Ack& m) {
                     if (m.acknowledged <= highest_)
                       node.acknowledged = std::max(node.acknowledged, m.acknowledged);
                   },
                   [&](const wire::RetransmitRequest& m) {
                     if (from != settings_.self) answer(from, node, m);
                   },
                   [&](const wire::RetransmitNak& m) { node.missing.erase(m.seq); },
                   [](const auto&) {},
               },
               packet.body);
  }

  void answer(const NodeName& from, const Node& node, const wire::RetransmitRequest& request) {
    if (request.first.value() == 0 || request.first > request.last) return;
    std::size_t resent = 0;
    const SeqNo last = std::min(request.last, highest_);
    for (SeqNo n = std::max(request.first, next(node.acknowledged)); n <= last; n = next(n)) {
      const auto found = history_.find(n);
      if (found == history_.end()) {
        say(wire::RetransmitNak{n, "seqno too low"}, from);
        continue;
      }
      Sent& sent = found->second;
      if (sent.resent && now_ - *sent.resent < settings_.max_rexmit_delay - kResendSlack) continue;
      if (++resent > kBatch) return;
      sent.resent = now_;
      effect(core::Send{sent.packet});
    }
  }

  // --- what the types say ---

  void handle(const NodeName& from, Node& node, const wire::Header& header,
              const wire::Status& status) {
    if (!status.state) return;
    const bool first = !node.status_seq;
    if (!first && header.timestamp < node.status_timestamp && *header.seq < *node.status_seq)
      return;
    if (!status.protocol) flow_control_ = false;
    // The defect: what the sender announced does not protect it.
    if (!first && from != settings_.self && now_ - node.status_at > settings_.deadtime) {
      effect(core::Note{core::NoteId::kLateBeyondDeadtime,
                        {from.value(), std::to_string(to_ms(now_ - node.status_at))}});
      declare_dead(from, node);
    }
    if (*status.state != node.state && from != settings_.self) {
      effect(core::Note{core::NoteId::kStatusUpdate,
                        {from.value(), std::string(wire::word(*status.state))}});
    }
    node.state = *status.state;
    if (status.deadtime_ms) node.deadtime = std::chrono::milliseconds(*status.deadtime_ms);
    node.status_timestamp = header.timestamp;
    node.status_at = now_;
    node.status_seq = header.seq;
    start_up();
  }

  void handle(const NodeName& from, Node&, const wire::Header&, const wire::NodesRequest&) {
    if (from != settings_.self)
      say(wire::NodesReply{.nodes = settings_.nodes, .deleted = {}}, from);
  }

  void handle(const NodeName& from, Node&, const wire::Header&, const wire::NodesReply&) {
    if (from == settings_.self || communication_up_) return;
    become_active();
  }

  template <class Body>
  void handle(const NodeName& from, Node&, const wire::Header&, const Body& body) {
    if constexpr (requires { resources_.on(from, body); }) {
      if (settings_.manage_resources) resources_.on(from, body);
    }
  }

  // --- start, death, return (spec: wire-protocol 12) ---

  void start_up() {
    if (communication_up_ || nodes_asked_) return;
    for (const NodeName& name : settings_.nodes) {
      const Node& node = nodes_.at(name);
      if (!node.heard && node.state != NodeState::kDead) return;
    }
    nodes_asked_ = true;
    ask_nodes();
  }

  void ask_nodes() {
    if (communication_up_) return;
    const auto living =
        std::find_if(settings_.nodes.begin(), settings_.nodes.end(), [&](const NodeName& name) {
          return name != settings_.self && nodes_.at(name).state != NodeState::kDead;
        });
    if (living == settings_.nodes.end() || !flow_control_) {
      become_active();
      return;
    }
    say(wire::NodesRequest{}, *living);
    after(kAskNodesAgain, [this] { ask_nodes(); });
  }

  void become_active() {
    communication_up_ = true;
    effect(core::Note{core::NoteId::kCommunicationUp, {}});
    effect(core::CommunicationUp{});
    set_state(NodeState::kActive);
    if (!settings_.manage_resources) return;
    resources_.communication_up();
    for (const auto& [name, heard] : std::exchange(dead_before_up_, {}))
      resources_.peer_dead(name, heard);
  }

  void declare_dead(const NodeName& name, Node& node) {
    effect(core::Note{core::NoteId::kNodeDead,
                      {name.value(), std::to_string(to_ms(now_ - node.status_at)),
                       std::to_string(to_ms(node.deadtime)), "3.0.6"}});
    node.state = NodeState::kDead;
    node.heard = false;
    reset(node);
    if (!settings_.manage_resources) return;
    if (communication_up_) {
      resources_.peer_dead(name, node.ever_heard);
    } else {
      dead_before_up_[name] = node.ever_heard;
    }
  }

  void returned(const NodeName& name) {
    effect(core::Note{core::NoteId::kNodeReturned, {name.value()}});
    if (!settings_.manage_resources || std::exchange(restart_due_, true)) return;
    send_status();
    after(kRestartAfterReturn, [this] {
      restarting_ = true;
      resources_.restart();
    });
  }

  void leave() {
    if (std::exchange(left_, true)) return;
    if (restarting_)
      start_again_after_ = std::chrono::ceil<std::chrono::seconds>(settings_.deadtime) + 1s;
    effect(core::Note{core::NoteId::kShutdownComplete, {settings_.self.value()}});
    effect(core::Exit{});
  }

  core::Settings settings_;
  Random random_;
  core::HostReport host_;
  OldResources resources_;
  Instant now_{};
  core::Effects effects_;
  std::multimap<Instant, std::function<void()>> timers_;
  std::map<NodeName, Node> nodes_;           // ourselves included
  std::map<NodeName, bool> dead_before_up_;  // whether it was ever heard
  std::map<SeqNo, Sent> history_;
  SeqNo highest_;
  NodeState state_ = NodeState::kInit;
  Duration deadtime_extension_{};
  bool flow_control_;
  bool communication_up_ = false;
  bool nodes_asked_ = false;
  bool restart_due_ = false;
  bool restarting_ = false;
  bool left_ = false;
  std::optional<Duration> start_again_after_;
};

OldPeer::OldPeer(core::Settings settings, bool flow_control)
    : impl_(std::make_unique<Impl>(std::move(settings), flow_control)) {}
OldPeer::~OldPeer() = default;
OldPeer::OldPeer(OldPeer&&) noexcept = default;
OldPeer& OldPeer::operator=(OldPeer&&) noexcept = default;

core::Effects OldPeer::step(Instant now, const core::Input& input) {
  return impl_->step(now, input);
}
std::optional<Instant> OldPeer::next_deadline() const { return impl_->next_deadline(); }
NodeState OldPeer::state() const { return impl_->state(); }
std::vector<core::PeerView> OldPeer::peers() const { return impl_->peers(); }
std::string OldPeer::resource_status() const { return impl_->resource_status(); }
bool OldPeer::handing_over() const { return impl_->handing_over(); }
std::optional<Duration> OldPeer::starts_again_after() const { return impl_->starts_again_after(); }

}  // namespace hb::sim
