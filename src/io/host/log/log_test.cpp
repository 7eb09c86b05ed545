#include "io/host/log/log.h"

#include <algorithm>
#include <array>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "io/host/datagram_listener_testing.h"
#include "io/host/temporary_directory_testing.h"

namespace hb::io {
namespace {

using testing::content_of;
using testing::DatagramListener;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::TemporaryDirectory;

void say(Log& log, Severity severity, std::string text) {
  log.write({"test", severity, std::move(text)});
}
void say(Log& log, std::string text) { say(log, Severity::kInfo, std::move(text)); }

class LogTest : public ::testing::Test {
 protected:
  [[nodiscard]] LogTargets targets() const {
    LogTargets targets;
    targets.logfile = logfile_.string();
    targets.debugfile = debugfile_.string();
    return targets;
  }

  TemporaryDirectory directory_;
  std::filesystem::path logfile_ = directory_ / "ha-log";
  std::filesystem::path debugfile_ = directory_ / "ha-debug";
};

TEST_F(LogTest, DebugGoesToTheDebugFileOnly) {
  Log log("heartbeat", targets());
  log.say<"debug-level">(7, 1);
  log.set_debug_level(1);
  log.say<"debug-level">(1, 1);
  say(log, "known to all");
  EXPECT_THAT(content_of(logfile_), HasSubstr("info: known to all\n"));
  EXPECT_THAT(content_of(logfile_), Not(HasSubstr("debug")));
  EXPECT_THAT(content_of(debugfile_), HasSubstr("debug: debug now set to 1 [pid 1]\n"));
  EXPECT_THAT(content_of(debugfile_), HasSubstr("info: known to all\n"));
  EXPECT_THAT(content_of(debugfile_), Not(HasSubstr("set to 7")));
}

TEST_F(LogTest, TheWorkerWritesAllBeforeItEnds) {
  Log log("heartbeat", targets());
  log.start_worker();
  for (std::size_t i = 0; i < Log::kQueuedMessages / 2; ++i)
    say(log, Severity::kError, fmt::format("line {}", i));
  log.stop_worker();
  say(log, Severity::kCritical, "after");
  const std::string text = content_of(logfile_);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), Log::kQueuedMessages / 2 + 1);
  EXPECT_THAT(text, HasSubstr("CRIT: after\n"));
}

TEST_F(LogTest, SeveritiesPassTheQueueUnchanged) {
  Log log("heartbeat", targets());
  log.start_worker();
  say(log, Severity::kEmergency, "a");
  say(log, Severity::kCritical, "b");
  say(log, Severity::kError, "c");
  say(log, Severity::kWarning, "d");
  say(log, Severity::kNotice, "e");
  say(log, Severity::kInfo, "f");
  say(log, Severity::kAlert, "g");
  log.stop_worker();
  const std::string text = content_of(logfile_);
  for (const char* part : {"EMERG: a\n", "CRIT: b\n", "ERROR: c\n", "WARN: d\n", "notice: e\n",
                           "info: f\n", "ALERT: g\n"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST_F(LogTest, TargetsChangeWhileTheWorkerRuns) {
  Log log("heartbeat", targets());
  log.start_worker();
  auto changed = targets();
  changed.logfile = (directory_ / "other").string();
  changed.syslog_format = false;
  log.set_targets(changed);
  say(log, "moved");
  log.stop_worker();
  EXPECT_EQ(content_of(logfile_), "");
  EXPECT_THAT(content_of(directory_ / "other"), ::testing::StartsWith("heartbeat["));
}

TEST_F(LogTest, ATargetThatFailsIsToldOfOnTheOthers) {
  auto broken = targets();
  broken.logfile = (directory_ / "missing/ha-log").string();
  Log log("heartbeat", broken);
  say(log, "one");
  say(log, "two");
  const std::string text = content_of(debugfile_);
  EXPECT_THAT(text, HasSubstr("WARN: cannot log: open logfile"));
  EXPECT_EQ(text.find("cannot log"), text.rfind("cannot log"));
}

TEST_F(LogTest, SyslogStandsInWhileNoFileCanBeWritten) {
  LogTargets broken;
  broken.logfile = (directory_ / "missing/ha-log").string();
  broken.syslog_socket = (directory_ / "syslog").string();
  DatagramListener syslog(broken.syslog_socket);
  Log log("heartbeat", broken);
  say(log, "one");
  EXPECT_THAT(syslog.next(), HasSubstr("one"));
  EXPECT_THAT(syslog.next(), HasSubstr("cannot log: open logfile"));
  std::filesystem::create_directory(directory_ / "missing");
  say(log, "two");
  EXPECT_EQ(syslog.next(), "");
  EXPECT_THAT(content_of(broken.logfile), HasSubstr("two"));
}

TEST_F(LogTest, TheNullDeviceIsNoTarget) {
  LogTargets nothing;
  nothing.logfile = "/dev/null";
  Log log("heartbeat", nothing);
  say(log, "nowhere");
}

// A blocked stderr stands for any target that hangs: the caller goes on, the oldest messages make
// room, and their number is told.
TEST_F(LogTest, AHangingTargetNeverBlocksTheCaller) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd real_stderr(::dup(STDERR_FILENO));
  ASSERT_EQ(::fcntl(reader.get(), F_SETPIPE_SZ, 4096), 4096);
  ASSERT_EQ(::dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
  ::close(ends[1]);

  LogTargets hanging;
  hanging.standard_error = true;
  Log log("heartbeat", hanging);
  log.start_worker();
  say(log, std::string(5000, 'x'));  // more than the pipe takes
  pollfd begun{.fd = reader.get(), .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&begun, 1, -1), 1);  // from now on the worker hangs
  constexpr std::size_t kMessages = 2 * Log::kQueuedMessages;
  for (std::size_t i = 0; i < kMessages; ++i) say(log, fmt::format("message {}", i));

  // The reader comes back: everything that is left must arrive.
  std::string text;
  std::array<char, 4096> buffer;
  while (text.find(fmt::format("message {}\n", kMessages - 1)) == std::string::npos) {
    const ssize_t count = ::read(reader.get(), buffer.data(), buffer.size());
    ASSERT_GT(count, 0);
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ASSERT_EQ(::dup2(real_stderr.get(), STDERR_FILENO), STDERR_FILENO);
  log.stop_worker();

  EXPECT_THAT(text, HasSubstr(fmt::format("WARN: {} messages were dropped",
                                          kMessages - Log::kQueuedMessages)));
  EXPECT_THAT(text, Not(HasSubstr(fmt::format("message {}\n", Log::kQueuedMessages - 1))));
  EXPECT_THAT(text, HasSubstr(fmt::format("message {}\n", Log::kQueuedMessages)));
}

}  // namespace
}  // namespace hb::io
