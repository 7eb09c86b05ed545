#include "config/world_system.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/text.h"

// Only what every machine answers alike.
namespace hb::config {
namespace {

// A file that goes with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) : path_(testing::TempDir() + "hb-config-XXXXXX") {
    const int fd = ::mkstemp(path_.data());
    EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(fd);
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(SystemWorld, NamesWhatLiesInADirectory) {
  const SystemWorld world;
  const auto names = world.names_in("/proc/self");
  EXPECT_NE(std::find(names.begin(), names.end(), "cmdline"), names.end());
  EXPECT_EQ(std::find(names.begin(), names.end(), ".."), names.end());
  EXPECT_TRUE(world.names_in("/no/such/directory").empty());
}

TEST(SystemWorld, KnowsTheLoopbackInterface) {
  const SystemWorld world;
  ASSERT_TRUE(world.interface("lo"));
  EXPECT_NE(world.interface("lo")->index, 0U);
  EXPECT_FALSE(world.interface("no-such-if0"));
  EXPECT_FALSE(world.interface(""));
  EXPECT_FALSE(world.interface("a-name-of-more-than-15-bytes"));
}

TEST(SystemWorld, TakesLiteralsAsTheyAre) {
  const SystemWorld world;
  EXPECT_EQ(world.resolve("10.1.2.3", AddressFamily::kIpv4), IpAddress::parse("10.1.2.3"));
  EXPECT_FALSE(world.resolve("fd00::1", AddressFamily::kIpv4));
  EXPECT_EQ(world.resolve("fd00::1", AddressFamily::kIpv6), IpAddress::parse("fd00::1"));
  EXPECT_FALSE(world.resolve("10.1.2.3", AddressFamily::kIpv6));
}

TEST(SystemWorld, KnowsWhatItIsAskedFor) {
  using Occasion = SystemWorld::Occasion;
  EXPECT_TRUE(SystemWorld(Occasion::kCheck).has_time());
  EXPECT_FALSE(SystemWorld(Occasion::kCheck).daemon_runs());
  EXPECT_TRUE(SystemWorld(Occasion::kCheckOfReload).has_time());
  EXPECT_TRUE(SystemWorld(Occasion::kCheckOfReload).daemon_runs());
  EXPECT_FALSE(SystemWorld(Occasion::kStart).has_time());
  EXPECT_FALSE(SystemWorld(Occasion::kStart).daemon_runs());
  EXPECT_FALSE(SystemWorld(Occasion::kReload).has_time());
  EXPECT_TRUE(SystemWorld(Occasion::kReload).daemon_runs());
}

TEST(SystemWorld, KnowsRoot) {
  const SystemWorld world;
  EXPECT_EQ(world.user_id("root"), 0U);
  EXPECT_EQ(world.group_id("root"), 0U);
  EXPECT_FALSE(world.user_id("no such user"));
  EXPECT_FALSE(world.group_id("no such group"));
  EXPECT_FALSE(world.user_id("0"));
}

TEST(SystemWorld, TellsFilesApart) {
  const SystemWorld world;
  const auto null = world.path("/dev/null");
  ASSERT_TRUE(null);
  EXPECT_TRUE(null->is_character_device);
  EXPECT_FALSE(null->is_executable);
  const auto shell = world.path("/bin/sh");
  ASSERT_TRUE(shell);
  EXPECT_TRUE(shell->is_regular);
  EXPECT_TRUE(shell->is_readable);
  EXPECT_TRUE(shell->is_executable);
  const auto directory = world.path("/");
  ASSERT_TRUE(directory);
  EXPECT_FALSE(directory->is_regular);
  EXPECT_TRUE(directory->is_directory);
  EXPECT_FALSE(shell->is_directory);
  EXPECT_FALSE(directory->is_executable);
  EXPECT_FALSE(world.path("/no/such/file"));
}

TEST(SystemWorld, UnknownServicesHaveNoPort) {
  const SystemWorld world;
  EXPECT_FALSE(world.udp_port("no-such-service"));
  EXPECT_FALSE(world.udp_service(1));
}

TEST(ReadSource, GivesTextModeAndOwner) {
  const TemporaryFile file("node ada\n");
  ASSERT_EQ(::chmod(file.path().c_str(), 0640), 0);
  const SourceFile source = read_source(file.path());
  EXPECT_EQ(source.path, file.path());
  EXPECT_EQ(source.text, "node ada\n");
  EXPECT_EQ(source.mode, 0640U);
  EXPECT_EQ(source.owner, ::geteuid());
  EXPECT_EQ(source.error, 0);
  EXPECT_EQ(SystemWorld().read(file.path()), "node ada\n");
}

TEST(ReadSource, TellsWhyNot) {
  EXPECT_EQ(read_source("/no/such/file").error, ENOENT);
  EXPECT_EQ(read_source("/").error, EISDIR);
  EXPECT_EQ(read_source("/dev/null").error, EINVAL);
  EXPECT_FALSE(read_source("/").text);
}

TEST(ReadSource, RefusesWhatIsTooLarge) {
  const TemporaryFile file(std::string(kLargestSource + 1, '#'));
  EXPECT_EQ(read_source(file.path()).error, EFBIG);
  EXPECT_FALSE(SystemWorld().read(file.path()));
}

TEST(ReadSources, ReadsAllAndNamesThisNode) {
  const TemporaryFile ha_cf("node ada\n");
  const TemporaryFile nodeinfo("Ada\n");
  const SourcePaths paths{ha_cf.path(), "/no/keys", "/no/resources", nodeinfo.path()};
  const Sources sources = read_sources(paths, false);
  EXPECT_EQ(sources.self, NodeName("ada"));
  EXPECT_EQ(sources.ha_cf.text, "node ada\n");
  EXPECT_EQ(sources.authkeys.error, ENOENT);
  EXPECT_EQ(sources.haresources.error, 0);
  EXPECT_FALSE(sources.resource_management);

  EXPECT_EQ(read_sources(paths, true).haresources.error, ENOENT);
}

TEST(ReadNodeName, IsThatOfNodeinfoElseOfTheMachine) {
  const TemporaryFile nodeinfo("Ada\n"), empty("");
  utsname host{};
  ASSERT_EQ(::uname(&host), 0);
  EXPECT_EQ(read_node_name(nodeinfo.path()), NodeName("ada"));
  EXPECT_EQ(read_node_name(empty.path()), NodeName(to_lower(host.nodename)));
  EXPECT_EQ(read_node_name("/no/nodeinfo"), NodeName(to_lower(host.nodename)));
}

}  // namespace
}  // namespace hb::config
