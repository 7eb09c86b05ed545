#include "io/host/pid_file.h"

#include <array>
#include <csignal>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/host/in_child_testing.h"
#include "io/host/temporary_directory_testing.h"

namespace hb::io {
namespace {

using testing::content_of;
using testing::in_child;
using testing::TemporaryDirectory;

class PidFileTest : public ::testing::Test {
 protected:
  TemporaryDirectory directory_;
  std::filesystem::path path_ = directory_ / "heartbeat.pid";
  std::filesystem::path self_ = own_executable();
};

// Starts `program` with one argument and returns its pid once it runs: the last writing end of the
// pipe closes when the child has become the program, or has failed to.
pid_t start_and_await(const std::filesystem::path& program, const char* argument) {
  std::array<int, 2> pipe{};
  EXPECT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl(program.c_str(), program.c_str(), argument, nullptr);
    ::_exit(1);
  }
  ::close(pipe[1]);
  char nothing = 0;
  EXPECT_EQ(::read(pipe[0], &nothing, 1), 0);
  ::close(pipe[0]);
  return child;
}

TEST_F(PidFileTest, HoldsThePidInElevenColumns) {
  const auto file = PidFile::acquire(path_, self_);
  ASSERT_TRUE(file);
  const std::string text = content_of(path_);
  EXPECT_EQ(text.size(), 11U);
  EXPECT_EQ(text.back(), '\n');
  EXPECT_EQ(std::stoi(text), ::getpid());
}

TEST_F(PidFileTest, IsRemovedAtTheEnd) {
  { const auto file = PidFile::acquire(path_, self_); }
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_TRUE(std::holds_alternative<NoPidFile>(daemon_presence(path_, self_)));
}

TEST_F(PidFileTest, IsNotRemovedByAForkedChild) {
  auto file = PidFile::acquire(path_, self_);
  ASSERT_TRUE(file);
  in_child([&] {
    { const PidFile moved = *std::move(file); }
    return 0;
  });
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(PidFileTest, ASecondStartLearnsWhoRuns) {
  const auto file = PidFile::acquire(path_, self_);
  ASSERT_TRUE(file);
  const auto second = PidFile::acquire(path_, self_);
  ASSERT_FALSE(second);
  ASSERT_TRUE(std::holds_alternative<AlreadyRunning>(second.error()));
  EXPECT_EQ(std::get<AlreadyRunning>(second.error()).pid, ::getpid());
}

TEST_F(PidFileTest, TheLockCountsEvenIfTheProgramIsAnother) {
  const auto file = PidFile::acquire(path_, self_);
  ASSERT_TRUE(file);
  const auto presence = daemon_presence(path_, "/usr/libexec/heartbeat/heartbeat");
  ASSERT_TRUE(std::holds_alternative<DaemonRuns>(presence));
  EXPECT_EQ(std::get<DaemonRuns>(presence).pid, ::getpid());
}

TEST_F(PidFileTest, AskingDoesNotDisturbAStart) {
  testing::write(path_, "         1\n");
  EXPECT_TRUE(std::holds_alternative<StalePidFile>(daemon_presence(path_, self_)));
  EXPECT_TRUE(PidFile::acquire(path_, self_));
}

// As 3.0.6 leaves it: no lock.
TEST_F(PidFileTest, AnUnlockedFileOfARunningDaemonCounts) {
  testing::write(path_, "    " + std::to_string(::getpid()) + "\n");
  EXPECT_TRUE(std::holds_alternative<DaemonRuns>(daemon_presence(path_, self_)));
  const int code = in_child([&] {
    const auto refused = PidFile::acquire(path_, self_);
    return !refused && std::holds_alternative<AlreadyRunning>(refused.error()) ? 42 : 1;
  });
  EXPECT_EQ(code, 42);
}

TEST_F(PidFileTest, StaleContentIsReplaced) {
  for (const char* stale : {"", "garbage\n", "         1\n", "-5\n", "99999999999999999999\n",
                            "a much longer line than any pid file has ever had\n"}) {
    SCOPED_TRACE(stale);
    testing::write(path_, stale);
    EXPECT_TRUE(std::holds_alternative<StalePidFile>(daemon_presence(path_, self_)));
    EXPECT_TRUE(PidFile::acquire(path_, self_));
  }
}

TEST_F(PidFileTest, AReplacedProgramIsStillRecognised) {
  const auto program = directory_ / "daemon";
  std::filesystem::copy_file("/bin/sleep", program);
  const pid_t child = start_and_await(program, "1000");
  std::filesystem::remove(program);
  testing::write(path_, std::to_string(child) + "\n");
  EXPECT_TRUE(std::holds_alternative<DaemonRuns>(daemon_presence(path_, program)));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(std::holds_alternative<StalePidFile>(daemon_presence(path_, program)));
}

TEST_F(PidFileTest, AnUnusablePathIsAnError) {
  const auto refused = PidFile::acquire(directory_ / "missing" / "pid", self_);
  ASSERT_FALSE(refused);
  ASSERT_TRUE(std::holds_alternative<IoError>(refused.error()));
  EXPECT_EQ(std::get<IoError>(refused.error()).code, ENOENT);
}

}  // namespace
}  // namespace hb::io
