#include "io/host/log/messages.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hb::io {
namespace {

using ::testing::ElementsAre;

TEST(Messages, FillThePlacesOfTheirRow) {
  const Message made = message<"address-restored">("10.0.0.1", "eth0");
  EXPECT_EQ(made.id, "address-restored");
  EXPECT_EQ(made.severity, Severity::kWarning);
  EXPECT_EQ(made.text, "Address 10.0.0.1 was gone from eth0 and has been put back");
  EXPECT_THAT(made.fields,
              ElementsAre(MessageField{"address", "10.0.0.1"}, MessageField{"interface", "eth0"}));
}

TEST(Messages, NumbersAreWrittenInFull) {
  EXPECT_EQ(message<"generation">(12).text, "Heartbeat generation: 12");
}

TEST(Messages, HaveIdsOfTheirOwn) {
  std::set<std::string_view> ids;
  for (const MessageKind& kind : message_kinds()) {
    EXPECT_TRUE(ids.insert(kind.id).second) << kind.id;
    EXPECT_EQ(kind.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"),
              std::string_view::npos)
        << kind.id;
  }
}

// A line without a word on what it means helps nobody at three in the morning.
TEST(Messages, AreAllExplained) {
  for (const MessageKind& kind : message_kinds()) EXPECT_FALSE(kind.explanation.empty()) << kind.id;
}

TEST(Messages, PlacesHaveNames) {
  for (const MessageKind& kind : message_kinds()) {
    EXPECT_EQ(kind.text.find("{}"), std::string_view::npos) << kind.id;
  }
}

}  // namespace
}  // namespace hb::io
