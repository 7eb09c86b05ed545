#include "wire/packet_message.h"

#include <vector>

#include <gtest/gtest.h>

#include "wire/classic.h"

// Messages are written here in the classic form, as a script writes them.
namespace hb::wire {
namespace {

Message message_of(const std::string& lines) {
  return decode_classic(">>>\n" + lines + "<<<\n").value();
}

std::string lines_of(const Message& message) {
  std::string lines;
  EXPECT_TRUE(encode_classic_lines(message, lines));
  return lines;
}

const std::string kTail = "src=node1\nseq=2a\nhg=6b\nts=6c\n";
const std::string kUnsequencedTail = "src=node1\nhg=6b\nts=6c\n";

Message with_tail(const std::string& lines) {
  const bool sequenced = lines.find("t=NS_") == lines.npos;
  return message_of(lines + (sequenced ? kTail : kUnsequencedTail));
}

// --- bodies ---

struct BodyCase {
  std::string name;
  std::string lines;
  Body body;
};

void PrintTo(const BodyCase& body_case, std::ostream* out) { *out << body_case.name; }

NodeName node(const char* name) { return NodeName(name); }

Status status(std::optional<NodeState> state, std::optional<std::int64_t> deadtime_ms,
              std::optional<int> protocol, std::optional<int> extended = std::nullopt,
              std::optional<ConfigDigests> config = std::nullopt) {
  return {.state = state,
          .deadtime_ms = deadtime_ms,
          .protocol = protocol,
          .extended = extended,
          .config = config};
}

constexpr auto kMe = StandbyMessage::Phase::kMe;

const std::vector<BodyCase> kBodies = {
    {"Status", "t=status\nst=active\ndt=5dc\nprotocol=1\n", status(NodeState::kActive, 1500, 1)},
    {"StatusOfOurs", "t=status\nst=up\ndt=5dc\nprotocol=1\nhbng=2\n",
     status(NodeState::kUp, 1500, 1, 2)},
    {"StatusWithDigests", "t=status\nst=up\ndt=5dc\nprotocol=1\nhbng=2\nhbcf=ffffffff-0\n",
     status(NodeState::kUp, 1500, 1, 2, ConfigDigests{.ha_cf = UINT32_MAX, .haresources = 0})},
    {"StatusWithoutAnything", "t=status\n", status(std::nullopt, std::nullopt, std::nullopt)},
    {"PingStatus", "t=NS_st\nst=ping\ninfo=ping_group\n",
     PingStatus{.state = NodeState::kPing, .info = "ping_group"}},
    {"PingStatusWithoutInfo", "t=NS_st\nst=ping\n",
     PingStatus{.state = NodeState::kPing, .info = ""}},
    {"RequestIsDecimal", "t=NS_rexmit\ndest=node2\nfirstseq=10\nlastseq=11\n",
     RetransmitRequest{.first = SeqNo(10), .last = SeqNo(11)}},
    {"NakIsHexadecimal", "t=NS_nak_rexmit\nfirstseq=10\ndest=node2\ninfo=seqno not found\n",
     RetransmitNak{.seq = SeqNo(16), .info = "seqno not found"}},
    {"AckIsHexadecimal", "t=NS_ackmsg\ndest=node2\nackseq=10\n", Ack{SeqNo(16)}},
    {"NodesRequest", "t=reqnodes\ndest=node2\n", NodesRequest{}},
    {"NodesReply", "dest=node2\nt=repnodes\nnodelist=node1 node2 \ndelnodelist= \n",
     NodesReply{.nodes = {node("node1"), node("node2")}, .deleted = {}}},
    {"AddNodes", "t=addnode\nnodelist=x y\n", AddNodes{{node("x"), node("y")}}},
    {"DeleteNodes", "t=delnode\nnodelist=x\n", DeleteNodes{{node("x")}}},
    {"SetWeight", "t=setweight\nnode=x\nweight=150\n", SetWeight{.node = node("x"), .weight = 150}},
    {"SetSite", "t=setsite\nnode=x\nsite=siteB\n", SetSite{.node = node("x"), .site = "siteB"}},
    {"ClientStatusQuery", "t=query-cstatus\ndest=node2\ncn=a\nfrom_id=b\n",
     ClientStatusQuery{.client = "a", .from = "b"}},
    {"ClientStatusReply", "t=respond-cstatus\ndest=node2\nresult=OK\ncn=a\nto_id=b\ncs=online\n",
     ClientStatusReply{.client = "a", .to = "b", .online = true}},
    {"ClientOffline", "t=respond-cstatus\ndest=node2\nresult=OK\ncn=a\nto_id=b\ncs=offline\n",
     ClientStatusReply{.client = "a", .to = "b", .online = false}},
    {"Starting", "t=starting\n", Starting{}},
    {"ResourceReport", "t=resource\nrsc_hold=all\nrtype=full\nisstable=1\ninfo=shutdown\n",
     ResourceReport{.hold = kHoldAll, .full = true, .stable = true, .info = "shutdown"}},
    {"PartialReport", "t=resource\nrsc_hold=foreign\ninfo=mach_down\n",
     ResourceReport{
         .hold = kHoldForeign, .full = false, .stable = std::nullopt, .info = "mach_down"}},
    {"UnstableReport", "t=resource\nrsc_hold=none\nrtype=full\nisstable=0\n",
     ResourceReport{.hold = kHoldNone, .full = true, .stable = false, .info = ""}},
    {"Standby", "t=ask_resources\nrsc_hold=local\ninfo=me\n",
     StandbyMessage{.set = kHoldLocal, .phase = kMe}},
    {"StandbyDone", "t=ask_resources\nrsc_hold=foreign\ninfo=done\n",
     StandbyMessage{.set = kHoldForeign, .phase = StandbyMessage::Phase::kDone}},
    {"Takeover", "t=hb_takeover\nrsc_hold=all\n",
     TakeoverRequest{.set = kHoldAll, .failback = false}},
    {"GroupRequest", "t=ip-request\nipaddr=IPaddr::10.0.0.1\n",
     GroupRequest{GroupKey("IPaddr::10.0.0.1")}},
    {"GroupReply", "t=ip-request-resp\ndest=node2\nipaddr=a\nweown=yes\nok=OK\n",
     GroupReply{.key = GroupKey("a"), .owned = true, .ok = true}},
    {"GroupReplyNo", "t=ip-request-resp\ndest=node2\nipaddr=a\nweown=no\nok=no\n",
     GroupReply{.key = GroupKey("a"), .owned = false, .ok = false}},
    {"ShutdownDone", "t=shutdone\nst=dead\n", ShutdownDone{}},
    {"FenceResult", "t=stonith\nnode=x\nresult=n_stnth\n",
     FenceResult{.node = node("x"), .result = "n_stnth"}},
};

class PacketBody : public testing::TestWithParam<BodyCase> {};

TEST_P(PacketBody, IsReadAndWritten) {
  const auto& [name, lines, body] = GetParam();
  const Message message = with_tail(lines);
  const auto packet = parse_packet(message);
  ASSERT_TRUE(packet) << word(packet.error());
  EXPECT_EQ(packet->body, body);
  if (std::holds_alternative<PingStatus>(body)) return;  // has no generation
  EXPECT_EQ(lines_of(to_message(*packet)), lines_of(message));
}

INSTANTIATE_TEST_SUITE_P(All, PacketBody, testing::ValuesIn(kBodies),
                         [](const auto& row) { return row.param.name; });

// Read otherwise than written.
const std::vector<BodyCase> kTolerated = {
    {"UnknownState", "t=status\nst=asleep\n", status(std::nullopt, std::nullopt, std::nullopt)},
    {"StateInUpperCase", "t=status\nst=ACTIVE\n",
     status(NodeState::kActive, std::nullopt, std::nullopt)},
    {"DeadtimeZero", "t=status\nst=up\ndt=0\n", status(NodeState::kUp, std::nullopt, std::nullopt)},
    {"DeadtimeNoNumber", "t=status\nst=up\ndt=x\n",
     status(NodeState::kUp, std::nullopt, std::nullopt)},
    {"DeadtimeBeyondReason", "t=status\nst=up\ndt=ffffffffffffffff\n",
     status(NodeState::kUp, kDeadtimeLongestMs, std::nullopt)},
    {"ProtocolNoInteger", "t=status\nst=up\nprotocol=1x\n",
     status(NodeState::kUp, std::nullopt, std::nullopt)},
    {"NamesInUpperCase", "t=addnode\nnodelist=nodeX  nodeY\n",
     AddNodes{{node("nodex"), node("nodey")}}},
    {"WeightNoNumber", "t=setweight\nnode=X\nweight=heavy\n",
     SetWeight{.node = node("x"), .weight = 0}},
    {"WeightBeyondReason", "t=setweight\nnode=x\nweight=99999999999\n",
     SetWeight{.node = node("x"), .weight = UINT32_MAX}},
    {"TakeoverFailback", "t=hb_takeover\nrsc_hold=failback\n",
     TakeoverRequest{.set = kHoldLocal, .failback = true}},
    {"StableNoNumber", "t=resource\nrsc_hold=all\nisstable=x\n",
     ResourceReport{.hold = kHoldAll, .full = false, .stable = std::nullopt, .info = ""}},
};

class ToleratedBody : public testing::TestWithParam<BodyCase> {};

TEST_P(ToleratedBody, IsRead) {
  const auto packet = parse_packet(with_tail(GetParam().lines));
  ASSERT_TRUE(packet) << word(packet.error());
  EXPECT_EQ(packet->body, GetParam().body);
}

INSTANTIATE_TEST_SUITE_P(All, ToleratedBody, testing::ValuesIn(kTolerated),
                         [](const auto& row) { return row.param.name; });

// To 3.0.6 the word "failback" means "all" (spec: resources 2).
TEST(PacketBodies, FailbackIsAskedForAsLocal) {
  const Packet packet = parse_packet(with_tail("t=hb_takeover\nrsc_hold=failback\n")).value();
  EXPECT_EQ(to_message(packet).string("rsc_hold"), "local");
}

const std::vector<std::string> kMalformed = {
    "t=repnodes\nnodelist=a \n",
    "t=repnodes\ndelnodelist= \n",
    "t=addnode\n",
    "t=addnode\nnodelist= \n",
    "t=addnode\nnodelist=" + std::string(100, 'x') + "\n",
    "t=delnode\nnodelist=\n",
    "t=setweight\nnode=x\n",
    "t=setweight\nweight=1\n",
    "t=setsite\nnode=x\n",
    "t=setsite\nnode=\nsite=y\n",
    "t=query-cstatus\ncn=a\n",
    "t=respond-cstatus\ncn=a\n",
    "t=resource\nrsc_hold=some\n",
    "t=resource\n",
    "t=ask_resources\nrsc_hold=all\n",
    "t=ask_resources\nrsc_hold=all\ninfo=not\n",
    "t=ask_resources\nrsc_hold=none\ninfo=me\n",
    "t=hb_takeover\nrsc_hold=none\n",
    "t=hb_takeover\n",
    "t=ip-request\n",
    "t=ip-request\nipaddr=\n",
    "t=ip-request-resp\nweown=yes\n",
    "t=stonith\nnode=x\n",
    "t=stonith\nresult=OK\n",
};

// Its number has been used all the same; without it we would ask for it for ever.
TEST(PacketBodies, MalformedOnesKeepTheirNumber) {
  for (const std::string& lines : kMalformed) {
    SCOPED_TRACE(lines);
    const auto packet = parse_packet(with_tail(lines));
    ASSERT_TRUE(packet);
    const auto* other = std::get_if<Other>(&packet->body);
    ASSERT_NE(other, nullptr);
    EXPECT_TRUE(other->malformed);
    EXPECT_EQ(packet->header.seq, SeqNo(0x2a));
    EXPECT_EQ(parse_body(message_of(lines)).error(), Rejection::kBadField);
  }
}

TEST(PacketBodies, MalformedOnesWithoutANumberAreRefused) {
  for (const char* lines : {
           "t=NS_st\n",
           "t=NS_st\nst=asleep\n",
           "t=NS_rexmit\nfirstseq=1\n",
           "t=NS_rexmit\nfirstseq=0\nlastseq=1\n",
           "t=NS_rexmit\nfirstseq=2\nlastseq=1\n",
           "t=NS_rexmit\nfirstseq=a\nlastseq=b\n",
           "t=NS_rexmit\nfirstseq=-1\nlastseq=1\n",
           "t=NS_nak_rexmit\n",
           "t=NS_nak_rexmit\nfirstseq=0\n",
           "t=NS_ackmsg\n",
           "t=NS_ackmsg\nackseq=x\n",
       }) {
    const auto packet = parse_packet(with_tail(lines));
    ASSERT_FALSE(packet) << lines;
    EXPECT_EQ(packet.error(), Rejection::kBadField) << lines;
  }
}

// --- headers ---

TEST(PacketHeader, IsReadWhole) {
  const Message message = message_of(
      "t=starting\ndest=node2\n(1)destuuid=AQEBAQEBAQEBAQEBAQEBAQ==\nsrc=node1\n"
      "(1)srcuuid=AgICAgICAgICAgICAgICAg==\nseq=2a\nhg=6b030c94\nts=6b030c98\nld=0.1 0.2\nttl=3\n");
  const Packet packet = parse_packet(message).value();
  const Header want{.src = node("node1"),
                    .src_uuid = Uuid::from_bytes(std::string(16, '\x02')),
                    .dest = node("node2"),
                    .dest_uuid = Uuid::from_bytes(std::string(16, '\x01')),
                    .seq = SeqNo(0x2a),
                    .generation = Generation(0x6b030c94),
                    .timestamp = 0x6b030c98,
                    .load = "0.1 0.2",
                    .ttl = 3};
  EXPECT_EQ(packet.header, want);
  EXPECT_EQ(to_message(packet), message);
}

TEST(PacketHeader, ToleratesWhatIsNotNeeded) {
  const Packet packet =
      parse_packet(message_of("t=starting\n(1)destuuid=AQ==\nsrcuuid=text\nsrc=Node1\n"
                              "seq=1\nts=1\nttl=99999999999\n"))
          .value();
  const Header want{.src = node("Node1"),  // compared exactly, so nobody's
                    .src_uuid = std::nullopt,
                    .dest = std::nullopt,
                    .dest_uuid = std::nullopt,
                    .seq = SeqNo(1),
                    .generation = Generation(0),
                    .timestamp = 1,
                    .load = std::nullopt,
                    .ttl = std::nullopt};
  EXPECT_EQ(packet.header, want);
}

TEST(PacketHeader, SequenceNumberOfAnUnsequencedTypeIsIgnored) {
  const Packet packet = parse_packet(message_of("t=NS_st\nst=ping\nsrc=a\nts=1\nseq=5\n")).value();
  EXPECT_FALSE(packet.header.seq);
}

TEST(PacketHeader, RefusesWhatIsMissingOrWrong) {
  const std::string long_name(100, 'x');
  const std::vector<std::pair<std::string, Rejection>> cases = {
      {"src=a\nseq=1\nts=1\n", Rejection::kMissingHeader},
      {"(1)t=AQ==\nsrc=a\nseq=1\nts=1\n", Rejection::kMissingHeader},
      {"t=x\nseq=1\nts=1\n", Rejection::kMissingHeader},
      {"t=x\nsrc=a\nseq=1\n", Rejection::kMissingHeader},
      {"t=x\nsrc=a\nts=1\n", Rejection::kMissingHeader},
      {"t=\nsrc=a\nseq=1\nts=1\n", Rejection::kBadHeader},
      {"t=x\nsrc=\nseq=1\nts=1\n", Rejection::kBadHeader},
      {"t=x\nsrc=" + long_name + "\nseq=1\nts=1\n", Rejection::kBadHeader},
      {"t=x\nsrc=a\nseq=1\nts=0\n", Rejection::kBadHeader},
      {"t=x\nsrc=a\nseq=1\nts=now\n", Rejection::kBadHeader},
      {"t=x\nsrc=a\nseq=0\nts=1\n", Rejection::kBadHeader},
      {"t=x\nsrc=a\nseq=-1\nts=1\n", Rejection::kBadHeader},
      {"t=x\nsrc=a\nseq=10000000000000000\nts=1\n", Rejection::kBadHeader},
      {"t=x\nsrc=a\nseq=1\nts=1\nhg=x\n", Rejection::kBadHeader},
  };
  for (const auto& [lines, want] : cases) {
    const auto packet = parse_packet(message_of(lines));
    ASSERT_FALSE(packet) << lines;
    EXPECT_EQ(packet.error(), want) << lines;
  }
}

// --- messages of clients and scripts ---

TEST(OtherMessages, KeepWhatTheirCreatorWrote) {
  const std::string created = "t=hbapi-clstat\nst=join\nsrc=node1\ndest=node2\nclient_gen=0\n";
  const Message message =
      message_of(created + "(1)srcuuid=AgICAgICAgICAgICAgICAg==\nseq=1\nhg=6b\nts=1\n");
  const Packet packet = parse_packet(message).value();
  const auto& other = std::get<Other>(packet.body);
  EXPECT_EQ(other.type, "hbapi-clstat");
  EXPECT_FALSE(other.malformed);
  EXPECT_EQ(lines_of(other.message), created);
  EXPECT_EQ(to_message(packet), message);
}

TEST(OtherMessages, GetTheirDestinationFromTheHeader) {
  Packet packet;
  packet.header.src = node("node1");
  packet.header.dest = node("node2");
  packet.header.seq = SeqNo(1);
  packet.header.timestamp = 1;
  packet.body = Other{.type = "mytype", .message = message_of("foo=bar\n")};
  EXPECT_EQ(lines_of(to_message(packet)),
            "foo=bar\nt=mytype\ndest=node2\nsrc=node1\nseq=1\nhg=0\nts=1\n");
}

TEST(Sequenced, IsAllButTheNsTypes) {
  EXPECT_TRUE(is_sequenced(Status{}));
  EXPECT_TRUE(is_sequenced(Other{.type = "mytype", .message = {}}));
  EXPECT_FALSE(is_sequenced(Other{.type = "NS_new", .message = {}}));
  EXPECT_FALSE(is_sequenced(PingStatus{}));
  EXPECT_FALSE(is_sequenced(RetransmitRequest{}));
  EXPECT_FALSE(is_sequenced(RetransmitNak{}));
  EXPECT_FALSE(is_sequenced(Ack{}));
}

// --- injected messages: what the stock tools write into the FIFO (spec: client-api 4.2) ---

Injected injected(const std::string& lines) { return parse_body(message_of(lines)).value(); }

TEST(InjectedMessages, OfTheStockToolsAreRead) {
  EXPECT_EQ(injected("t=ask_resources\nrsc_hold=all\ninfo=me\n").body,
            Body(StandbyMessage{.set = kHoldAll, .phase = kMe}));
  EXPECT_EQ(injected("t=hb_takeover\nrsc_hold=local\n").body,
            Body(TakeoverRequest{.set = kHoldLocal, .failback = false}));
  EXPECT_EQ(injected("t=addnode\nnodelist=node3 Node4\n").body,
            Body(AddNodes{{node("node3"), node("node4")}}));
  EXPECT_EQ(injected("t=setweight\nnode=node2\nweight=50\n").body,
            Body(SetWeight{.node = node("node2"), .weight = 50}));
}

TEST(InjectedMessages, KeepTheirDestination) {
  const Injected reply = injected("t=ip-request-resp\ndest=Node2\nipaddr=a\nweown=yes\nok=OK\n");
  EXPECT_EQ(reply.dest, node("node2"));
  EXPECT_FALSE(injected("t=mytype\nfoo=bar\n").dest);
}

TEST(InjectedMessages, NeedAType) {
  EXPECT_EQ(parse_body(message_of("rsc_hold=all\n")).error(), Rejection::kMissingHeader);
  EXPECT_EQ(parse_body(message_of("t=\n")).error(), Rejection::kMissingHeader);
}

// --- words ---

TEST(Words, OfStatesAndHoldsRoundTrip) {
  for (const auto state :
       {NodeState::kInit, NodeState::kUp, NodeState::kActive, NodeState::kDead, NodeState::kPing}) {
    EXPECT_EQ(parse_node_state(word(state)), state);
  }
  for (const auto hold : {kHoldNone, kHoldLocal, kHoldForeign, kHoldAll}) {
    EXPECT_EQ(parse_hold(word(hold)), hold);
    EXPECT_EQ(hold.mirrored().mirrored(), hold);
  }
  EXPECT_FALSE(parse_hold("ALL"));
  EXPECT_EQ(kHoldLocal | kHoldForeign, kHoldAll);
  EXPECT_EQ(kHoldAll & kHoldLocal, kHoldLocal);
  EXPECT_EQ(kHoldAll - kHoldLocal, kHoldForeign);
}

}  // namespace
}  // namespace hb::wire
