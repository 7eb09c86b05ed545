#include "core/liveness/ping_nodes.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "core/node.h"

namespace hb::core {
namespace {

using wire::NodeState;

const NodeName kRouter("router");

wire::Status status(NodeState state) {
  return {.state = state, .deadtime_ms = 1000, .protocol = 1, .extended = std::nullopt};
}

Settings with_ping_nodes() {
  Settings s;
  s.self = NodeName("ada");
  s.nodes = {NodeName("ada"), NodeName("bob")};
  s.ping_nodes = {{kRouter, "ping"}, {NodeName("gates"), "ping_group"}};
  s.generation = Generation(1);
  s.keepalive = 200ms;
  s.warntime = 500ms;
  s.deadtime = 1s;
  s.initdead = 3s;
  s.deadping = 2s;
  return s;
}

template <class Kind>
std::vector<Kind> all(const Effects& effects) {
  std::vector<Kind> found;
  for (const Effect& effect : effects) {
    if (const auto* each = std::get_if<Kind>(&effect)) found.push_back(*each);
  }
  return found;
}

// Type and fields of each event, `type name=value …`.
std::vector<std::string> events(const Effects& effects) {
  std::vector<std::string> lines;
  for (const RunEventScript& event : all<RunEventScript>(effects)) {
    std::string line = event.type;
    for (const auto& [name, value] : event.fields) line.append(" ").append(name + "=" + value);
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<std::string> notes(const Effects& effects) {
  std::vector<std::string> lines;
  for (const Note& note : all<Note>(effects)) lines.push_back(render(note));
  return lines;
}

// --- the machine alone ---

// One column of the table in docs/protocol/ping-nodes.md for each event.
class PingNodesTest : public testing::Test {
 protected:
  PingNodesTest() : pings_(with_ping_nodes()), out_(with_ping_nodes()) {
    pings_.begin(now_);
    pings_.communication_up();
  }

  Effects answer() {
    pings_.answered(kRouter, now_, out_);
    return out_.take();
  }
  Effects judge() {
    pings_.judge(now_, out_);
    return out_.take();
  }
  NodeState router() const { return pings_.views().front().state; }

  Instant now_{1h};
  PingNodes pings_;
  Outbox out_;
};

TEST_F(PingNodesTest, TheFirstAnswerBringsItUp) {
  const Effects effects = answer();
  EXPECT_EQ(router(), NodeState::kPing);
  EXPECT_EQ(events(effects),
            (std::vector<std::string>{"ifstat t=ifstat node=router ifname=router st=up",
                                      "ns_st t=NS_st src=router st=ping info=ping"}));
  EXPECT_EQ(notes(effects),
            (std::vector<std::string>{"Link router:router up.",
                                      "Status update for node router: status ping"}));
  EXPECT_TRUE(answer().empty());
}

TEST_F(PingNodesTest, DiesAfterExactlyDeadping) {
  answer();
  now_ += 2s - 1ns;
  EXPECT_FALSE(pings_.overdue(now_));
  EXPECT_TRUE(judge().empty());
  now_ += 1ns;
  EXPECT_EQ(pings_.next_deadline(), now_);
  EXPECT_TRUE(pings_.overdue(now_));
  const Effects effects = judge();
  EXPECT_EQ(router(), NodeState::kDead);
  EXPECT_EQ(events(effects)[0], "status t=status src=router st=dead info=ping");
  EXPECT_EQ(events(effects)[1], "ifstat t=ifstat node=router ifname=router st=dead");
  EXPECT_EQ(notes(effects).front(),
            "node router: is dead (ping node, silent 2000 ms, deadping 2000 ms)");
  EXPECT_TRUE(judge().empty());
}

TEST_F(PingNodesTest, TheDeadHaveNoDeadline) {
  now_ += 2s;
  judge();
  EXPECT_EQ(pings_.next_deadline(), std::nullopt);
  EXPECT_FALSE(pings_.overdue(now_ + 1h));
}

// 3.0.6 tells of a second death when the answers come back; here it is one change a time.
TEST_F(PingNodesTest, TheDeadReturnWithOneAnswer) {
  answer();
  now_ += 2s;
  judge();
  now_ += 10s;
  EXPECT_EQ(events(answer()),
            (std::vector<std::string>{"ifstat t=ifstat node=router ifname=router st=up",
                                      "ns_st t=NS_st src=router st=ping info=ping"}));
  EXPECT_EQ(router(), NodeState::kPing);
}

TEST_F(PingNodesTest, OneThatNeverAnsweredHasNoLinkToLose) {
  now_ += 2s;
  for (const std::string& event : events(judge()))
    EXPECT_TRUE(event.starts_with("status ")) << event;
}

TEST_F(PingNodesTest, AnAnswerAfterWarntimeIsLate) {
  answer();
  now_ += 500ms;
  EXPECT_TRUE(answer().empty());
  now_ += 501ms;
  EXPECT_EQ(notes(answer()).front(), "Late heartbeat: Node router: interval 501 ms");
  EXPECT_EQ(router(), NodeState::kPing);
}

TEST_F(PingNodesTest, TimeInWhichWeWereHeldUpIsNotItsSilence) {
  answer();
  now_ += 5s;
  pings_.excuse(4s, now_);
  EXPECT_FALSE(pings_.overdue(now_));
  now_ += 1s;
  EXPECT_TRUE(pings_.overdue(now_));
}

TEST_F(PingNodesTest, AnotherNameChangesNothing) {
  pings_.answered(NodeName("bob"), now_, out_);
  EXPECT_TRUE(out_.take().empty());
  EXPECT_EQ(router(), NodeState::kInit);
}

TEST_F(PingNodesTest, AsksEachForItsOwnStatus) {
  out_.host_report({.wall_seconds = 77, .load = ""});
  pings_.ask(out_);
  const auto asked = all<Ping>(out_.take());
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[1].packet.header.src, NodeName("gates"));
  EXPECT_EQ(asked[1].packet.header.timestamp, 77U);
  EXPECT_FALSE(asked[1].packet.header.ttl);
  EXPECT_EQ(asked[1].packet.body, wire::Body(wire::PingStatus{.info = "ping_group"}));
}

TEST_F(PingNodesTest, AChangeOfHaCfKeepsWhatStaysListed) {
  answer();
  now_ += 1s;
  Settings changed = with_ping_nodes();
  changed.ping_nodes = {{NodeName("new"), "ping"}, {kRouter, "ping"}};
  changed.deadping = 4s;
  pings_.configure(changed, now_);
  const auto views = pings_.views();
  ASSERT_EQ(views.size(), 2U);
  EXPECT_EQ(views[0].state, NodeState::kInit);
  EXPECT_EQ(views[1].state, NodeState::kPing);
  now_ += 3s;
  EXPECT_TRUE(pings_.overdue(now_));  // the router: 4 s since its answer
  EXPECT_EQ(all<Note>(judge()).size(), 2U);
  EXPECT_EQ(pings_.next_deadline(), now_ + 1s);  // the new one: 4 s since it is listed
}

TEST(PingNodesInTheStart, HaveInitdead) {
  PingNodes pings(with_ping_nodes());
  pings.begin(Instant(1h));
  EXPECT_EQ(pings.next_deadline(), Instant(1h) + 3s);
  pings.communication_up();
  EXPECT_EQ(pings.next_deadline(), Instant(1h) + 2s);
}

TEST(PingNodesInTheStart, NeverHaveLessThanDeadping) {
  Settings patient = with_ping_nodes();
  patient.deadping = 1min;
  PingNodes pings(patient);
  pings.begin(Instant(1h));
  EXPECT_EQ(pings.next_deadline(), Instant(1h) + 1min);
}

// --- as part of a node ---

class NodeWithPingNodesTest : public testing::Test {
 protected:
  NodeWithPingNodesTest() : node_(with_ping_nodes()) { log(step(Started{})); }

  Effects step(const Input& input) { return node_.step(now_, input); }

  // Remembers what was asked for, and does what a caller must.
  void log(const Effects& effects) {
    effects_.insert(effects_.end(), effects.begin(), effects.end());
    if (!all<DrainMedia>(effects).empty()) log(step(MediaDrained{}));
  }

  Effects bob_says(std::optional<SeqNo> seq, const NodeName& src, wire::Body body) {
    wire::Header header;
    header.src = src;
    header.seq = seq;
    header.generation = Generation(1);
    header.timestamp = 1;
    return step(PacketReceived{{std::move(header), std::move(body)}, LinkName("eth0")});
  }

  // Does what falls due; bob speaks, and the router answers if `answers`.
  void run_for(Duration length, bool answers) {
    for (const Instant end = now_ + length; now_ < end; now_ += 100ms) {
      log(bob_says(SeqNo(++seq_), NodeName("bob"), status(NodeState::kActive)));
      if (answers) log(step(PingAnswered{kRouter}));
      log(step(DeadlineReached{}));
    }
  }

  int noted(NoteId id) const {
    const auto notes = all<Note>(effects_);
    return static_cast<int>(
        std::count_if(notes.begin(), notes.end(), [&](const Note& n) { return n.id == id; }));
  }
  NodeState router() const { return node_.ping_nodes().front().state; }

  Instant now_{1h};
  Node node_;
  Effects effects_;
  std::uint64_t seq_ = 0;
};

TEST_F(NodeWithPingNodesTest, EachStatusAsksAllOfThem) {
  run_for(2s, true);
  const auto sent = all<Send>(effects_);
  const auto statuses = std::count_if(sent.begin(), sent.end(), [](const Send& send) {
    return std::holds_alternative<wire::Status>(send.packet.body);
  });
  EXPECT_GE(statuses, 10);
  EXPECT_EQ(all<Ping>(effects_).size(), static_cast<std::size_t>(2 * statuses));
}

TEST_F(NodeWithPingNodesTest, TheyCountInTheTtl) {
  run_for(300ms, true);
  EXPECT_EQ(all<Send>(effects_).front().packet.header.ttl, 1U + 2U + 2U);
}

TEST_F(NodeWithPingNodesTest, OneThatIsSilentDelaysNoStart) {
  log(bob_says(SeqNo(++seq_), NodeName("bob"), status(NodeState::kUp)));
  log(bob_says(SeqNo(++seq_), NodeName("bob"),
               wire::NodesReply{.nodes = with_ping_nodes().nodes, .deleted = {}}));
  EXPECT_EQ(node_.state(), NodeState::kActive);
  EXPECT_EQ(router(), NodeState::kInit);
}

TEST_F(NodeWithPingNodesTest, DiesOnlyAfterTheSocketsWereRead) {
  run_for(1s, true);
  log(bob_says(SeqNo(++seq_), NodeName("bob"),
               wire::NodesReply{.nodes = with_ping_nodes().nodes, .deleted = {}}));
  run_for(1900ms, false);
  now_ += 200ms;
  EXPECT_EQ(all<DrainMedia>(step(DeadlineReached{})).size(), 1U);
  log(step(PingAnswered{kRouter}));  // it lay there
  log(step(MediaDrained{}));
  EXPECT_EQ(router(), NodeState::kPing);
  EXPECT_EQ(noted(NoteId::kPingNodeDead), 1);  // the group, which never answered
}

TEST_F(NodeWithPingNodesTest, ItsDeathMovesNothingAndTellsNobody) {
  run_for(4s, true);
  effects_.clear();
  run_for(4s, false);
  EXPECT_EQ(router(), NodeState::kDead);
  EXPECT_TRUE(all<RunAgent>(effects_).empty());
  for (const Send& send : all<Send>(effects_)) {
    EXPECT_FALSE(std::holds_alternative<wire::PingStatus>(send.packet.body));
  }
  EXPECT_EQ(noted(NoteId::kNodeDead), 0);
}

// Anybody can send such a message once more; only the medium knows what it asked for itself.
TEST_F(NodeWithPingNodesTest, AStatusOfPingNodesThatCameByAnotherMediumProvesNothing) {
  run_for(300ms, false);
  EXPECT_EQ(
      notes(bob_says(std::nullopt, kRouter, wire::PingStatus{.info = "ping"})),
      (std::vector<std::string>{"Ping status in the name of node router on link eth0 ignored"}));
  EXPECT_EQ(router(), NodeState::kInit);
  EXPECT_FALSE(all<Note>(bob_says(std::nullopt, NodeName("bob"), wire::PingStatus{})).empty());
  EXPECT_NE(node_.peers().front().state, NodeState::kPing);
}

TEST_F(NodeWithPingNodesTest, NoPingSpeaksForANode) {
  run_for(4s, true);
  log(step(PingAnswered{NodeName("bob")}));
  EXPECT_EQ(node_.peers().front().state, NodeState::kActive);
  for (int i = 0; i < 30; ++i) {  // bob is silent
    now_ += 100ms;
    log(step(PingAnswered{NodeName("bob")}));
    log(step(DeadlineReached{}));
  }
  EXPECT_EQ(node_.peers().front().state, NodeState::kDead);
}

}  // namespace
}  // namespace hb::core
