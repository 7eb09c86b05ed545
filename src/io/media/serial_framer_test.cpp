#include "io/media/serial_framer.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hb::io {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kPacket = ">>>\nt=status\n<<<\n";

std::vector<std::string> feed(SerialFramer& framer, std::string_view bytes) {
  std::vector<std::string> packets;
  framer.feed(bytes, [&](std::string_view packet) { packets.emplace_back(packet); });
  return packets;
}

struct FramerCase {
  const char* name;
  std::string bytes;
  std::vector<std::string> packets;
  std::uint64_t broken;
};

class SerialFramerTest : public ::testing::TestWithParam<FramerCase> {};

const std::vector<FramerCase> kFramerCases = {
    {"OnePacket", kPacket, {kPacket}, 0},
    {"OneBehindTheOther", kPacket + kPacket, {kPacket, kPacket}, 0},
    {"JunkBetweenPacketsIsPassedOver",
     "x\n" + kPacket + "\n<<<\n" + kPacket,
     {kPacket, kPacket},
     0},
    {"ABeginningInTheMiddleOfALineIsNone", "x>>>\nt=a\n<<<\n" + kPacket, {kPacket}, 0},
    {"APacketThatLostItsEndIsDropped", ">>>\nt=lost\n" + kPacket, {kPacket}, 1},
    {"AnEndWithoutABeginningIsPassedOver", "t=half\n<<<\n" + kPacket, {kPacket}, 0},
    {"WhatFollowsTheMarkersOnTheirLinesStays", ">>>a\nb\n<<<c\n", {">>>a\nb\n<<<c\n"}, 0},
    {"AnUnfinishedPacketIsKept", ">>>\nt=st", {}, 0},
    {"AnEmptyPacketIsOne", ">>>\n<<<\n", {">>>\n<<<\n"}, 0},
    {"AMarkerCutShortIsNone", ">>\nt=a\n<<\n" + kPacket, {kPacket}, 0},
};

TEST_P(SerialFramerTest, FindsThePackets) {
  const FramerCase& one = GetParam();
  SerialFramer framer;
  EXPECT_EQ(feed(framer, one.bytes), one.packets);
  EXPECT_EQ(framer.broken(), one.broken);
}

TEST_P(SerialFramerTest, FindsTheSameByteByByte) {
  const FramerCase& one = GetParam();
  SerialFramer framer;
  std::vector<std::string> packets;
  for (const char byte : one.bytes) {
    for (std::string& packet : feed(framer, {&byte, 1})) packets.push_back(std::move(packet));
  }
  EXPECT_EQ(packets, one.packets);
  EXPECT_EQ(framer.broken(), one.broken);
}

INSTANTIATE_TEST_SUITE_P(Lines, SerialFramerTest, ::testing::ValuesIn(kFramerCases),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(SerialFramer, EndlessPacketsAndLinesAreDroppedAndTheNextPacketIsFound) {
  SerialFramer framer;
  const std::string much(SerialFramer::kLongest, 'x');
  EXPECT_THAT(feed(framer, ">>>\n" + much), IsEmpty());
  EXPECT_THAT(feed(framer, much + much + "\n<<<\n"), IsEmpty());
  EXPECT_EQ(framer.broken(), 1U);
  EXPECT_THAT(feed(framer, kPacket), ElementsAre(kPacket));
}

TEST(SerialFramer, TheLongestPacketPasses) {
  SerialFramer framer;
  const std::string longest = ">>>\n" + std::string(SerialFramer::kLongest - 9, 'x') + "\n<<<\n";
  ASSERT_EQ(longest.size(), SerialFramer::kLongest);
  EXPECT_THAT(feed(framer, longest), ElementsAre(longest));
}

TEST(SerialFramer, AfterAnInterruptionItBeginsAnew) {
  SerialFramer framer;
  feed(framer, ">>>\nt=half");
  framer.reset();
  EXPECT_THAT(feed(framer, "<<<\n" + kPacket), ElementsAre(kPacket));
}

}  // namespace
}  // namespace hb::io
