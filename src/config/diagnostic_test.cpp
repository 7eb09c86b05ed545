#include "config/diagnostic.h"

#include <gtest/gtest.h>

namespace hb::config {
namespace {

TEST(Render, ShowsPlaceProblemFoundAndExpected) {
  EXPECT_EQ(render({Severity::kError, {"ha.cf", 12, 15}, "not a time", "2x", "a number"}),
            "ha.cf:12:15: error: not a time; found \"2x\"; expected a number");
  EXPECT_EQ(render({Severity::kWarning, {"ha.cf", 0, 0}, "odd", "", ""}), "ha.cf: warning: odd");
  EXPECT_EQ(to_string(Severity::kInfo), "info");
}

TEST(Render, LeavesTheSeverityToALog) {
  EXPECT_EQ(render_for_log({Severity::kError, {"ha.cf", 12, 15}, "not a time", "2x", ""}),
            "ha.cf:12:15: not a time; found \"2x\"");
}

TEST(Render, LetsNoControlByteThrough) {
  EXPECT_EQ(render({Severity::kInfo, {"f\n", 1, 1}, "a\x1b[2J", "\x7f\t", "ü"}),
            "f\\x0a:1:1: info: a\\x1b[2J; found \"\\x7f\\x09\"; expected ü");
}

TEST(Diagnostics, QuotesNoMoreThanTellsTheWord) {
  Diagnostics diagnostics;
  diagnostics.error({}, "long", std::string(10000, 'x'));
  EXPECT_LT(std::move(diagnostics).take().front().found.size(), 300U);
}

TEST(Diagnostics, KeepsThousandAndTheFirstError) {
  Diagnostics diagnostics;
  for (int i = 0; i < 2000; ++i) diagnostics.warning({"f", 1, 1}, "odd");
  diagnostics.error({"f", 2, 1}, "wrong");
  diagnostics.error({"f", 3, 1}, "wrong too");
  EXPECT_EQ(diagnostics.errors(), 2U);
  const auto all = std::move(diagnostics).take();
  ASSERT_EQ(all.size(), Diagnostics::kMostKept + 2);
  EXPECT_EQ(all[Diagnostics::kMostKept].problem, "wrong");
  EXPECT_EQ(all.back().problem, "1001 more messages are not shown");
}

TEST(Located, IsEqualWhereverItStands) {
  EXPECT_EQ((Located<int>{1, {"a", 1, 1}}), (Located<int>{1, {"b", 2, 2}}));
  EXPECT_FALSE((Located<int>{1, {}}) == (Located<int>{2, {}}));
}

}  // namespace
}  // namespace hb::config
