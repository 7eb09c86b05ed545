#include "io/host/log/log_socket.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/host/datagram_listener_testing.h"
#include "io/host/temporary_directory_testing.h"

namespace hb::io {
namespace {

using testing::DatagramListener;
using ::testing::HasSubstr;
using testing::TemporaryDirectory;

class LogSocketTest : public ::testing::Test {
 protected:
  TemporaryDirectory directory_;
  std::string path_ = (directory_ / "log").string();
  LogSocket socket_{path_};
};

TEST_F(LogSocketTest, SendsDatagrams) {
  DatagramListener daemon(path_);
  socket_.send("<134>one");
  EXPECT_EQ(daemon.next(), "<134>one");
}

TEST_F(LogSocketTest, FindsARestartedDaemonWithoutLoss) {
  {
    DatagramListener daemon(path_);
    socket_.send("one");
  }
  std::filesystem::remove(path_);
  DatagramListener daemon(path_);
  socket_.send("two");
  EXPECT_EQ(daemon.next(), "two");
  EXPECT_FALSE(socket_.take_note());
}

TEST_F(LogSocketTest, TellsOfAMissingDaemonOnceAndOfItsReturn) {
  socket_.send("lost");
  EXPECT_THAT(socket_.take_note()->text, HasSubstr("cannot log: write to "));
  socket_.send("lost");
  EXPECT_FALSE(socket_.take_note());
  DatagramListener daemon(path_);
  socket_.send("kept");
  EXPECT_THAT(socket_.take_note()->text, HasSubstr("2 messages were lost"));
}

TEST_F(LogSocketTest, ADaemonThatDoesNotReadIsWaitedForOnce) {
  DatagramListener daemon(path_);
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
