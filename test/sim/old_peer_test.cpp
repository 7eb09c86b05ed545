#include "sim/old_peer.h"

#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/overloaded.h"
#include "vectors/made_packets.h"

namespace hb::sim {
namespace {

using namespace std::chrono_literals;
using core::AgentOp;
using core::AgentResult;
using core::Failback;
using Phase = wire::StandbyMessage::Phase;

core::Settings settings(const std::string& self, Failback failback) {
  core::Settings s;
  s.self = NodeName(self);
  s.uuid = Uuid({static_cast<std::uint8_t>(self.front())});
  s.generation = Generation(1);
  s.nodes = {NodeName("ada"), NodeName("bob")};
  s.keepalive = 200ms;
  s.warntime = 500ms;
  s.deadtime = 1s;
  s.initdead = 3s;
  s.failback = failback;
  s.groups = {{GroupKey("ip1"), NodeName("ada"), {{"ip1", {}, "ip1"}, {"web", {}, "web"}}},
              {GroupKey("ip2"), NodeName("bob"), {{"ip2", {}, "ip2"}}}};
  return s;
}

std::string phase_word(Phase phase) {
  return phase == Phase::kMe ? "me" : phase == Phase::kOther ? "other" : "done";
}

// A message in the notation of the specification: `resource local/1 info`.
std::string words(const wire::Body& body) {
  return std::visit(
      Overloaded{
          [](const wire::Status& m) {
            return fmt::format("status {} dt={:x}", wire::word(*m.state), *m.deadtime_ms);
          },
          [](const wire::RetransmitRequest& m) {
            return fmt::format("NS_rexmit {} {}", m.first.value(), m.last.value());
          },
          [](const wire::RetransmitNak& m) {
            return fmt::format("NS_nak_rexmit {} {}", m.seq.value(), m.info);
          },
          [](const wire::Ack& m) { return fmt::format("NS_ackmsg {}", m.acknowledged.value()); },
          [](const wire::NodesRequest&) { return std::string("reqnodes"); },
          [](const wire::NodesReply&) { return std::string("repnodes"); },
          [](const wire::Starting&) { return std::string("starting"); },
          [](const wire::ResourceReport& m) {
            return fmt::format("resource {}{}{}{}", wire::word(m.hold),
                               !m.stable   ? ""
                               : *m.stable ? "/1"
                                           : "/0",
                               m.info.empty() ? "" : " ", m.info);
          },
          [](const wire::StandbyMessage& m) {
            return fmt::format("ask_resources {} {}", wire::word(m.set), phase_word(m.phase));
          },
          [](const wire::GroupRequest& m) { return fmt::format("ip-request {}", m.key.value()); },
          [](const wire::GroupReply& m) {
            return fmt::format("ip-request-resp {} {}", m.key.value(), m.owned ? "yes" : "no");
          },
          [](const wire::ShutdownDone&) { return std::string("shutdone"); },
          [](const wire::FenceResult& m) { return fmt::format("stonith {}", m.result); },
          [](const auto&) { return std::string("other"); },
      },
      body);
}

// A host: agents that take a millisecond and remember what runs.
struct Host {
  std::unique_ptr<OldPeer> peer;
  std::uint64_t generation = 0;
  std::set<std::string> running;
  std::map<std::string, AgentResult> failing;  // a start or stop of this resource ends so

  AgentResult act(const core::RunAgent& run) {
    const std::string& name = run.resource.text;
    if (run.op == AgentOp::kStatus)
      return running.contains(name) ? AgentResult::kRunning : AgentResult::kStopped;
    if (const auto found = failing.find(fmt::format("{} {}", word(run.op), name));
        found != failing.end())
      return found->second;
    if (run.op == AgentOp::kStart) running.insert(name);
    if (run.op == AgentOp::kStop) running.erase(name);
    return AgentResult::kSuccess;
  }
};

// Old peers on one clock; every packet arrives after a millisecond unless they are cut apart. A
// name without a host is played by the test.
class Bench {
 public:
  explicit Bench(Failback failback) : failback_(failback) {}

