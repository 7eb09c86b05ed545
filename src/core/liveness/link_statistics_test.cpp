#include "core/liveness/link_statistics.h"

#include <gtest/gtest.h>

#include "core/names_testing.h"

namespace hb::core {
namespace {

using namespace std::chrono_literals;

TEST(LinkStatistics, NothingIsLostOnALinkThatCarriesAll) {
  LinkStatistics link(1s);
  for (std::uint64_t n = 1; n <= 500; ++n) link.heard(at(n * 1s), SeqNo(n));
  EXPECT_EQ(link.received(), 500U);
  EXPECT_EQ(link.lost(), 0U);
  EXPECT_EQ(link.last_heard(), at(500s));
  EXPECT_EQ(link.lateness()[0], 499U);
}

TEST(LinkStatistics, WhatIsMissingIsLostWhenAWindowHasPassed) {
  LinkStatistics link(1s);
  link.heard(at(1s), SeqNo(1));
  link.heard(at(2s), SeqNo(4));
  EXPECT_EQ(link.lost(), 0U) << "they may still come";
  for (std::uint64_t n = 5; n <= 4 + LinkStatistics::kWindow; ++n) link.heard(at(3s), SeqNo(n));
  EXPECT_EQ(link.lost(), 2U);
}

TEST(LinkStatistics, WhatComesLateIsNotLost) {
  LinkStatistics link(1s);
  link.heard(at(1s), SeqNo(1));
  link.heard(at(2s), SeqNo(3));
  link.heard(at(2s), SeqNo(2));
  link.heard(at(2s), SeqNo(2));
  for (std::uint64_t n = 4; n <= 200; ++n) link.heard(at(3s), SeqNo(n));
  EXPECT_EQ(link.lost(), 0U);
}

TEST(LinkStatistics, AGapLongerThanTheWindowIsLostWhole) {
  LinkStatistics link(1s);
  link.heard(at(1s), SeqNo(1));
  link.heard(at(2s), SeqNo(102));
  for (std::uint64_t n = 103; n <= 300; ++n) link.heard(at(3s), SeqNo(n));
  EXPECT_EQ(link.lost(), 100U);
}

TEST(LinkStatistics, AJumpIsANewBeginning) {
  LinkStatistics link(1s);
  link.heard(at(1s), SeqNo(1));
  link.heard(at(2s), SeqNo(1'000'000));
  for (std::uint64_t n = 1; n <= 100; ++n) link.heard(at(3s), SeqNo(1'000'000 + n));
  EXPECT_EQ(link.lost(), 0U);
}

TEST(LinkStatistics, ANewLifeIsANewBeginning) {
  LinkStatistics link(1s);
  link.heard(at(1s), SeqNo(100));
  link.begin_anew();
  for (std::uint64_t n = 1; n <= 100; ++n) link.heard(at(2s), SeqNo(n));
  EXPECT_EQ(link.lost(), 0U);
  EXPECT_EQ(link.received(), 101U);
}

TEST(LinkStatistics, LatenessFallsIntoItsBucket) {
  LinkStatistics link(1s);
  link.heard(at(0s), SeqNo(1));
  link.heard(at(1s), SeqNo(2));                   // in time
  link.heard(at(2s + 1500us), SeqNo(3));          // 1.5 ms: below 2
  link.heard(at(3s + 1500us + 100ms), SeqNo(4));  // below 128
  link.heard(at(1h), SeqNo(5));
  EXPECT_EQ(link.lateness()[0], 1U);
  EXPECT_EQ(link.lateness()[1], 1U);
  EXPECT_EQ(link.lateness()[7], 1U);
  EXPECT_EQ(link.lateness()[LinkStatistics::kBuckets - 1], 1U);
}

}  // namespace
}  // namespace hb::core
