#include "io/host/log/destinations.h"

#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "io/host/temporary_directory_testing.h"

namespace hb::io {
namespace {

using testing::content_of;
using ::testing::HasSubstr;
using testing::TemporaryDirectory;

class LogFileTest : public ::testing::Test {
 protected:
  TemporaryDirectory directory_;
  std::filesystem::path path_ = directory_ / "ha-log";
  LogFile file_{path_.string(), std::nullopt};
};

TEST_F(LogFileTest, IsAppendedTo) {
  testing::write(path_, "old\n");
  file_.append("new\n", 1000);
  EXPECT_EQ(content_of(path_), "old\nnew\n");
  EXPECT_EQ(file_.take_note(), std::nullopt);
}

TEST_F(LogFileTest, FollowsARotationWithinASecond) {
  file_.append("one\n", 1000);
  std::filesystem::rename(path_, directory_ / "ha-log.1");
  file_.append("two\n", 1000);
  file_.append("three\n", 1001);
  EXPECT_EQ(content_of(directory_ / "ha-log.1"), "one\ntwo\n");
  EXPECT_EQ(content_of(path_), "three\n");
  EXPECT_EQ(file_.take_note(), "log-rotate detected on logfile " + path_.string());
}

TEST_F(LogFileTest, IsOpenedAnewAtOnceOnDemand) {
  file_.append("one\n", 1000);
  std::filesystem::rename(path_, directory_ / "ha-log.1");
  file_.reopen();
  file_.append("two\n", 1000);
  EXPECT_EQ(content_of(path_), "two\n");
}

TEST_F(LogFileTest, TellsOnceThatItCannotBeOpenedAndOnceHowMuchWasLost) {
  const auto later = directory_ / "later";
  LogFile file((later / "ha-log").string(), std::nullopt);
  file.append("lost\n", 1000);
  EXPECT_THAT(*file.take_note(), HasSubstr("No such file or directory"));
  file.append("lost\n", 1001);
  EXPECT_EQ(file.take_note(), std::nullopt);
  std::filesystem::create_directory(later);
  file.append("kept\n", 1002);
  EXPECT_THAT(*file.take_note(), HasSubstr("2 messages were lost"));
  EXPECT_EQ(content_of(later / "ha-log"), "kept\n");
}

TEST_F(LogFileTest, AFifoWithoutReaderDoesNotBlock) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  file_.append("lost\n", 1000);
  EXPECT_TRUE(file_.take_note());
}

TEST_F(LogFileTest, AFullFifoDoesNotBlockAndALineBegunIsEnded) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  const UniqueFd reader(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const int capacity = ::fcntl(reader.get(), F_SETPIPE_SZ, 4096);
  ASSERT_EQ(capacity, 4096);
  file_.append(std::string(9999, 'x') + "\n", 1000);
  EXPECT_THAT(*file_.take_note(), HasSubstr("cannot write"));
  std::string taken(4096, '\0');
  ASSERT_EQ(::read(reader.get(), taken.data(), taken.size()), 4096);
  file_.append("next\n", 1000);
  taken.resize(static_cast<std::size_t>(::read(reader.get(), taken.data(), taken.size())));
  EXPECT_EQ(taken, "\nnext\n");
}

class LogDaemon {
 public:
  explicit LogDaemon(const std::string& path)
      : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  std::string next() {
    std::string text(8192, '\0');
    const ssize_t size = ::recv(socket_.get(), text.data(), text.size(), 0);
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }

 private:
  UniqueFd socket_;
};

class SyslogSocketTest : public ::testing::Test {
 protected:
  TemporaryDirectory directory_;
  std::string path_ = (directory_ / "log").string();
  SyslogSocket syslog_{path_};
};

TEST_F(SyslogSocketTest, SendsDatagrams) {
  LogDaemon daemon(path_);
  syslog_.send("<134>one");
  EXPECT_EQ(daemon.next(), "<134>one");
}

TEST_F(SyslogSocketTest, FindsARestartedDaemonWithoutLoss) {
  {
    LogDaemon daemon(path_);
    syslog_.send("one");
  }
  std::filesystem::remove(path_);
  LogDaemon daemon(path_);
  syslog_.send("two");
  EXPECT_EQ(daemon.next(), "two");
  EXPECT_EQ(syslog_.take_note(), std::nullopt);
}

TEST_F(SyslogSocketTest, TellsOfAMissingDaemonOnceAndOfItsReturn) {
  syslog_.send("lost");
  EXPECT_THAT(*syslog_.take_note(), HasSubstr("cannot write to syslog"));
  syslog_.send("lost");
  EXPECT_EQ(syslog_.take_note(), std::nullopt);
  LogDaemon daemon(path_);
  syslog_.send("kept");
  EXPECT_THAT(*syslog_.take_note(), HasSubstr("2 messages were lost"));
}

TEST_F(SyslogSocketTest, ADaemonThatDoesNotReadIsWaitedForOnce) {
  LogDaemon daemon(path_);
  for (int i = 0; i < 2000; ++i) syslog_.send(std::string(1000, 'x'));
  EXPECT_THAT(*syslog_.take_note(), HasSubstr("Resource temporarily unavailable"));
  while (!daemon.next().empty()) {
  }
  syslog_.send("kept");
  EXPECT_EQ(daemon.next(), "kept");
  EXPECT_THAT(*syslog_.take_note(), HasSubstr("messages were lost"));
}

}  // namespace
}  // namespace hb::io
