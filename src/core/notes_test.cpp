#include "core/notes.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace hb::core {
namespace {

constexpr auto kLast = static_cast<int>(NoteId::kShutdownComplete);

TEST(Notes, RenderTheirArguments) {
  EXPECT_EQ(render({NoteId::kLinkUp, {"bob", "eth0"}}), "Link bob:eth0 up.");
}

TEST(Notes, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (int id = 0; id <= kLast; ++id) names.insert(kind(static_cast<NoteId>(id)).name);
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kLast) + 1);
}

// A severe line without a word on what it means helps nobody.
TEST(Notes, ExplainWhatIsSevere) {
  for (int id = 0; id <= kLast; ++id) {
    const NoteKind& row = kind(static_cast<NoteId>(id));
    if (row.severity == Severity::kCritical) {
      EXPECT_FALSE(row.explanation.empty()) << row.name;
    }
  }
}

}  // namespace
}  // namespace hb::core
