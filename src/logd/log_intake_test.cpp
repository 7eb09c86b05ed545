#include "logd/log_intake.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/host/log/log_socket.h"
#include "io/host/temporary_directory_testing.h"
#include "wire/log_record.h"

namespace hb::logd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string framed(const wire::LogRecord& record) {
  std::string frame;
  wire::append_local_frame(frame, wire::encode_log_record(record));
  return frame;
}

wire::LogRecord record(std::string text) {
  return {.priority = 6,
          .pid = ::getpid(),
          .entity = "tool",
          .unix_time = 1'700'000'000,
          .text = std::move(text)};
}

class LogIntakeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = LogIntake::open(loop_, socket_, log_);
    ASSERT_TRUE(opened) << opened.error().text();
    intake_ = std::move(*opened);
  }
  io::LogTargets targets() {
    io::LogTargets targets;
    targets.logfile = file_.string();
    targets.syslog_format = false;
    return targets;
  }
  io::UniqueFd connect() {
    io::UniqueFd client = io::connect_local(socket_.string(), SOCK_STREAM);
    EXPECT_TRUE(client);
    return client;
  }
  void send(const io::UniqueFd& client, const std::string& bytes) {
    EXPECT_EQ(::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
    turn();
  }
  void turn() {
    while (loop_.poll() > 0) {
    }
  }
  bool is_disconnected(const io::UniqueFd& client) {
    char byte = 0;
    return ::recv(client.get(), &byte, 1, MSG_DONTWAIT) == 0;
  }
  std::string written() { return io::testing::content_of(file_); }

  io::testing::TemporaryDirectory directory_;
  std::filesystem::path file_ = directory_ / "ha-log";
  std::filesystem::path socket_ = directory_ / "log_daemon";
  asio::io_context loop_;
  io::Log log_{"logd", targets()};
  std::unique_ptr<LogIntake> intake_;
};

TEST_F(LogIntakeTest, WritesWhatAClientSays) {
  const io::UniqueFd client = connect();
  send(client, framed(record("one")) + framed(record("two")));
  EXPECT_THAT(written(), HasSubstr(fmt::format("tool[{}]: 2023/11/1", ::getpid())));
  EXPECT_THAT(written(), HasSubstr(" info: one\n"));
  EXPECT_THAT(written(), HasSubstr(" info: two\n"));
}

TEST_F(LogIntakeTest, WithoutTheWordOfThePriorityIfTheClientWantsNone) {
  wire::LogRecord bare = record("bare");
  bare.priority_word = false;
  send(connect(), framed(bare));
  EXPECT_THAT(written(), Not(HasSubstr("info")));
  EXPECT_THAT(written(), HasSubstr(" bare\n"));
}

TEST_F(LogIntakeTest, EverybodyMayConnect) {
  struct stat status {};
  ASSERT_EQ(::stat(socket_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0777U);
}

TEST_F(LogIntakeTest, ALineCannotBeForgedInsideAnother) {
  wire::LogRecord forged = record("x\nheartbeat[1]: node bob: is dead\x1b[2J");
  forged.entity = "a\nb";
  send(connect(), framed(forged));
  const std::string text = written();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_THAT(text, HasSubstr("a\\nb["));
  EXPECT_THAT(text, HasSubstr("x\\nheartbeat[1]: node bob: is dead\\x1b[2J\n"));
}

TEST_F(LogIntakeTest, ALongTextIsCut) {
  send(connect(), framed(record(std::string(20000, 'x'))));
  turn();
  EXPECT_LT(written().size(), io::Log::kLongest + 100);
  EXPECT_GT(written().size(), io::Log::kLongest);
}

TEST_F(LogIntakeTest, AnImpossibleTimeIsReplaced) {
  wire::LogRecord odd = record("odd");
  odd.unix_time = INT64_MAX;
  send(connect(), framed(odd));
  EXPECT_THAT(written(), HasSubstr("]: 2"));
}

TEST_F(LogIntakeTest, ABadRecordIsDroppedAndTheClientStays) {
  const io::UniqueFd client = connect();
  wire::LogRecord bad = record("bad");
  bad.priority = 9;
  send(client, framed(bad) + framed(record("good")));
  EXPECT_THAT(written(), HasSubstr("was dropped: priority out of range"));
  EXPECT_THAT(written(), HasSubstr("info: good\n"));
  EXPECT_FALSE(is_disconnected(client));
}

TEST_F(LogIntakeTest, WhatIsNoStreamOfFramesIsDisconnected) {
  const io::UniqueFd client = connect();
  const io::UniqueFd other = connect();
  send(client, "GET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(is_disconnected(client));
  EXPECT_THAT(written(), HasSubstr("what it sends is no message"));
  send(other, framed(record("undisturbed")));
  EXPECT_THAT(written(), HasSubstr("undisturbed"));
}

TEST_F(LogIntakeTest, WhatWasSentBeforeTheEndIsWritten) {
  const io::UniqueFd client = connect();
  turn();
  const std::string bytes = framed(record("last words"));
  ASSERT_GT(::send(client.get(), bytes.data(), bytes.size(), 0), 0);
  intake_->finish();
  EXPECT_THAT(written(), HasSubstr("last words"));
}

}  // namespace
}  // namespace hb::logd
