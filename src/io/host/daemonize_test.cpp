#include "io/host/daemonize.h"

#include <chrono>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/host/in_child_testing.h"
#include "io/host/temporary_directory_testing.h"

namespace hb::io {
namespace {

using testing::in_child;
using testing::TemporaryDirectory;

// What the caller of the starting process sees; `daemon` goes on in the background.
template <class Daemon>
int start(Daemon daemon) {
  return in_child([&] {
    auto readiness = daemonize();
    if (!readiness) return 99;
    daemon(*readiness);
    ::_exit(77);  // seen by nobody
  });
}

TEST(Daemonize, TheStarterWaitsForReady) {
  EXPECT_EQ(start([](Readiness& readiness) { readiness.ready(); }), 0);
}
TEST(Daemonize, TheStarterReturnsTheRealError) {
  EXPECT_EQ(start([](Readiness& readiness) { readiness.failed(6); }), 6);
}
TEST(Daemonize, ADaemonThatEndsWithoutAWordIsAFailureWithItsCode) {
  EXPECT_EQ(start([](Readiness&) { ::_exit(4); }), 4);
  EXPECT_EQ(start([](Readiness&) { ::_exit(0); }), 1);
}
TEST(Daemonize, ADaemonThatIsKilledIsAFailure) {
  EXPECT_EQ(start([](Readiness&) { ::raise(SIGKILL); }), 1);
}
TEST(Daemonize, TheDaemonHasASessionOfItsOwn) {
  EXPECT_EQ(
      start([](Readiness& readiness) { readiness.failed(::getsid(0) == ::getpid() ? 42 : 1); }),
      42);
}
TEST(Daemonize, InTheForegroundNobodyIsTold) {
  Readiness nobody;
  nobody.ready();
  nobody.failed(6);
}

TEST(Daemonize, StandardStreamsBecomeNull) {
  EXPECT_EQ(in_child([] {
              if (!detach_stdio()) return 1;
              struct stat null {
              }, out{};
              ::stat("/dev/null", &null);
              ::fstat(STDOUT_FILENO, &out);
              return null.st_rdev == out.st_rdev ? 42 : 2;
            }),
            42);
}

TEST(Daemonize, InheritedDescriptorsAreClosed) {
  EXPECT_EQ(in_child([] {
              const int low = ::dup(STDOUT_FILENO);
              const int high = ::fcntl(STDOUT_FILENO, F_DUPFD, 1000);
              close_inherited_descriptors();
              const bool closed = ::fcntl(low, F_GETFD) < 0 && ::fcntl(high, F_GETFD) < 0;
              return closed && ::fcntl(STDOUT_FILENO, F_GETFD) >= 0 ? 42 : 1;
            }),
            42);
}

TEST(Daemonize, WorksInTheDirectoryForCores) {
  const TemporaryDirectory directory;
  EXPECT_EQ(in_child([&] {
              if (!apply_core_policy({.core_dumps = true, .root = directory / "cores"})) return 1;
              rlimit limit{};
              ::getrlimit(RLIMIT_CORE, &limit);
              if (limit.rlim_cur != limit.rlim_max || limit.rlim_max == 0) return 2;
              if (::prctl(PR_GET_DUMPABLE) != 1) return 3;
              return std::filesystem::current_path() == directory / "cores/root" ? 42 : 4;
            }),
            42);
}

TEST(CoreFiles, ShareANameUnlessSomethingTellsThemApart) {
  EXPECT_TRUE(core_files_share_a_name("core\n", "0\n"));
  EXPECT_TRUE(core_files_share_a_name("/cores/%e.%h", "0\n"));
  EXPECT_TRUE(core_files_share_a_name("core%%p", "0\n"));
  EXPECT_TRUE(core_files_share_a_name("", "0"));
  EXPECT_FALSE(core_files_share_a_name("core\n", "1\n"));
  EXPECT_FALSE(core_files_share_a_name("core.%p\n", "0\n"));
  EXPECT_FALSE(core_files_share_a_name("%e-%t", "0\n"));
  EXPECT_FALSE(core_files_share_a_name("|/lib/systemd/systemd-coredump %e\n", "0\n"));
}

TEST(Daemonize, WithoutCoreDumpsNothingIsDumped) {
  const TemporaryDirectory directory;
  EXPECT_EQ(in_child([&] {
              if (!apply_core_policy({.core_dumps = false, .root = directory.path()})) return 1;
              rlimit limit{};
              ::getrlimit(RLIMIT_CORE, &limit);
              return limit.rlim_cur == 0 && ::prctl(PR_GET_DUMPABLE) == 0 ? 42 : 2;
            }),
            42);
}

TEST(Daemonize, AnUnusableDirectoryIsAnError) {
  const TemporaryDirectory directory;
  testing::write(directory / "file", "");
  EXPECT_EQ(in_child([&] {
              const auto result = apply_core_policy({.root = directory / "file"});
              return result ? 1 : 42;
            }),
            42);
}

}  // namespace
}  // namespace hb::io
