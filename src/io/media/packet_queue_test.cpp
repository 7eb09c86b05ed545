#include "io/media/packet_queue.h"

#include <gtest/gtest.h>

namespace hb::io {
namespace {

TEST(PacketQueue, GivesBackInOrder) {
  PacketQueue queue(10);
  EXPECT_EQ(queue.push("one"), 0U);
  EXPECT_EQ(queue.push("two"), 0U);
  EXPECT_EQ(queue.pop(), "one");
  EXPECT_EQ(queue.pop(), "two");
  EXPECT_TRUE(queue.empty());
}

TEST(PacketQueue, WhenFullTheOldestGo) {
  PacketQueue queue(10);
  queue.push("aaaa");
  queue.push("bbbb");
  EXPECT_EQ(queue.push("cccc"), 1U);
  EXPECT_EQ(queue.push("dddddddd"), 2U);
  EXPECT_EQ(queue.bytes(), 8U);
  EXPECT_EQ(queue.pop(), "dddddddd");
}

TEST(PacketQueue, OnePacketAlwaysFits) {
  PacketQueue queue(10);
  queue.push("a");
  EXPECT_EQ(queue.push(std::string(100, 'x')), 1U);
  EXPECT_EQ(queue.bytes(), 100U);
  EXPECT_EQ(queue.push("b"), 1U);
  EXPECT_EQ(queue.pop(), "b");
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST(PacketQueue, ClearTellsHowManyThereWere) {
  PacketQueue queue(10);
  queue.push("a");
  queue.push("b");
  EXPECT_EQ(queue.clear(), 2U);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
}

}  // namespace
}  // namespace hb::io
