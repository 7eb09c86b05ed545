#include "io/ipc/fifo_reader.h"

#include <fstream>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "io/eventually_testing.h"
#include "io/unique_fd.h"

namespace hb::io {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kMessage = ">>>\nt=setweight\nnode=node2\nweight=50\n<<<\n";

class FifoReaderTest : public ::testing::Test {
 protected:
  FifoReaderTest() {
    std::string name = ::testing::TempDir() + "hb-fifo-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    path_ = directory_ / "fifo";
  }
  ~FifoReaderTest() override { std::filesystem::remove_all(directory_); }

  auto open() {
    return FifoReader::open(loop_, path_,
                            [this](std::string_view message) { messages_.emplace_back(message); });
  }
  void write(std::string_view text) const {
    const UniqueFd fd(::open(path_.c_str(), O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC));
    ASSERT_TRUE(fd);
    ASSERT_EQ(::write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  void run_until_messages(std::size_t count) {
    eventually(loop_, [&] { return messages_.size() >= count; });
    ASSERT_EQ(messages_.size(), count);
  }
  [[nodiscard]] mode_t mode() const {
    struct stat found {};
    EXPECT_EQ(::lstat(path_.c_str(), &found), 0);
    return found.st_mode;
  }

  std::filesystem::path directory_, path_;
  asio::io_context loop_;
  std::vector<std::string> messages_;
};

TEST_F(FifoReaderTest, MakesAPrivateFifo) {
  const auto reader = open();
  ASSERT_TRUE(reader) << reader.error().text();
  EXPECT_TRUE(S_ISFIFO(mode()));
  EXPECT_EQ(mode() & 07777U, 0600U);
}

TEST_F(FifoReaderTest, KeepsAnExistingFifoAndSetsItsMode) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0666), 0);
  const auto reader = open();
  ASSERT_TRUE(reader);
  EXPECT_EQ(mode() & 07777U, 0600U);
}

TEST_F(FifoReaderTest, ReplacesARegularFileThatAScriptHasMade) {
  std::ofstream(path_) << kMessage;
  const auto reader = open();
  ASSERT_TRUE(reader);
  EXPECT_TRUE(S_ISFIFO(mode()));
}

TEST_F(FifoReaderTest, ReplacesASymbolicLinkInsteadOfFollowingIt) {
  ASSERT_EQ(::mkfifo((directory_ / "elsewhere").c_str(), 0666), 0);
  std::filesystem::create_symlink(directory_ / "elsewhere", path_);
  const auto reader = open();
  ASSERT_TRUE(reader);
  EXPECT_TRUE(S_ISFIFO(mode()));
}

TEST_F(FifoReaderTest, ReadsOneWriterAfterTheOther) {
  const auto reader = open();
  ASSERT_TRUE(reader);
  write(kMessage);
  run_until_messages(1);
  write("junk\n" + kMessage);
  run_until_messages(2);
  EXPECT_THAT(messages_, ElementsAre(kMessage, kMessage));
  EXPECT_EQ((*reader)->assembler().skipped_lines(), 1U);
}

TEST_F(FifoReaderTest, ReadsAMessageThatComesInTwoWritesAsTheStockScriptsDo) {
  const auto reader = open();
  ASSERT_TRUE(reader);
  write(kMessage.substr(0, kMessage.size() - 4));
  loop_.poll();
  EXPECT_TRUE(messages_.empty());
  write("<<<\n");
  run_until_messages(1);
}

TEST_F(FifoReaderTest, NamesThePathThatCannotBeMade) {
  path_ = directory_ / "missing" / "fifo";
  const auto reader = open();
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, ENOENT);
  EXPECT_THAT(reader.error().text(), HasSubstr(path_.string()));
}

TEST_F(FifoReaderTest, RefusesADirectoryInItsPlace) {
  std::filesystem::create_directory(path_);
  const auto reader = open();
  ASSERT_FALSE(reader);
  EXPECT_THAT(reader.error().text(), HasSubstr("not a FIFO"));
}

TEST_F(FifoReaderTest, MayGoWhileAMessageIsOnItsWay) {
  auto reader = open();
  ASSERT_TRUE(reader);
  write(kMessage);
  reader->reset();
  loop_.run();
  EXPECT_TRUE(messages_.empty());
}

}  // namespace
}  // namespace hb::io
