#include "tools/afterwork.h"

#include <cstdlib>

#include <gtest/gtest.h>
#include <unistd.h>

namespace hb::tools {
namespace {

TEST(Afterwork, TheResultDoesNotWaitForIt) {
  EXPECT_EQ(run_with_afterwork([] { return 7; }, [] { ::alarm(60), ::pause(); }), 7);
}

TEST(Afterwork, NobodyWaitsForItsOutput) {
  // A caller that reads our output sees its end although the child lives on.
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const int old_output = ::dup(1);
  ::dup2(ends[1], 1);
  ::close(ends[1]);
  const int code = run_with_afterwork(
      [] {
        static_cast<void>(!::write(1, "x", 1));
        return 0;
      },
      [&] { ::close(old_output), ::alarm(60), ::pause(); });
  ::dup2(old_output, 1);
  ::close(old_output);
  EXPECT_EQ(code, 0);
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'x');
  EXPECT_EQ(::read(ends[0], &byte, 1), 0) << "its end";
  ::close(ends[0]);
}

TEST(Afterwork, WorkThatDiesIsAFailure) {
  EXPECT_EQ(run_with_afterwork([]() -> int { ::_exit(5); }, [] {}), 5);
  EXPECT_EQ(run_with_afterwork([]() -> int { ::_exit(0); }, [] {}), 1);
}

}  // namespace
}  // namespace hb::tools
