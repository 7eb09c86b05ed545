#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/overloaded.h"
#include "core/node.h"
#include "core/ring/ring_relay.h"
#include "core/sequence/send_history.h"
#include "core/sequence/sequence_tracker.h"
#include "fuzz_check.h"
#include "wire/netstring.h"
#include "wire/packet_codec.h"
#include "wire/packet_message.h"

namespace hb::fuzz {

using namespace std::chrono_literals;

// A node of the real core on a virtual clock, with the shell that it needs around it: agents and
// devices that answer, sockets that are empty when drained. Checks of every step what holds
// whatever comes in: what it says can be sent and understood, each note has a text, one input has a
// bounded number of effects, and its deadlines do not keep its caller busy.
class LiveNode {
 public:
  // A packet of 500 missing ones may be due for a request each, from each of four speakers, a
  // request is answered with at most fifty, and of a hundred nodes that die at once there is
  // something to tell of each.
  static constexpr std::size_t kMostEffects = 4000;

  explicit LiveNode(core::Settings settings) : node_(std::move(settings)) {
    step(core::HostReport{.wall_seconds = 1'700'000'000, .load = "0.00 0.00 0.00 1/1 1"});
    step(core::Started{});
  }

  void step(const core::Input& input) {
    if (ended_) return;
    check(node_.step(now_, input));
    while (!ended_ && std::exchange(drain_, false)) check(node_.step(now_, core::MediaDrained{}));
    if (!ended_ && std::exchange(stop_clients_, false)) step(core::ClientsStopped{});
  }

  // The caller is awake all the time and does what falls due.
  void run_for(Duration length) {
    const Instant end = now_ + length;
    const std::size_t allowed = 4000 + 16 * static_cast<std::size_t>(to_ms(length));
    int at_once = 0;
    for (std::size_t steps = 0; !ended_; ++steps) {
      const std::optional<Instant> due = next();
      if (!due || *due > end) break;
      HB_FUZZ_CHECK(steps < allowed);
      at_once = *due > now_ ? 0 : at_once + 1;
      HB_FUZZ_CHECK(at_once < kMostAtOnce);
      now_ = std::max(now_, *due);
      if (!agents_.empty() && agents_.front().at <= now_) {
        answer_agent();
      } else if (!fences_.empty() && fences_.begin()->first <= now_) {
        answer_fence();
      } else {
        step(core::DeadlineReached{});
      }
    }
    now_ = end;
  }

  // Nobody runs here for so long.
  void lapse(Duration length) { now_ += length; }

  // What need not be asked at every step, since it would stay wrong: to be called in the end.
  void check_views() const {
    HB_FUZZ_CHECK(node_.peers().size() <= kMostPeers);
    HB_FUZZ_CHECK(!node_.resource_status().empty());
  }

  // What agents end in from now on: every `every`-th operation so, the others well. Without a
  // result they do not end at all.
  void set_agents(unsigned every, std::optional<core::AgentResult> result) {
    every_ = every;
    result_ = result;
  }

  // What fences end in from now on, and after how long.
  void set_fences(core::FenceOutcome outcome, Duration after) {
    fence_outcome_ = outcome;
    fence_length_ = after;
  }

  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] std::uint64_t last_sent() const { return last_sent_; }
  // Steps, effects and numbers asked for so far: what a play costs, the same on every machine.
  [[nodiscard]] std::size_t work() const { return work_; }

 private:
  static constexpr int kMostAtOnce = 200;  // steps without time going on; agents count too

  struct Agent {
    Instant at;
    core::RunAgent run;
  };

  std::optional<Instant> next() const {
    std::optional<Instant> due = node_.next_deadline();
    if (!agents_.empty()) due = std::min(due.value_or(agents_.front().at), agents_.front().at);
    if (!fences_.empty())
      due = std::min(due.value_or(fences_.begin()->first), fences_.begin()->first);
    return due;
  }

  void answer_agent() {
    const core::RunAgent run = std::move(agents_.front().run);
    agents_.pop_front();
    core::AgentResult result = core::AgentResult::kSuccess;
    if (every_ != 0 && ++operations_ % every_ == 0) {
      if (!result_) return;
      result = *result_;
    } else if (run.op == core::AgentOp::kStatus) {
      result = running_.contains(run.resource.text) ? core::AgentResult::kRunning
                                                    : core::AgentResult::kStopped;
    } else if (run.op == core::AgentOp::kStart) {
      running_.insert(run.resource.text);
    } else {
      running_.erase(run.resource.text);
    }
    step(core::AgentFinished{run.run, result, "exit 1"});
  }

  void answer_fence() {
    const core::FenceAttempt attempt = fences_.begin()->second;
    fences_.erase(fences_.begin());
    step(core::FenceFinished{attempt, fence_outcome_, "device 1"});
  }

  void fence(const core::Fence& effect) {
    HB_FUZZ_CHECK(effect.attempt > last_attempt_);
    last_attempt_ = effect.attempt;
    fences_.emplace(now_ + fence_length_, effect.attempt);
    HB_FUZZ_CHECK(fences_.size() <= core::Roster::kMostNodes);
  }

  void check(const core::Effects& effects) {
    HB_FUZZ_CHECK(effects.size() <= kMostEffects);
    work_ += 1 + effects.size();
    for (const core::Effect& effect : effects) {
      std::visit(Overloaded{
                     [&](const core::Send& e) { check_packet(e.packet); },
                     [&](const core::Ping& e) { check_packet(e.packet); },
                     [&](const core::DrainMedia&) { drain_ = true; },
                     [&](const core::StopClients&) { stop_clients_ = true; },
                     [&](const core::RunAgent& e) {
                       agents_.push_back({now_ + 1ms, e});
                       HB_FUZZ_CHECK(agents_.size() <= 1);  // one at a time
                     },
                     [&](const core::Fence& e) { fence(e); },
                     [&](const core::CancelFence& e) {
                       std::erase_if(fences_, [&](const auto& f) { return f.second == e.attempt; });
                     },
                     [](const core::RecordHosts& e) {
                       HB_FUZZ_CHECK(e.hosts.size() <= core::Roster::kMostNodes);
                       HB_FUZZ_CHECK(e.deleted.size() <= core::Roster::kMostNodes);
                     },
                     [&](const core::Reboot&) { ended_ = true; },
                     [&](const core::Exit&) { ended_ = true; },
                     [](const core::Note& e) { HB_FUZZ_CHECK(!core::render(e).empty()); },
                     [](const core::RunEventScript& e) { HB_FUZZ_CHECK(!e.type.empty()); },
                     [](const auto&) {},
                 },
                 effect);
    }
    if (effects.empty()) return;
    const core::TableSizes sizes = node_.table_sizes();
    HB_FUZZ_CHECK(sizes.history <= core::kHistoryLength);
    HB_FUZZ_CHECK(sizes.missing <= core::kMostMissing && sizes.asked_for <= core::kMostMissing);
    HB_FUZZ_CHECK(sizes.links <= kMostLinks);
    HB_FUZZ_CHECK(sizes.awaited <= core::RingRelay::kMostAwaited);
  }

  void check_packet(const wire::Packet& packet) {
    if (packet.header.seq) last_sent_ = std::max(last_sent_, packet.header.seq->value());
    if (const auto* asked = std::get_if<wire::RetransmitRequest>(&packet.body))
      work_ += asked->last.value() - asked->first.value();
    // One status, or one request, is like the next, and a long play has hundreds.
    if (++said_[packet.body.index()] > kCheckedOfAKind) return;
    const wire::Message message = wire::to_message(packet);
    // What a client wants to say is its own business, also if that cannot be sent.
    if (std::holds_alternative<wire::Other>(packet.body)) return;
    const auto read = wire::parse_packet(message);
    HB_FUZZ_CHECK(read.has_value());
    HB_FUZZ_CHECK(read->header == packet.header);
    HB_FUZZ_CHECK(read->body.index() == packet.body.index());
    std::string bytes;
    HB_FUZZ_CHECK(wire::encode_netstring(message, bytes).has_value());
    HB_FUZZ_CHECK(bytes.size() < wire::kDatagramLimit);
  }

  static constexpr int kCheckedOfAKind = 16;
  static constexpr std::size_t kMostPeers = core::Roster::kMostNodes + 1;  // one ping node
  static constexpr std::size_t kMostLinks = 2;

  Instant now_{1h};
  core::Node node_;
  std::deque<Agent> agents_;
  std::multimap<Instant, core::FenceAttempt> fences_;  // under way, by their end
  core::FenceAttempt last_attempt_{};
  core::FenceOutcome fence_outcome_ = core::FenceOutcome::kConfirmed;
  Duration fence_length_ = 20ms;
  std::set<std::string> running_;
  unsigned every_ = 0;
  unsigned operations_ = 0;
  std::optional<core::AgentResult> result_;
  std::uint64_t last_sent_ = 0;
  std::size_t work_ = 0;
  std::array<int, std::variant_size_v<wire::Body>> said_{};
  bool drain_ = false;
  bool stop_clients_ = false;
  bool ended_ = false;
};

// Node ada of two or three, with a group of each; deadtime 1 s.
inline core::Settings live_settings(std::size_t nodes, core::Failback failback) {
  static const std::vector<std::string> kNames = {"ada", "bob", "cyd"};
  core::Settings settings;
  settings.self = NodeName(kNames.front());
  settings.uuid = Uuid({'a'});
  settings.generation = Generation(1000);
  for (std::size_t i = 0; i < nodes; ++i) settings.nodes.emplace_back(kNames[i]);
  settings.keepalive = 200ms;
  settings.warntime = 500ms;
  settings.deadtime = 1s;
  settings.initdead = 3s;
  settings.failback = failback;
  settings.stop_retries = 2;
  settings.groups = {
      {GroupKey("10.0.0.1"),
       NodeName("ada"),
       {{"IPaddr", {"10.0.0.1"}, "10.0.0.1"}, {"web", {}, "web"}}},
      {GroupKey("10.0.0.2"), NodeName("bob"), {{"IPaddr", {"10.0.0.2"}, "10.0.0.2"}}},
  };
  return settings;
}

}  // namespace hb::fuzz
