#include "io/media/peer_names.h"

#include <map>
#include <optional>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hb::io {
namespace {

using asio::ip::make_address;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Keeps the questions until the test answers them.
class HeldLookup final : public NameLookup {
 public:
  void look_up(const std::string& name, bool, Done done) override {
    questions.emplace_back(name, std::move(done));
  }
  void answer(const std::vector<std::string>& addresses) {
    auto [name, done] = std::move(questions.front());
    questions.erase(questions.begin());
    std::vector<asio::ip::address> all;
    for (const std::string& address : addresses) all.push_back(make_address(address));
    done(std::move(all));
  }
  std::vector<std::pair<std::string, Done>> questions;
};

class PeerNamesTest : public ::testing::Test {
 protected:
  PeerNames::Events events() {
    return {[this] { ++changes; },
            [this](const std::string& name, bool resolves) {
              told.push_back(name + (resolves ? " resolves" : " does not"));
            }};
  }
  asio::io_context loop;
  HeldLookup lookup;
  int changes = 0;
  std::vector<std::string> told;
};

TEST_F(PeerNamesTest, AsksForEachAndKeepsTheFirstAddress) {
  PeerNames names(loop, &lookup, {"bob", "cyd"}, false, events());
  names.start();
  EXPECT_THAT(names.addresses(), IsEmpty());
  lookup.answer({"10.0.0.2", "10.1.0.2"});
  lookup.answer({"10.0.0.3"});
  EXPECT_THAT(names.addresses(), ElementsAre(make_address("10.0.0.2"), make_address("10.0.0.3")));
  EXPECT_EQ(names.address_of("cyd"), make_address("10.0.0.3"));
  EXPECT_EQ(names.address_of("dan"), std::nullopt);
  EXPECT_EQ(changes, 2);
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(PeerNamesTest, ANameThatDoesNotResolveIsToldOnceAndOnceWhenItDoes) {
  PeerNames names(loop, &lookup, {"bob"}, false, events());
  names.start();
  lookup.answer({});
  EXPECT_THAT(told, ElementsAre("bob does not"));
  EXPECT_EQ(changes, 0);
}

TEST_F(PeerNamesTest, AnAnswerThatFailsLaterCostsNoAddress) {
  PeerNames names(loop, &lookup, {"bob"}, false, events());
  names.start();
  lookup.answer({"10.0.0.2"});
  names.doubt();
  EXPECT_THAT(lookup.questions, IsEmpty()) << "it was just asked";
  EXPECT_THAT(names.addresses(), ElementsAre(make_address("10.0.0.2")));
}

TEST_F(PeerNamesTest, WithoutALookupOrNamesNothingIsAsked) {
  PeerNames without(loop, nullptr, {"bob"}, false, events());
  without.start();
  EXPECT_THAT(without.addresses(), IsEmpty());
  PeerNames empty(loop, &lookup, {}, false, events());
  empty.start();
  EXPECT_THAT(lookup.questions, IsEmpty());
}

TEST_F(PeerNamesTest, AnswersThatComeTooLateAreForgotten) {
  {
    PeerNames names(loop, &lookup, {"bob"}, false, events());
    names.start();
  }
  lookup.answer({"10.0.0.2"});
  EXPECT_EQ(changes, 0);
}

}  // namespace
}  // namespace hb::io
