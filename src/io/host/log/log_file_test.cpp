#include "io/host/log/log_file.h"

#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

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
  LogFile file_{path_.string()};
};

TEST_F(LogFileTest, IsAppendedTo) {
  testing::write(path_, "old\n");
  file_.append("new\n", 1000);
  EXPECT_EQ(content_of(path_), "old\nnew\n");
  EXPECT_FALSE(file_.take_note());
}

TEST_F(LogFileTest, FollowsARotationWithinASecond) {
  file_.append("one\n", 1000);
  std::filesystem::rename(path_, directory_ / "ha-log.1");
  file_.append("two\n", 1000);
  file_.append("three\n", 1001);
  EXPECT_EQ(content_of(directory_ / "ha-log.1"), "one\ntwo\n");
  EXPECT_EQ(content_of(path_), "three\n");
  EXPECT_EQ(file_.take_note()->text, "log-rotate detected on logfile " + path_.string());
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
  LogFile file((later / "ha-log").string());
  file.append("lost\n", 1000);
  EXPECT_THAT(file.take_note()->text, HasSubstr("No such file or directory"));
  file.append("lost\n", 1001);
  EXPECT_FALSE(file.take_note());
  std::filesystem::create_directory(later);
  file.append("kept\n", 1002);
  EXPECT_THAT(file.take_note()->text, HasSubstr("2 messages were lost"));
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
  EXPECT_THAT(file_.take_note()->text, HasSubstr("write logfile"));
  std::string taken(4096, '\0');
  ASSERT_EQ(::read(reader.get(), taken.data(), taken.size()), 4096);
  file_.append("next\n", 1000);
  taken.resize(static_cast<std::size_t>(::read(reader.get(), taken.data(), taken.size())));
  EXPECT_EQ(taken, "\nnext\n");
}

}  // namespace
}  // namespace hb::io
