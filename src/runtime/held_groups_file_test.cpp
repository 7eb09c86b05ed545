#include "runtime/held_groups_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace hb::runtime {
namespace {

struct HeldGroups : testing::Test {
  ~HeldGroups() override { std::filesystem::remove(path); }
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("held-groups-" + std::to_string(::getpid()));
  HeldGroupsFile file{path};
};

TEST_F(HeldGroups, AreNoneWithoutAFile) { EXPECT_TRUE(file.read().empty()); }

TEST_F(HeldGroups, ComeBackAsWritten) {
  const std::vector<GroupKey> groups = {GroupKey("192.0.2.1/24"),
                                        GroupKey("Filesystem::/dev/x::/y")};
  file.write(groups);
  EXPECT_EQ(HeldGroupsFile(path).read(), groups);
  file.write({});
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(HeldGroups, AnUnwritablePlaceIsSurvived) {
  HeldGroupsFile nowhere("/nonexistent/held-groups");
  nowhere.write({GroupKey("x")});
  EXPECT_TRUE(nowhere.read().empty());
}

}  // namespace
}  // namespace hb::runtime
