#include "runtime/held_groups_file.h"

#include <fstream>

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
  const std::vector<ResourceGroup> groups = {
      {GroupKey("192.0.2.1/24"),
       NodeName("ada"),
       {{"IPaddr", {"192.0.2.1/24"}, "192.0.2.1/24"}, {"web", {}, "web"}}},
      {GroupKey("Filesystem::/dev/x::::/y"),
       NodeName("bob"),
       {{"Filesystem", {"/dev/x", "", "/y"}, "Filesystem::/dev/x::::/y"}}}};
  file.write(groups);
  EXPECT_EQ(HeldGroupsFile(path).read(), groups);
  file.write({});
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(HeldGroups, ALineThatNamesNoResourceIsLeftOut) {
  std::ofstream(path) << "\nada\nada\tweb\nbob\tweb web\n";
  ASSERT_EQ(file.read().size(), 1U);
  EXPECT_EQ(file.read().front().preferred, NodeName("bob"));
}

TEST_F(HeldGroups, AnUnwritablePlaceIsSurvived) {
  HeldGroupsFile nowhere("/nonexistent/held-groups");
  nowhere.write({{GroupKey("x"), NodeName("ada"), {{"x", {}, "x"}}}});
  EXPECT_TRUE(nowhere.read().empty());
}

}  // namespace
}  // namespace hb::runtime
