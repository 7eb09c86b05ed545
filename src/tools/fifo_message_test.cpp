#include "tools/fifo_message.h"

#include <array>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/process/test_directory.h"
#include "io/unique_fd.h"

namespace hb::tools {
namespace {

class FifoTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0); }

  io::TestDirectory files;
  std::string path = files / "fifo";
};

TEST(FifoMessage, IsTheClassicForm) {
  EXPECT_EQ(classic_message({{"t", "ask_resources"}, {"rsc_hold", "all"}, {"info", "me"}}),
            ">>>\nt=ask_resources\nrsc_hold=all\ninfo=me\n<<<\n");
}

TEST(FifoMessage, FieldsThatWouldBreakItAreRefused) {
  EXPECT_EQ(parse_field("t=hb_takeover")->second, "hb_takeover");
  EXPECT_EQ(parse_field("info=a=b c")->second, "a=b c");
  EXPECT_EQ(parse_field("empty=")->second, "");
  EXPECT_EQ(parse_field("words").error(), "\"words\" should be name=value");
  EXPECT_EQ(parse_field("=x").error(), "\"=x\" should be name=value");
  EXPECT_EQ(parse_field("a b=x").error(), "\"a b\" cannot be the name of a field");
  EXPECT_EQ(parse_field("info=x\n<<<").error(), "the value of info has more than one line");
}

TEST_F(FifoTest, ArrivesInOnePieceAfterTheEndOfWhateverStoodBefore) {
  const io::UniqueFd reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK));
  const std::string message = classic_message({{"t", "x"}});
  ASSERT_TRUE(send_to_daemon(path, message));
  std::array<char, 100> buffer{};
  const ssize_t length = ::read(reader.get(), buffer.data(), buffer.size());
  EXPECT_EQ(std::string(buffer.data(), static_cast<std::size_t>(length)), "\n" + message);
}

TEST_F(FifoTest, DoesNotWaitForADaemonThatDoesNotRun) {
  const auto sent = send_to_daemon(path, classic_message({{"t", "x"}}));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error(), "heartbeat does not run on this node: nobody reads " + path);
  EXPECT_FALSE(send_to_daemon(files / "missing", "x"));
}

TEST_F(FifoTest, DoesNotWaitForADaemonThatDoesNotRead) {
  const io::UniqueFd reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK));
  const std::string message(4095, 'x');
  Expected<void, std::string> sent;
  for (int i = 0; i < 1000 && sent; ++i) sent = send_to_daemon(path, message);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error(), "heartbeat does not read " + path + ", which is full");
}

TEST_F(FifoTest, RefusesWhatCannotArriveInOnePiece) {
  const auto sent = send_to_daemon(path, std::string(4096, 'x'));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error(), "the message has 4096 bytes, 4095 are the most");
}

TEST_F(FifoTest, RefusesAPlainFile) {
  files.write("plain", "");
  EXPECT_EQ(send_to_daemon(files / "plain", "x").error(), (files / "plain") + " is not a FIFO");
}

}  // namespace
}  // namespace hb::tools
