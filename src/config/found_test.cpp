// Whole configurations of the kind that is found in how-tos: our verdict is that of 3.0.6, or a
// deviation with a reason (test/vectors/config/README.md).

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "config/configuration.h"
#include "config/fake_world.h"

namespace hb::config {
namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::filesystem::path found() {
  return std::filesystem::path(HB_SOURCE_DIR) / "test/vectors/config/found";
}

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(found())) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// The machine on which the verdicts of 3.0.6 were recorded.
FakeWorld machine_of_the_lab() {
  FakeWorld world;
  world.interfaces = {{"lo", {true, true}}, {"eth0", {true, true}}, {"eth1", {true, true}}};
  world.own_addresses = {"127.0.0.1", "10.77.0.1", "10.78.0.1"};
  world.paths = {{"/dev/ttyS0", {false, true, true, false}},
                 {"/usr/libexec/heartbeat/ipfail", {true, false, true, true}},
                 {"/usr/bin/sleep", {true, false, true, true}}};
  return world;
}

CheckResult verdict(const std::string& name) {
  const std::filesystem::path directory = found() / name;
  const auto source = [&](const std::string& file, std::uint32_t mode) {
    SourceFile result{file, std::nullopt, ENOENT, mode, 0};
    if (std::filesystem::exists(directory / file)) {
      result.text = text_of(directory / file);
      result.error = 0;
    }
    return result;
  };
  Sources sources{source("ha.cf", 0644), source("authkeys", 0600), source("haresources", 0644),
                  local_node_name(text_of(directory / "nodeinfo"), "lab"), true};
  return check(sources, machine_of_the_lab());
}

class FoundConfigurationTest : public testing::TestWithParam<std::string> {};

TEST_P(FoundConfigurationTest, IsJudgedAsBy306OrForAReason) {
  const auto original = nlohmann::json::parse(text_of(found() / "verdicts-3.0.6.json"));
  const auto deviations = nlohmann::json::parse(text_of(found() / "deviations.json"));
  ASSERT_TRUE(original.contains(GetParam())) << "not recorded: test/system/record_verdicts.py";
  const bool accepted_by_306 = original.at(GetParam()).at("accepted");

  const CheckResult result = verdict(GetParam());
  std::string said;
  bool any_error = false;
  for (const Diagnostic& diagnostic : result.diagnostics) {
    said += render(diagnostic) + "\n";
    any_error = any_error || diagnostic.severity == Severity::kError;
  }
  const bool accepted = result.configuration.has_value();
  EXPECT_EQ(accepted, !any_error) << said;
  if (!deviations.contains(GetParam())) {
    EXPECT_EQ(accepted, accepted_by_306) << said;
    return;
  }
  const auto& deviation = deviations.at(GetParam());
  const std::string because = deviation.at("because");
  EXPECT_TRUE(because.starts_with("FIX: ") || because.starts_with("BETTER: ")) << because;
  EXPECT_NE(deviation.at("accepted"), accepted_by_306) << "no deviation";
  EXPECT_EQ(accepted, deviation.at("accepted")) << said;
}

INSTANTIATE_TEST_SUITE_P(All, FoundConfigurationTest, testing::ValuesIn(names()),
                         [](const auto& one) {
                           std::string name = one.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(FoundConfigurations, AreEnough) { EXPECT_GE(names().size(), 20U); }

}  // namespace
}  // namespace hb::config
