#include "io/process/getent_lookup.h"

#include <filesystem>
#include <fstream>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "io/eventually_testing.h"

namespace hb::io {
namespace {

using asio::ip::make_address;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class GetentLookupTest : public ::testing::Test {
 protected:
  GetentLookupTest() : runner_(loop_) {}

  std::vector<asio::ip::address> answer(GetentLookup& lookup, const std::string& name,
                                        bool ipv6 = false) {
    std::optional<std::vector<asio::ip::address>> answer;
    lookup.look_up(name, ipv6, [&](std::vector<asio::ip::address> found) { answer = found; });
    EXPECT_FALSE(answer) << "never from within the call";
    EXPECT_TRUE(eventually(loop_, [&] { return answer.has_value(); }));
    return answer.value_or(std::vector<asio::ip::address>{});
  }

  asio::io_context loop_;
  ProcessRunner runner_;
};

TEST_F(GetentLookupTest, KnowsLocalhost) {
  GetentLookup lookup(runner_);
  EXPECT_THAT(answer(lookup, "localhost"), ElementsAre(make_address("127.0.0.1")));
}

TEST_F(GetentLookupTest, ANumberIsItsOwnAddress) {
  GetentLookup lookup(runner_);
  EXPECT_THAT(answer(lookup, "192.0.2.7"), ElementsAre(make_address("192.0.2.7")));
  EXPECT_THAT(answer(lookup, "2001:db8::7", true), ElementsAre(make_address("2001:db8::7")));
}

TEST_F(GetentLookupTest, WhatCannotBeAskedDoesNotResolve) {
  GetentLookup lookup(runner_, "/nonexistent/getent");
  EXPECT_THAT(answer(lookup, "localhost"), IsEmpty());
}

TEST(AddressOfGetent, ReadsTheFirstWord) {
  EXPECT_EQ(address_of_getent("10.0.0.2        STREAM bob"), make_address("10.0.0.2"));
  EXPECT_EQ(address_of_getent("fd00::2         DGRAM"), make_address("fd00::2"));
  EXPECT_EQ(address_of_getent("::ffff:10.0.0.2 STREAM bob"), std::nullopt) << "of IPv4";
  EXPECT_EQ(address_of_getent(""), std::nullopt);
  EXPECT_EQ(address_of_getent("bob 10.0.0.2"), std::nullopt);
}

}  // namespace
}  // namespace hb::io
