// Stories of clusters as text: a plan, then what everybody says and runs. A transcript that has
// changed is a change of behaviour: HB_REGENERATE=1 writes them anew, for the diff to be read.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "sim/run.h"

namespace hb::sim {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRule = "----\n";

fs::path folder() { return fs::path(HB_SOURCE_DIR) / "test/sim/scenarios"; }

std::string content(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> scenarios() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder())) {
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class ScenarioTest : public testing::TestWithParam<std::string> {};

TEST_P(ScenarioTest, GoesAsWritten) {
  const fs::path path = folder() / (GetParam() + ".txt");
  const std::string text = content(path);
  const std::size_t rule = text.find(kRule);
  ASSERT_NE(rule, std::string::npos) << "no line ---- in " << path;
  const std::string commands = text.substr(0, rule);
  const auto plan = parse_plan(commands);
  ASSERT_TRUE(plan) << plan.error();
  const RunResult result = run(*plan, Trace::kNotes);
  EXPECT_FALSE(result.violation) << result.violation->invariant << ": " << result.violation->text;
  const std::string whole = commands + std::string(kRule) + result.trace;
  if (std::getenv("HB_REGENERATE") != nullptr) std::ofstream(path) << whole;
  EXPECT_EQ(content(path), whole) << "if that is meant: HB_REGENERATE=1, then read the diff";
}
INSTANTIATE_TEST_SUITE_P(Stories, ScenarioTest, testing::ValuesIn(scenarios()),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace hb::sim
