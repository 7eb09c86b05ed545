#include "core/ring/ring_relay.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/names_testing.h"

namespace hb::core {
namespace {

using namespace std::chrono_literals;

constexpr Instant kNow = Instant(100s);

wire::Header header(std::uint64_t seq, std::optional<unsigned> ttl = 4) {
  wire::Header result;
  result.src = kAda;
  result.seq = SeqNo(seq);
  result.ttl = ttl;
  return result;
}

wire::Packet unnumbered(wire::Body body, std::optional<NodeName> dest, unsigned ttl = 4) {
  wire::Packet packet;
  packet.header.src = kAda;
  packet.header.dest = std::move(dest);
  packet.header.ttl = ttl;
  packet.body = std::move(body);
  return packet;
}

struct RelayCase {
  const char* name;
  Admission admission;
  std::optional<unsigned> ttl, want;
};

class RingRelayTest : public ::testing::TestWithParam<RelayCase> {};

TEST_P(RingRelayTest, Decides) {
  RingRelay relay;
  EXPECT_EQ(relay.pass_on(header(7, GetParam().ttl), GetParam().admission), GetParam().want);
}

const std::vector<RelayCase> kRelayCases = {
    {"ANewOneGoesOn", Admission::kDeliver, 4, 3},
    {"OneBehindAGapGoesOn", Admission::kGap, 4, 3},
    {"OneThatWasMissingGoesOn", Admission::kFilled, 4, 3},
    {"OneBehindAJumpGoesOn", Admission::kJump, 4, 3},
    {"TheFirstOfANewLifeGoesOn", Admission::kNewIncarnation, 4, 3},
    {"ADuplicateStays", Admission::kDuplicate, 4, std::nullopt},
    {"AnOldOneStays", Admission::kOld, 4, std::nullopt},
    {"AReplayStays", Admission::kStaleGeneration, 4, std::nullopt},
    {"TheLastHopStays", Admission::kDeliver, 1, std::nullopt},
    {"ATtlOfNoneStays", Admission::kDeliver, 0, std::nullopt},
    {"OneWithoutATtlStays", Admission::kDeliver, std::nullopt, std::nullopt},
};
INSTANTIATE_TEST_SUITE_P(Numbered, RingRelayTest, ::testing::ValuesIn(kRelayCases),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(RingRelay, WhatWasAskedForThroughUsGoesOnOnceMoreAlthoughWeHaveIt) {
  RingRelay relay;
  const auto request =
      unnumbered(wire::RetransmitRequest{.first = SeqNo(5), .last = SeqNo(6)}, kCyd);
  EXPECT_EQ(relay.pass_on(request, kBob, kNow), 3U);
  EXPECT_EQ(relay.awaited(), 2U);
  wire::Header again = header(5);
  again.src = kCyd;
  EXPECT_EQ(relay.pass_on(again, Admission::kOld), 3U);
  EXPECT_EQ(relay.pass_on(again, Admission::kOld), std::nullopt);
  EXPECT_EQ(relay.awaited(), 1U);
}

TEST(RingRelay, AGreedyRequestCostsBoundedMemory) {
  RingRelay relay;
  const wire::RetransmitRequest all{.first = SeqNo(1), .last = SeqNo(UINT64_MAX)};
  EXPECT_TRUE(relay.pass_on(unnumbered(all, kCyd), kBob, kNow));
  EXPECT_TRUE(relay.pass_on(unnumbered(all, NodeName("dan")), kBob, kNow));
  EXPECT_LE(relay.awaited(), RingRelay::kMostAwaited);
}

TEST(RingRelay, ANewLifeEndsWhatWasAwaitedOfTheOneBefore) {
  RingRelay relay;
  const wire::RetransmitRequest request{.first = SeqNo(5), .last = SeqNo(6)};
  EXPECT_TRUE(relay.pass_on(unnumbered(request, kCyd), kBob, kNow));
  wire::Header reborn = header(1);
  reborn.src = kCyd;
  EXPECT_TRUE(relay.pass_on(reborn, Admission::kNewIncarnation));
  EXPECT_EQ(relay.awaited(), 0U);
}

TEST(RingRelay, UnnumberedPacketsGoOnTowardsTheirDestinationAlone) {
  RingRelay relay;
  const wire::Ack ack{.acknowledged = SeqNo(9)};
  EXPECT_EQ(relay.pass_on(unnumbered(ack, kCyd), kBob, kNow), 3U);
  EXPECT_EQ(relay.pass_on(unnumbered(ack, kBob), kBob, kNow), std::nullopt);
  EXPECT_EQ(relay.pass_on(unnumbered(ack, kAda), kBob, kNow), std::nullopt) << "3.0.6 to itself";
  EXPECT_EQ(relay.pass_on(unnumbered(ack, std::nullopt), kBob, kNow), std::nullopt);
  EXPECT_EQ(relay.pass_on(unnumbered(ack, NodeName("dan"), 1), kBob, kNow), std::nullopt);
}

TEST(RingRelay, ARefusalGoesOnThoughItIsForUs) {
  RingRelay relay;
  const wire::RetransmitNak nak{.seq = SeqNo(9), .info = "seqno too low"};
  EXPECT_EQ(relay.pass_on(unnumbered(nak, kBob), kBob, kNow), 3U);
}

TEST(RingRelay, CopiesOfAnUnnumberedPacketStayUntilTheyAreForgotten) {
  RingRelay relay;
  const wire::Ack ack{.acknowledged = SeqNo(9)};
  EXPECT_TRUE(relay.pass_on(unnumbered(ack, kCyd, 4), kBob, kNow));
  EXPECT_FALSE(relay.pass_on(unnumbered(ack, kCyd, 3), kBob, kNow + 100ms)) << "the longer way";
  EXPECT_TRUE(relay.pass_on(unnumbered(ack, kCyd, 4), kBob, kNow + 2s));
}

TEST(RingRelay, RemembersABoundedNumberOfPackets) {
  RingRelay relay;
  for (std::uint64_t n = 0; n <= RingRelay::kMostRemembered; ++n) {
    EXPECT_TRUE(relay.pass_on(unnumbered(wire::Ack{SeqNo(n)}, kCyd), kBob, kNow));
  }
  EXPECT_TRUE(relay.pass_on(unnumbered(wire::Ack{SeqNo(0)}, kCyd), kBob, kNow));
  EXPECT_FALSE(relay.pass_on(unnumbered(wire::Ack{SeqNo(5)}, kCyd), kBob, kNow));
}

}  // namespace
}  // namespace hb::core
