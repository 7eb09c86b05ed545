#include "client/ordering.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/encoding.h"

namespace hb::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

wire::Message text(const std::string& content) {
  wire::Message message;
  message.add_string("text", content);
  return message;
}

std::vector<std::string> texts(const std::vector<wire::Message>& messages) {
  std::vector<std::string> all;
  for (const wire::Message& message : messages) all.emplace_back(*message.string("text"));
  return all;
}

// A stream fed by hand: each message says its sign-on and its number.
struct OrderedStreamTest : testing::Test {
  std::vector<std::string> take(std::uint64_t order, std::uint64_t client = 1,
                                std::uint64_t generation = 7) {
    return take_with_seq(100 * client + order, order, client, generation);
  }
  std::vector<std::string> take_with_seq(std::uint64_t seq, std::uint64_t order,
                                         std::uint64_t client, std::uint64_t generation) {
    return texts(stream.take({Generation(generation), SeqNo(seq), client, order},
                             text(std::to_string(client) + "." + std::to_string(order))));
  }
  OrderedStream stream;
};

TEST_F(OrderedStreamTest, TheFirstOneSeenIsTheStartWhateverItsNumber) {
  EXPECT_THAT(take(5), ElementsAre("1.5"));
  EXPECT_THAT(take(6), ElementsAre("1.6"));
  EXPECT_THAT(take(4), IsEmpty());
}

TEST_F(OrderedStreamTest, OneThatWasSentAgainLetsThoseBehindItPass) {
  take(1);
  EXPECT_THAT(take(3), IsEmpty());
  EXPECT_THAT(take(4), IsEmpty());
  EXPECT_THAT(take(2), ElementsAre("1.2", "1.3", "1.4"));
}

TEST_F(OrderedStreamTest, NothingIsHandedOnTwice) {
  take(1);
  EXPECT_THAT(take(1), IsEmpty());
  take(3);
  EXPECT_THAT(take(3), IsEmpty());
  EXPECT_THAT(take(2), ElementsAre("1.2", "1.3"));
  EXPECT_THAT(take(3), IsEmpty());
}

TEST_F(OrderedStreamTest, ALaterLifeOfTheSenderBeginsAnew) {
  take(1);
  take(3);
  EXPECT_THAT(take(1, 1, 8), ElementsAre("1.1"));
  EXPECT_THAT(take(2, 1, 7), IsEmpty());
  EXPECT_THAT(take(2, 1, 8), ElementsAre("1.2"));
}

TEST_F(OrderedStreamTest, ALaterSignOnWaitsForTheNoticeOfLeaving) {
  take(1);
  EXPECT_THAT(take(1, 2), IsEmpty());
  EXPECT_THAT(take(3, 2), IsEmpty());
  EXPECT_THAT(take(2), ElementsAre("1.2"));
  const auto [before, after] = stream.left();
  EXPECT_THAT(before, IsEmpty());
  EXPECT_THAT(texts(after), ElementsAre("2.1"));
  EXPECT_THAT(take(3), IsEmpty());
  EXPECT_THAT(take(2, 2), ElementsAre("2.2", "2.3"));
}

TEST_F(OrderedStreamTest, WhatIsStillMissingWhenTheSenderHasLeftNeverComes) {
  take(1);
  take(3);
  take(5);
  EXPECT_THAT(texts(stream.left().before), ElementsAre("1.3", "1.5"));
  EXPECT_THAT(take(2), IsEmpty());
  EXPECT_THAT(take(9, 2), ElementsAre("2.9"));
}

TEST_F(OrderedStreamTest, TheSecondThatWaitsReplacesTheFirst) {
  take(1);
  take(1, 2);
  take(4, 3);
  take(2, 2);
  EXPECT_THAT(texts(stream.left().after), ElementsAre("3.4"));
}