  void start(const std::string& name) {
    Host& host = hosts_[name];
    core::Settings s = settings(name, failback_);
    s.generation = Generation(++host.generation);
    host.peer = std::make_unique<OldPeer>(std::move(s));
    input(name, core::HostReport{.wall_seconds = 1'700'000'000, .load = "0.00"});
    input(name, core::Started{});
  }

  void crash(const std::string& name) {
    hosts_.at(name).peer.reset();
    hosts_.at(name).running.clear();
  }

  void input(const std::string& name, const core::Input& input) {
    Host& host = hosts_.at(name);
    if (!host.peer) return;
    for (const core::Effect& effect : host.peer->step(now_, input)) perform(name, host, effect);
  }

  void inject(const std::string& name, wire::Body body) {
    input(name, core::Injected{std::move(body), {}});
  }

  // A packet of bob, played by the test, to ada.
  void bob_says(wire::Body body, std::optional<std::uint64_t> seq = std::nullopt) {
    wire::Header header;
    header.src = NodeName("bob");
    header.generation = Generation(bob_generation);
    header.timestamp = 1'700'000'000;
    if (wire::is_sequenced(body)) header.seq = SeqNo(seq.value_or(++bob_seq));
    if (header.seq) bob_seq = header.seq->value();
    input("ada", core::PacketReceived{{std::move(header), std::move(body)}, LinkName("eth0")});
  }

  void run_for(Duration length) {
    const Instant end = now_ + length;
    for (;;) {
      std::optional<Instant> next;
      if (!events_.empty()) next = events_.begin()->first;
      std::string due;
      for (const auto& [name, host] : hosts_) {
        if (!host.peer) continue;
        const auto deadline = host.peer->next_deadline();
        if (!deadline || (next && *deadline >= *next)) continue;
        next = deadline;
        due = name;
      }
      if (!next || *next > end) break;
      now_ = std::max(now_, *next);
      if (!due.empty()) {
        input(due, core::DeadlineReached{});
        continue;
      }
      const auto event = std::move(events_.begin()->second);
      events_.erase(events_.begin());
      event();
    }
    now_ = end;
  }

  // What a node said since the last call, without its regular status and acknowledgements.
  std::vector<std::string> said(const std::string& name) { return std::exchange(said_[name], {}); }
  std::string status(const std::string& name) const {
    const auto found = hosts_.find(name);
    return found == hosts_.end() || !found->second.peer ? "down"
                                                        : found->second.peer->resource_status();
  }
  Host& host(const std::string& name) { return hosts_.at(name); }

  bool cut = false;
  bool quiet = true;  // regular status and acknowledgements are not worth telling
  std::uint64_t bob_generation = 1;
  std::uint64_t bob_seq = 0;

 private:
  void at(Instant when, std::function<void()> then) { events_.emplace(when, std::move(then)); }

  void perform(const std::string& name, Host& host, const core::Effect& effect) {
    std::visit(Overloaded{
                   [&](const core::Send& e) { send(name, e.packet); },
                   [&](const core::DrainMedia&) { input(name, core::MediaDrained{}); },
                   [&](const core::RunAgent& e) {
                     at(now_ + 1ms, [this, name, &host, e] {
                       input(name, core::AgentFinished{e.run, host.act(e), ""});
                     });
                   },
                   [&](const core::Exit&) {
                     const auto again = host.peer->starts_again_after();
                     if (again) at(now_ + *again, [this, name] { start(name); });
                     at(now_, [&host] { host.peer.reset(); });
                   },
                   [](const core::Fence&) {},
                   [](const core::CancelFence&) {},
                   [&](const core::Reboot&) { at(now_, [this, name] { crash(name); }); },
                   [](const core::Note& note) { EXPECT_FALSE(core::render(note).empty()); },
                   [](const auto&) {},
               },
               effect);
  }

  void send(const std::string& from, const wire::Packet& packet) {
    const bool regular = std::holds_alternative<wire::Status>(packet.body) ||
                         std::holds_alternative<wire::Ack>(packet.body);
    if (!quiet || !regular) said_[from].push_back(words(packet.body));
    for (const auto& [name, host] : hosts_) {
      if (cut && name != from) continue;
      at(now_ + 1ms, [this, name = name, packet] {
        input(name, core::PacketReceived{packet, LinkName("eth0")});
      });
    }
  }

  Failback failback_;
  Instant now_{1h};
  std::map<std::string, Host> hosts_;
  std::multimap<Instant, std::function<void()>> events_;
  std::map<std::string, std::vector<std::string>> said_;
};

// --- what one says upon what its partner says; the orders are those seen on the wire ---

wire::ResourceReport report(wire::Hold hold, bool stable, std::string info = {}) {
  return {.hold = hold, .full = true, .stable = stable, .info = std::move(info)};
}
wire::StandbyMessage ask(wire::Hold set, Phase phase) { return {set, phase}; }
wire::Status status(wire::NodeState state, std::int64_t deadtime_ms = 60'000) {
  return {.state = state, .deadtime_ms = deadtime_ms, .protocol = 1, .extended = std::nullopt};
}

void joined(Bench& bench) {
  bench.start("ada");
  bench.bob_says(status(wire::NodeState::kActive));
  bench.run_for(300ms);
  bench.bob_says(wire::NodesReply{.nodes = {NodeName("ada"), NodeName("bob")}, .deleted = {}});
}
void stable_with(Bench& bench, wire::Hold bob_holds) {
  joined(bench);
  bench.bob_says(report(bob_holds, true));
  bench.run_for(100ms);
}

struct Case {
  std::string name;
  Failback failback;
  std::function<void(Bench&)> before;  // what it says in this is not looked at
  std::function<void(Bench&)> then;
  std::vector<std::string> want;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }
std::string name_of(const testing::TestParamInfo<Case>& info) { return info.param.name; }

class OldPeerSays : public testing::TestWithParam<Case> {};

TEST_P(OldPeerSays, UponIt) {
  Bench bench(GetParam().failback);
  GetParam().before(bench);
  static_cast<void>(bench.said("ada"));
  GetParam().then(bench);
  EXPECT_EQ(bench.said("ada"), GetParam().want);
}

const auto kNothing = [](Bench&) {};

const std::vector<Case> kCases = {
    {"InitThenUpTwiceWithALongerDeadtime",
     Failback::kOff,
     kNothing,
     [](Bench& b) {
       b.quiet = false;
       b.start("ada");
     },
     {"status init dt=bb8", "status up dt=bb8", "status up dt=bb8"}},
    {"ReqnodesOnceTheOtherIsHeardAndAgainEverySecond",
     Failback::kOff,
     [](Bench& b) { b.start("ada"); },
     [](Bench& b) {
       b.bob_says(status(wire::NodeState::kUp));
       b.run_for(1500ms);
     },
     {"reqnodes", "reqnodes"}},
    {"StartingWhenTheNodeListCame", Failback::kOff, kNothing, joined, {"reqnodes", "starting"}},
    {"RepnodesToWhoAsks",
     Failback::kOff,
     joined,
     [](Bench& b) { b.bob_says(wire::NodesRequest{}); },
     {"repnodes"}},
    {"AnAnswerToStarting",
     Failback::kOff,
     joined,
     [](Bench& b) { b.bob_says(wire::Starting{}); },
     {"resource none/0"}},
    {"TenSecondsThenItsOwnGroups",
     Failback::kOff,
     joined,
     [](Bench& b) {
       b.bob_says(report(wire::kHoldNone, false));
       b.run_for(10600ms);
     },
     {"resource local/1", "ip-request-resp ip1 yes", "resource local/1 req_our_resources()"}},
    {"NothingTakenFromAStablePeerThatHoldsAll",
     Failback::kOff,
     joined,
     [](Bench& b) {
       b.bob_says(report(wire::kHoldAll, true));
       b.run_for(1s);
     },
     {"resource none/0", "resource none/1"}},
    {"ItsOwnAtOnceBesideAStablePeer",
     Failback::kOff,
     joined,
     [](Bench& b) {
       b.bob_says(report(wire::kHoldLocal, true));
       b.run_for(1s);
     },
     {"resource none/0", "resource local/1", "ip-request-resp ip1 yes",
      "resource local/1 req_our_resources()"}},
    {"StandbyOffersWhatWasAskedForAndGivesBeforeItStops",
     Failback::kOff,
     [](Bench& b) { stable_with(b, wire::kHoldLocal); },
     [](Bench& b) {
       b.inject("ada", ask(wire::kHoldAll, Phase::kMe));
       b.bob_says(ask(wire::kHoldAll, Phase::kOther));
       b.run_for(1s);
       b.bob_says(ask(wire::kHoldAll, Phase::kDone));
     },
     {"ask_resources all me", "resource none/0 standby", "ask_resources all done",
      "resource none/1"}},
    {"StandbyTakesWhatTheOtherGave",
     Failback::kOff,
     [](Bench& b) { stable_with(b, wire::kHoldLocal); },
     [](Bench& b) {
       b.bob_says(ask(wire::kHoldLocal, Phase::kMe));
       b.bob_says(ask(wire::kHoldLocal, Phase::kDone));
       b.run_for(1s);
     },
     {"ask_resources local other", "resource all/1", "ask_resources local done"}},
    {"StandbyRefusedSilentlyWhileTheOtherIsInFlux",
     Failback::kOff,
     [](Bench& b) { stable_with(b, wire::kHoldLocal); },
     [](Bench& b) {
       b.bob_says(report(wire::kHoldLocal, false));
       b.bob_says(ask(wire::kHoldLocal, Phase::kMe));
     },
     {}},
    {"TakeoverWordsAreMirrored",
     Failback::kOff,
     [](Bench& b) { stable_with(b, wire::kHoldLocal); },
     [](Bench& b) {
       b.bob_says(wire::TakeoverRequest{wire::kHoldForeign, false});
     },
     {"ask_resources local me"}},
    {"FailbackWhenTheOwnerIsBackAndStable",
     Failback::kOn,
     [](Bench& b) {
       b.start("ada");
       b.run_for(14s);  // alone: it has everything
     },
     [](Bench& b) {
       b.bob_says(status(wire::NodeState::kActive));
       b.bob_says(wire::Starting{});
       b.bob_says(report(wire::kHoldNone, false));
       b.bob_says(report(wire::kHoldNone, true));
     },
     {"resource all/1", "resource all/1", "ask_resources foreign me"}},
    {"AloneEverythingAfterInitdead",
     Failback::kOff,
     [](Bench& b) { b.start("ada"); },
     [](Bench& b) { b.run_for(14s); },
     {"starting", "stonith n_stnth", "resource foreign mach_down", "ip-request-resp ip1 yes",
      "resource all/1 req_our_resources()", "resource all/1"}},
    {"ACrashedPeersGroups",
     Failback::kOff,
     [](Bench& b) { stable_with(b, wire::kHoldLocal); },
     [](Bench& b) {
       b.bob_says(status(wire::NodeState::kActive, 1000));
       b.run_for(1500ms);
     },
     {"stonith n_stnth", "resource foreign mach_down", "resource all/1 req_our_resources()"}},
    {"UnneededFencingOfOneThatHeldNothing",
     Failback::kOff,
     [](Bench& b) { stable_with(b, wire::kHoldNone); },
     [](Bench& b) {
       b.bob_says(status(wire::NodeState::kActive, 1000));
       b.run_for(1500ms);
     },
     {"stonith unneeded", "resource foreign mach_down", "resource all/1 req_our_resources()"}},
    {"TakesOverAtOnceWhenThePeerLeaves",
     Failback::kOff,
     [](Bench& b) { stable_with(b, wire::kHoldLocal); },
     [](Bench& b) {
       b.bob_says(report(wire::kHoldNone, false, "shutdown"));
       b.bob_says(wire::ShutdownDone{});
       b.run_for(1s);
     },
     {"resource all/1", "ask_resources all done", "resource foreign mach_down",
      "resource all/1 req_our_resources()"}},
    {"GivesUpAndTellsBeforeItLeaves",
     Failback::kOff,
     [](Bench& b) { stable_with(b, wire::kHoldLocal); },
     [](Bench& b) {
       b.input("ada", core::ShutdownRequested{});
       b.run_for(1s);
     },
     {"resource none/0 shutdown", "shutdone"}},
    {"AShutdownWaitsForTheFirstTenSeconds",
     Failback::kOff,
     joined,
     [](Bench& b) {
       b.bob_says(report(wire::kHoldNone, false));
       b.input("ada", core::ShutdownRequested{});
       b.run_for(9s);
     },
     {}},
    {"AFailedGroupSendsTheForeignOnesAway",
     Failback::kOff,
     [](Bench& b) {
       joined(b);
       b.host("ada").failing["start web"] = AgentResult::kFailed;
       b.bob_says(report(wire::kHoldLocal, true));
     },
     [](Bench& b) { b.run_for(31s); },
     {"ip-request-resp ip1 yes", "resource local/1 req_our_resources()",
      "ask_resources foreign me"}},
    {"ALateStatusKillsItsSender",
     Failback::kOff,
     [](Bench& b) { stable_with(b, wire::kHoldLocal); },
     [](Bench& b) {
       b.run_for(1500ms);  // above our deadtime, below the announced one
       b.bob_says(status(wire::NodeState::kActive));
       b.run_for(100ms);
     },
     {"stonith n_stnth", "resource foreign mach_down", "resource all/1 req_our_resources()"}},
    {"ReturnedPeersMakeItStartAnew",
     Failback::kOff,
     [](Bench& b) {
       stable_with(b, wire::kHoldLocal);
       b.bob_says(status(wire::NodeState::kActive, 1000));
       b.run_for(2s);
     },
     [](Bench& b) {
       b.bob_says(status(wire::NodeState::kActive));
       b.run_for(3s);
     },
     {"stonith unneeded", "resource none/0 shutdown", "shutdone"}},
    {"LegacyAsksAnActiveNodeForItsGroups",
     Failback::kLegacy,
     kNothing,
     [](Bench& b) {
       joined(b);
       b.run_for(100ms);
     },
     {"reqnodes", "ip-request ip1"}},
    {"LegacyAnswersWhatItDoesNotRun",
     Failback::kLegacy,
     joined,
     [](Bench& b) {
       b.run_for(100ms);
       static_cast<void>(b.said("ada"));
       b.bob_says(wire::GroupRequest{GroupKey("ip2")});
       b.run_for(100ms);
     },
     {"ip-request-resp ip2 no"}},
    {"LegacyGivesWhatItRunsToItsOwner",
     Failback::kLegacy,
     [](Bench& b) {
       b.start("ada");
       b.run_for(5s);
       b.bob_says(status(wire::NodeState::kActive));
     },
     [](Bench& b) {
       b.bob_says(wire::GroupRequest{GroupKey("ip2")});
       b.run_for(100ms);
     },
     {"ip-request-resp ip2 yes"}},
    {"AskedForEachMissingNumberAgainAndAgain",
     Failback::kOff,
     joined,
     [](Bench& b) {
       b.bob_says(status(wire::NodeState::kActive), b.bob_seq + 2);
       b.run_for(540ms);  // the first within 250 ms, the next after 250 ms more
     },
     {"NS_rexmit 3 3", "NS_rexmit 3 3"}},
    {"NothingAskedForBeyondTheLargestGap",
     Failback::kOff,
     joined,
     [](Bench& b) {
       b.bob_says(status(wire::NodeState::kActive), b.bob_seq + 302);
       b.run_for(1s);
     },
     {}},
    {"SendsAgainWhatIsAskedFor",
     Failback::kOff,
     joined,
     [](Bench& b) {
       b.quiet = false;
       b.bob_says(wire::RetransmitRequest{SeqNo(1), SeqNo(3)});
       b.bob_says(wire::RetransmitRequest{SeqNo(1), SeqNo(1)});  // has just been sent again
     },
     {"status init dt=bb8", "status up dt=bb8", "status up dt=bb8"}},
    {"SilentUponWhatWasAcknowledged",
     Failback::kOff,
     joined,
     [](Bench& b) {
       b.bob_says(wire::Ack{SeqNo(3)});
       b.bob_says(wire::RetransmitRequest{SeqNo(2), SeqNo(3)});
     },
     {}},
};
INSTANTIATE_TEST_SUITE_P(Spec, OldPeerSays, testing::ValuesIn(kCases), name_of);

// --- with each other ---

struct TwoOldPeers : testing::Test {
  Bench& started(Failback failback = Failback::kOff) {
    bench.emplace(failback);
    bench->start("ada");
    bench->start("bob");
    bench->run_for(13s);
    return *bench;
  }
  std::pair<std::string, std::string> statuses() const {
    return {bench->status("ada"), bench->status("bob")};
  }
  static std::pair<std::string, std::string> are(std::string ada, std::string bob) {
    return {std::move(ada), std::move(bob)};
  }
  std::optional<Bench> bench;
};

TEST_F(TwoOldPeers, TakeTheirOwnAfterTenSecondsOfTransition) {
  Bench& b = started();
  EXPECT_EQ(statuses(), are("local", "local"));
  EXPECT_EQ(b.host("ada").running, (std::set<std::string>{"ip1", "web"}));
  EXPECT_EQ(b.host("bob").running, (std::set<std::string>{"ip2"}));
}

TEST_F(TwoOldPeers, TheSurvivorTakesAllAndWithFailbackGivesItBack) {
  Bench& b = started(Failback::kOn);
  b.crash("ada");
  b.run_for(2s);
  EXPECT_EQ(statuses(), are("down", "all"));
  EXPECT_EQ(b.host("bob").running.size(), 3U);
  b.start("ada");
  b.run_for(5s);
  EXPECT_EQ(statuses(), are("local", "local"));
  EXPECT_EQ(b.host("ada").running.size(), 2U);
  EXPECT_EQ(b.host("bob").running.size(), 1U);
}

TEST_F(TwoOldPeers, WithoutFailbackAllStaysWhereItIs) {
  Bench& b = started();
  b.crash("ada");
  b.run_for(2s);
  b.start("ada");
  b.run_for(5s);
  EXPECT_EQ(statuses(), are("none", "all"));
}

TEST_F(TwoOldPeers, AHolderThatIsBackWithinTheDeadtimeLosesTheForeignGroups) {
  Bench& b = started();
  b.crash("ada");
  b.run_for(2s);  // bob holds all
  b.start("ada");
  b.run_for(2s);
  b.crash("bob");
  b.start("bob");
  b.run_for(15s);
  EXPECT_EQ(statuses(), are("none", "local"));
  EXPECT_TRUE(b.host("ada").running.empty());
}

TEST_F(TwoOldPeers, StandbyAndTakeoverMoveWhatTheySay) {
  Bench& b = started();
  b.inject("ada", wire::StandbyMessage{wire::kHoldAll, Phase::kMe});
  b.run_for(1s);
  EXPECT_EQ(statuses(), are("none", "all"));
  b.inject("ada", wire::TakeoverRequest{wire::kHoldLocal, false});
  b.run_for(1s);
  EXPECT_EQ(statuses(), are("local", "local"));
  b.inject("ada", wire::TakeoverRequest{wire::kHoldAll, false});
  b.run_for(1s);
  EXPECT_EQ(statuses(), are("all", "none"));
  EXPECT_TRUE(b.host("bob").running.empty());
}

TEST_F(TwoOldPeers, AGracefulStopHandsOverAtOnce) {
  Bench& b = started();
  b.input("ada", core::ShutdownRequested{});
  b.run_for(500ms);
  EXPECT_EQ(b.host("bob").running.size(), 3U);
  b.run_for(4s);
  EXPECT_EQ(statuses(), are("down", "all"));
}

TEST_F(TwoOldPeers, BothGiveUpEverythingAndStartAnewAfterACut) {
  Bench& b = started();
  b.cut = true;
  b.run_for(3s);
  EXPECT_EQ(statuses(), are("all", "all"));
  b.cut = false;
  b.run_for(4s);
  EXPECT_TRUE(b.host("ada").running.empty());
  EXPECT_TRUE(b.host("bob").running.empty());
  b.run_for(20s);
  EXPECT_EQ(statuses(), are("local", "local"));
  EXPECT_EQ(b.host("ada").generation, 2U);
  EXPECT_EQ(b.host("bob").generation, 2U);
}

TEST_F(TwoOldPeers, LegacyOwnersGetTheirsBackByAsking) {
  Bench& b = started(Failback::kLegacy);
  EXPECT_EQ(b.host("ada").running.size(), 2U);
  b.crash("ada");
  b.run_for(2s);
  EXPECT_EQ(b.host("bob").running.size(), 3U);
  b.start("ada");
  b.run_for(2s);
  EXPECT_EQ(b.host("ada").running.size(), 2U);
  EXPECT_EQ(b.host("bob").running.size(), 1U);
}

// --- the verdicts of a real one ---

// Those that the codec lets through, in the order in which a real 3.0.6 was shown them.
TEST(OldPeerVectors, ReachTheVerdictsOfARealOne) {
  std::map<int, OldPeer> receivers;
  Instant now(2h);
  int judged = 0;
  for (const vectors::MadePacket& made : vectors::made_packets()) {
    if (!made.packet) continue;
    SCOPED_TRACE(made.name);
    const auto [peer, fresh] =
        receivers.try_emplace(made.run, OldPeer(vectors::receiver_settings()));
    if (fresh) static_cast<void>(peer->second.step(Instant(1h), core::Started{}));
    EXPECT_EQ(vectors::accepts(peer->second, now += 1ms, *made.packet), made.accepted);
    ++judged;
  }
  EXPECT_GE(judged, 25);
}

}  // namespace
}  // namespace hb::sim
