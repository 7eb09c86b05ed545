#include "core/notes.h"

#include <set>

#include <gtest/gtest.h>

namespace hb::core {
namespace {

TEST(Notes, RenderTheirArguments) {
  EXPECT_EQ(render({NoteId::kLinkUp, {"bob", "eth0"}}), "Link bob:eth0 up.");
}

TEST(Notes, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const NoteKind& row : note_kinds()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"),
              std::string_view::npos)
        << row.name;
  }
}

// A line that worries without a word on what it means helps nobody at three in the morning.
TEST(Notes, ExplainWhatMayWorry) {
  for (const NoteKind& row : note_kinds()) {
    if (row.severity <= Severity::kWarning) {
      EXPECT_FALSE(row.explanation.empty()) << row.name;
    }
  }
}

}  // namespace
}  // namespace hb::core
