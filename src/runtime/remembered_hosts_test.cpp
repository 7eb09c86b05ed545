#include "runtime/remembered_hosts.h"

#include <gtest/gtest.h>

#include "io/host/host_cache.h"
#include "io/host/state_files.h"
#include "io/host/temporary_directory_testing.h"

namespace hb::runtime {
namespace {

class RememberedHostsTest : public ::testing::Test {
 protected:
  RememberedHostsTest() {
    paths_.state = directory_.path();
    settings_.autojoin = core::Autojoin::kOther;
  }

  void remember(bool kept, const std::vector<HostEntry>& hosts,
                const std::vector<HostEntry>& deleted) {
    RememberedHosts(paths_, kept, log_).record(hosts, deleted);
  }
  void recall(bool kept = true) { RememberedHosts(paths_, kept, log_).recall(settings_); }

  const std::vector<HostEntry> ada_{{.name = NodeName("ada"), .weight = 7}};
  const std::vector<HostEntry> bob_{{.name = NodeName("bob"), .site = "north"}};
  io::testing::TemporaryDirectory directory_;
  Paths paths_;
  io::Log log_{"test", {}};
  core::Settings settings_;
};

TEST_F(RememberedHostsTest, ComeBackAtTheNextStart) {
  remember(true, ada_, bob_);
  recall();
  EXPECT_EQ(settings_.known_hosts, ada_);
  EXPECT_EQ(settings_.deleted_hosts, bob_);
}

TEST_F(RememberedHostsTest, WithoutAutojoinNobodyIsAddedByTheCache) {
  remember(true, ada_, bob_);
  settings_.autojoin = core::Autojoin::kNone;
  recall();
  EXPECT_TRUE(settings_.known_hosts.empty());
  EXPECT_EQ(settings_.deleted_hosts, bob_);
}

TEST_F(RememberedHostsTest, AreNoBusinessOfADaemonThatManagesResources) {
  remember(false, ada_, bob_);
  EXPECT_FALSE(std::filesystem::exists(paths_.host_cache()));
  remember(true, ada_, bob_);
  recall(false);
  EXPECT_TRUE(settings_.known_hosts.empty());
}

TEST_F(RememberedHostsTest, ADamagedFileCostsOnlyWhatIsDamaged) {
  ASSERT_TRUE(io::atomic_write_file(paths_.host_cache(), io::host_cache_text(ada_) + "bob\tf37"));
  recall();
  EXPECT_EQ(settings_.known_hosts, ada_);
}

}  // namespace
}  // namespace hb::runtime
