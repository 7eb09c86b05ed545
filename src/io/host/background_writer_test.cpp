#include "io/host/background_writer.h"

#include <atomic>

#include <gtest/gtest.h>

#include "io/host/state_files.h"
#include "io/host/temporary_directory_testing.h"

namespace hb::io {
namespace {

TEST(BackgroundWriter, WritesWhatWasGivenLast) {
  const testing::TemporaryDirectory directory;
  const auto file = directory.path() / "hostcache";
  {
    BackgroundWriter writer([](const IoError& error) { ADD_FAILURE() << error.text(); });
    for (int i = 0; i < 100; ++i) writer.write(file, std::to_string(i));
    writer.write(directory.path() / "other", "x");
  }
  EXPECT_EQ(read_file(file).value(), "99");
  EXPECT_EQ(read_file(directory.path() / "other").value(), "x");
}

TEST(BackgroundWriter, TellsWhatCannotBeWritten) {
  const testing::TemporaryDirectory directory;
  std::atomic<int> failures = 0;
  {
    BackgroundWriter writer([&](const IoError& error) {
      EXPECT_EQ(error.code, ENOENT);
      ++failures;
    });
    writer.write(directory.path() / "missing" / "hostcache", "x");
  }
  EXPECT_EQ(failures, 1);
}

TEST(BackgroundWriter, EndsWithoutHavingWritten) {
  const BackgroundWriter writer([](const IoError&) {});
}

}  // namespace
}  // namespace hb::io
