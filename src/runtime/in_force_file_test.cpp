#include "runtime/in_force_file.h"

#include <cerrno>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/difference.h"

namespace hb::runtime {
namespace {

struct InForceOnDisk : testing::Test {
  InForceOnDisk() {
    configuration.self = NodeName("node1");
    configuration.keys = {1, {{1, wire::DigestMethod::kSha1, "hush"}}};
    configuration.ha_cf.stonith = {{"*", "apc", "10.0.0.9 admin hidden", ""}};
  }
  ~InForceOnDisk() override { std::filesystem::remove(path); }

  [[nodiscard]] std::string text() const {
    std::ifstream stream(path);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }
  [[nodiscard]] config::Difference difference_to(const config::Configuration& other) const {
    const auto in_force = file.read();
    EXPECT_TRUE(in_force);
    if (!in_force) return {};
    return config::compare(in_force->statements,
                           config::statements(other, keyed_disguise(in_force->salt)));
  }

  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("in-force-" + std::to_string(::getpid()));
  InForceFile file{path};
  config::Configuration configuration;
};

TEST_F(InForceOnDisk, IsTheConfigurationItWasWrittenFrom) {
  ASSERT_TRUE(file.write(configuration, true));
  EXPECT_TRUE(difference_to(configuration).empty());
  EXPECT_TRUE(file.read()->resource_management);
  EXPECT_EQ(file.read()->pid, ::getpid());
}

TEST_F(InForceOnDisk, KnowsAnotherSecretWithoutHoldingOne) {
  ASSERT_TRUE(file.write(configuration, false));
  EXPECT_FALSE(file.read()->resource_management);
  config::Configuration other = configuration;
  other.keys.keys[0].secret = "louder";
  EXPECT_EQ(difference_to(other).changes().size(), 1U);
  other.ha_cf.stonith[0].parameters = "10.0.0.9 admin known";
  EXPECT_EQ(difference_to(other).changes().size(), 2U);
  for (const std::string secret : {"hush", "hidden"}) {
    std::string hex;
    for (const char c : secret) hex += fmt::format("{:02x}", c);
    EXPECT_EQ(text().find(secret), std::string::npos);
    EXPECT_EQ(text().find(hex), std::string::npos);
  }
}

TEST_F(InForceOnDisk, IsForRootAlone) {
  ASSERT_TRUE(file.write(configuration, true));
  struct stat facts {};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0600U);
}

TEST_F(InForceOnDisk, WhatIsNoneIsAnError) {
  EXPECT_EQ(file.read().error().code, ENOENT);
  std::ofstream(path) << "{}";
  EXPECT_EQ(file.read().error().code, EBADMSG);
}

}  // namespace
}  // namespace hb::runtime