TEST_F(OrderedStreamTest, AJumpOfAWholeWindowBeginsAnew) {
  take_with_seq(1, 1, 1, 7);
  take_with_seq(3, 3, 1, 7);
  EXPECT_THAT(take_with_seq(501, 1 + kOrderWindow, 1, 7), IsEmpty());
  EXPECT_THAT(take_with_seq(502, 2 + kOrderWindow, 1, 7), ElementsAre("1.502"));
  EXPECT_EQ(stream.waiting(), 0U);
  EXPECT_THAT(take_with_seq(2, 2, 1, 7), IsEmpty());
}

TEST_F(OrderedStreamTest, ADeathForgetsWhatWaits) {
  take(1);
  take(3);
  stream.node_died();
  EXPECT_EQ(stream.waiting(), 0U);
  EXPECT_THAT(take(9), ElementsAre("1.9"));
}

TEST(OrderKey, IsReadFromAnOrderedMessageOnly) {
  wire::Message message;
  message.add_string("hg", "1f");
  message.add_string("seq", "a");
  message.add_string("client_gen", "10");
  EXPECT_FALSE(order_key(message));
  message.add_string("oseq", "1b");
  EXPECT_EQ(order_key(message), (OrderKey{Generation(31), SeqNo(10), 10, 27}));
  for (const char* bad : {"0", "-1", "1x", "", "10000000000000000"}) {
    message.set_string("oseq", bad);
    EXPECT_FALSE(order_key(message)) << bad;
  }
}

// The obvious way: remember all that ever came and look through it from the beginning.
class SlowStream {
 public:
  explicit SlowStream(std::uint64_t start) : start_(start) {}
  std::vector<std::string> take(std::uint64_t order) {
    came_.push_back(order);
    std::vector<std::string> fresh;
    while (std::find(came_.begin(), came_.end(), start_) != came_.end())
      fresh.push_back("1." + std::to_string(start_++));
    return fresh;
  }

 private:
  std::uint64_t start_;
  std::vector<std::uint64_t> came_;
};

RC_GTEST_PROP(OrderedStreamProperty, AgreesWithTheObviousOneWithinTheWindow, ()) {
  const auto orders = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::uint64_t>>(
      rc::gen::inRange<std::uint64_t>(1, 1 + kOrderWindow)));
  OrderedStream stream;
  SlowStream slow(orders.front());
  for (const std::uint64_t order : orders) {
    const auto got =
        stream.take({Generation(7), SeqNo(order), 1, order}, text("1." + std::to_string(order)));
    RC_ASSERT(texts(got) == slow.take(order));
  }
}

// Whatever comes, from whichever life: nothing twice, nothing backwards, nothing without bound.
RC_GTEST_PROP(OrderedStreamProperty, NeverRepeatsAndNeverGoesBack, ()) {
  using Position = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>;
  OrderedStream stream;
  std::optional<Position> last;
  const auto hand_on = [&](const std::vector<wire::Message>& messages) {
    for (const wire::Message& message : messages) {
      const auto key = order_key(message);
      RC_ASSERT(key.has_value());
      const Position at{key->generation.value(), key->client_generation, key->order};
      RC_ASSERT(!last || at > *last);
      last = at;
    }
  };
  const int steps = *rc::gen::inRange(1, 200);
  for (int i = 0; i < steps; ++i) {
    const int what = *rc::gen::inRange(0, 30);
    if (what == 0) {
      const auto [before, after] = stream.left();
      hand_on(before);
      hand_on(after);
      continue;
    }
    const auto order = *rc::gen::inRange<std::uint64_t>(1, what == 1 ? 2000 : 12);
    const OrderKey key{Generation(*rc::gen::inRange<std::uint64_t>(1, 3)), SeqNo(order),
                       *rc::gen::inRange<std::uint64_t>(1, 4), order};
    wire::Message message;
    message.add_string("hg", std::to_string(key.generation.value()));
    message.add_string("seq", "1");
    message.add_string("client_gen", std::to_string(key.client_generation));
    message.add_string("oseq", to_hex(key.order));
    hand_on(stream.take(key, std::move(message)));
    RC_ASSERT(stream.waiting() <= 2 * kOrderWindow);
  }
}

}  // namespace
}  // namespace hb::client
