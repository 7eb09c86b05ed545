#include "io/host/log/log_socket.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "io/host/temporary_directory_testing.h"

namespace hb::io {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryDirectory;

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

class LogSocketTest : public ::testing::Test {
 protected:
  TemporaryDirectory directory_;
  std::string path_ = (directory_ / "log").string();
  LogSocket socket_{path_};
};

TEST_F(LogSocketTest, SendsDatagrams) {
  LogDaemon daemon(path_);
  socket_.send("<134>one");
  EXPECT_EQ(daemon.next(), "<134>one");
}

TEST_F(LogSocketTest, FindsARestartedDaemonWithoutLoss) {
  {
    LogDaemon daemon(path_);
    socket_.send("one");
  }
  std::filesystem::remove(path_);
  LogDaemon daemon(path_);
  socket_.send("two");
  EXPECT_EQ(daemon.next(), "two");
  EXPECT_FALSE(socket_.take_note());
}

TEST_F(LogSocketTest, TellsOfAMissingDaemonOnceAndOfItsReturn) {
  socket_.send("lost");
  EXPECT_THAT(socket_.take_note()->text, HasSubstr("cannot log: write to "));
  socket_.send("lost");
  EXPECT_FALSE(socket_.take_note());
  LogDaemon daemon(path_);
  socket_.send("kept");
  EXPECT_THAT(socket_.take_note()->text, HasSubstr("2 messages were lost"));
}

TEST_F(LogSocketTest, ADaemonThatDoesNotReadIsWaitedForOnce) {
  LogDaemon daemon(path_);
  for (int i = 0; i < 2000; ++i) socket_.send(std::string(1000, 'x'));
  EXPECT_THAT(socket_.take_note()->text, HasSubstr("Resource temporarily unavailable"));
  while (!daemon.next().empty()) {
  }
  socket_.send("kept");
  EXPECT_EQ(daemon.next(), "kept");
  EXPECT_THAT(socket_.take_note()->text, HasSubstr("messages were lost"));
}

}  // namespace
}  // namespace hb::io
