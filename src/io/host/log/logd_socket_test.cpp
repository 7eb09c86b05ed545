#include "io/host/log/logd_socket.h"

#include <array>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "io/host/temporary_directory_testing.h"
#include "wire/local_frame.h"

namespace hb::io {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TemporaryDirectory;

// A logging daemon that reads when it is asked to.
class Daemon {
 public:
  explicit Daemon(const std::string& path)
      : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    ::unlink(path.c_str());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_.get(), 8), 0);
  }

  std::vector<std::string> texts() {
    if (!client_) client_.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK));
    std::vector<std::string> all;
    std::array<char, 65536> buffer;
    for (;;) {
      const ssize_t count = ::recv(client_.get(), buffer.data(), buffer.size(), 0);
      if (count <= 0) return all;
      EXPECT_TRUE(reader_.feed(
          {buffer.data(), static_cast<std::size_t>(count)}, [&](const wire::LocalFrame& frame) {
            const auto record = wire::decode_log_record(frame.body, frame.length);
            ASSERT_TRUE(record);
            all.push_back(record->text);
          }));
    }
  }

 private:
  UniqueFd listener_, client_;
  wire::LocalFrameReader reader_;
};

class LogdSocketTest : public ::testing::Test {
 protected:
  bool send(const std::string& text, Duration at = 0s) {
    return logd_.send({.entity = "heartbeat", .text = text}, Instant(at));
  }
  std::string note() {
    const auto note = logd_.take_note();
    return note ? note->id : "";
  }

  TemporaryDirectory directory_;
  std::string path_ = (directory_ / "log_daemon").string();
  LogdSocket logd_{{path_, 60s}};
};

TEST_F(LogdSocketTest, TheDaemonGetsWhatIsSaid) {
  Daemon daemon(path_);
  EXPECT_TRUE(send("one"));
  EXPECT_TRUE(send("two"));
  EXPECT_THAT(daemon.texts(), ElementsAre("one", "two"));
  EXPECT_EQ(note(), "");
}

TEST_F(LogdSocketTest, WithoutADaemonItIsToldOnceAndTriedAgainAfterAWhile) {
  EXPECT_FALSE(send("a", 0s));
  const auto told = logd_.take_note();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->id, "logd-away");
  EXPECT_THAT(told->text, HasSubstr("No such file or directory"));
  EXPECT_THAT(told->text, HasSubstr("next attempt in 60000 ms"));
  Daemon daemon(path_);
  EXPECT_FALSE(send("b", 59s));  // too early
  EXPECT_EQ(note(), "");
  EXPECT_TRUE(send("c", 60s));
  const auto back = logd_.take_note();
  ASSERT_TRUE(back);
  EXPECT_EQ(back->id, "logd-back");
  EXPECT_THAT(back->text, HasSubstr("2 messages were written directly"));
  EXPECT_THAT(daemon.texts(), ElementsAre("c"));
}

TEST_F(LogdSocketTest, ARestartedDaemonIsFoundAtOnce) {
  {
    Daemon first(path_);
    EXPECT_TRUE(send("one"));
    EXPECT_THAT(first.texts(), ElementsAre("one"));
  }
  Daemon second(path_);
  EXPECT_TRUE(send("two"));
  EXPECT_THAT(second.texts(), ElementsAre("two"));
  EXPECT_EQ(note(), "");
}

TEST_F(LogdSocketTest, ADaemonThatDiedIsNotAskedAtEachMessage) {
  {
    Daemon first(path_);
    EXPECT_TRUE(send("one"));
    EXPECT_THAT(first.texts(), ElementsAre("one"));
  }
  EXPECT_FALSE(send("two", 1s));
  EXPECT_EQ(note(), "logd-away");
  Daemon second(path_);
  EXPECT_FALSE(send("three", 60s));
  EXPECT_TRUE(send("four", 61s));
  EXPECT_EQ(note(), "logd-back");
}

TEST_F(LogdSocketTest, AStoppedDaemonFindsWhatItsSocketHeldAndTheRestIsCounted) {
  Daemon daemon(path_);
  int taken = 0;
  while (taken < 5000 && send(std::string(1000, 'x'))) ++taken;
  ASSERT_LT(taken, 5000);
  EXPECT_GT(taken, 20);
  EXPECT_EQ(note(), "logd-stalled");
  EXPECT_FALSE(send("more"));
  EXPECT_EQ(note(), "");
  EXPECT_EQ(daemon.texts().size(), static_cast<std::size_t>(taken));
  EXPECT_TRUE(send("after"));
  const auto back = logd_.take_note();
  ASSERT_TRUE(back);
  EXPECT_THAT(back->text, HasSubstr("2 messages were written directly"));
  EXPECT_THAT(daemon.texts(), ElementsAre("after"));
}

}  // namespace
}  // namespace hb::io
