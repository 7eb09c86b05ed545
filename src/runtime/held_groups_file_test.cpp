#include "runtime/held_groups_file.h"

#include <cerrno>
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
  const std::vector<ResourceGroup> groups = {
      {GroupKey("192.0.2.1/24"),
       NodeName("ada"),
       {{"IPaddr", {"192.0.2.1/24"}, "192.0.2.1/24"}, {"web", {}, "web"}}},
      {GroupKey("Filesystem::/dev/x::::/y"),
       NodeName("bob"),
       {{"Filesystem", {"/dev/x", "", "/y"}, "Filesystem::/dev/x::::/y"}}}};
};

TEST_F(HeldGroups, AreNoneWithoutAFile) { EXPECT_TRUE(file.read()->empty()); }

TEST_F(HeldGroups, ComeBackAsWritten) {
  ASSERT_TRUE(file.write(groups));
  EXPECT_EQ(*HeldGroupsFile(path).read(), groups);
  ASSERT_TRUE(file.write({}));
  ASSERT_TRUE(file.write({}));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(HeldGroups, ALineThatNamesNoResourceIsLeftOut) {
  std::ofstream(path) << "\nada\nada\tweb\nbob\tweb web\n";
  ASSERT_EQ(file.read()->size(), 1U);
  EXPECT_EQ(file.read()->front().preferred, NodeName("bob"));
}

TEST_F(HeldGroups, AnUnwritablePlaceIsSurvived) {
  HeldGroupsFile nowhere("/nonexistent/held-groups");
  EXPECT_FALSE(nowhere.write(groups));
  EXPECT_TRUE(nowhere.read()->empty());
}

// The directory belongs to a user whose programs root must not run.
TEST_F(HeldGroups, ALinkIsNeitherFollowedNorBelieved) {
  const std::filesystem::path foreign = path.string() + ".foreign";
  std::ofstream(foreign) << "bob\tweb web\n";
  std::filesystem::create_symlink(foreign, path);
  std::filesystem::create_symlink(foreign, path.string() + ".tmp");
  EXPECT_EQ(file.read().error().code, ELOOP);
  ASSERT_TRUE(file.write(groups));
  EXPECT_EQ(*file.read(), groups);
  EXPECT_EQ(std::filesystem::file_size(foreign), 12U);
  std::filesystem::remove(foreign);
}

TEST_F(HeldGroups, AFileOfSomebodyElseIsNotBelieved) {
  ASSERT_TRUE(file.write(groups));
  ASSERT_EQ(::chown(path.c_str(), 65534, 65534), 0) << "needs root";
  EXPECT_EQ(file.read().error().code, EPERM);
}

}  // namespace
}  // namespace hb::runtime
