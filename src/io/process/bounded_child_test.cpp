#include "io/process/bounded_child.h"

#include <chrono>
#include <csignal>

#include <gtest/gtest.h>
#include <unistd.h>

namespace hb::io {
namespace {

constexpr Duration kAmple = std::chrono::minutes(1);

// Deaf to all but SIGKILL, as near to a stuck disk as a test comes.
int hang() {
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, nullptr);
  for (;;) ::pause();
}

TEST(BoundedChild, TellsHowTheWorkEnded) {
  EXPECT_EQ(run_bounded(kAmple, [] { return 0; }), ChildEnd::kDone);
  EXPECT_EQ(run_bounded(kAmple, [] { return 3; }), ChildEnd::kFailed);
  EXPECT_EQ(run_bounded(kAmple, [] { return ::raise(SIGKILL); }), ChildEnd::kFailed);
}

TEST(BoundedChild, OneThatHangsIsLeftBehind) {
  EXPECT_EQ(run_bounded(Duration::zero(), hang), ChildEnd::kLate);
  EXPECT_EQ(run_bounded(std::chrono::milliseconds(1), hang), ChildEnd::kLate);
}

}  // namespace
}  // namespace hb::io
