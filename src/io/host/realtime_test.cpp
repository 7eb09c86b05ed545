#include "io/host/realtime.h"

#include <array>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/sanitized.h"
#include "io/host/in_child_testing.h"

namespace hb::io {
namespace {

using testing::in_child;

constexpr bool kLocks = !kSanitized;  // the sanitizers turn mlockall() into nothing

long locked_kb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmLck:")) return std::stol(line.substr(6));
  }
  return -1;
}

bool is_fifo(int priority) {
  sched_param parameters{};
  ::sched_getparam(0, &parameters);
  return (::sched_getscheduler(0) & ~SCHED_RESET_ON_FORK) == SCHED_FIFO &&
         parameters.sched_priority == priority;
}

// Each half by itself: in a user namespace, root is not allowed the one or the other.
TEST(Realtime, TakesTheClassOrTellsThatItMayNot) {
  EXPECT_EQ(in_child([] {
              const auto refused = become_realtime(7);
              return is_fifo(7) == !refused.scheduling ? 42 : 1;
            }),
            42);
}

TEST(Realtime, LocksMemoryOrTellsThatItMayNot) {
  EXPECT_EQ(in_child([] {
              const auto refused = become_realtime(7);
              return (locked_kb() > 0) == (kLocks && !refused.memory_lock) ? 42 : 1;
            }),
            42);
}

TEST(Realtime, CanBeGivenUpAgain) {
  EXPECT_EQ(in_child([] {
              (void)become_realtime(7);
              become_ordinary();
              return ::sched_getscheduler(0) == SCHED_OTHER && locked_kb() == 0 ? 42 : 1;
            }),
            42);
}

TEST(Realtime, ChildrenAreOrdinaryAgain) {
  EXPECT_EQ(in_child([] {
              (void)become_realtime(1);
              return in_child([] {
                const bool ordinary = ::sched_getscheduler(0) == SCHED_OTHER && locked_kb() == 0;
                return ordinary ? 42 : 1;
              });
            }),
            42);
}

bool drop_all_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const std::array<__user_cap_data_struct, 2> none{};
  return ::syscall(SYS_capset, &header, none.data()) == 0;
}

TEST(Realtime, ARefusalNamesTheRemedyAndIsNotFatal) {
  EXPECT_EQ(in_child([] {
              const rlimit nothing{0, 0};
              ::setrlimit(RLIMIT_RTPRIO, &nothing);
              if (!drop_all_capabilities()) return 1;
              const auto refused = become_realtime(1);
              if (!refused.scheduling) return 2;
              const std::string text = refused.scheduling->text();
              return text.find("realtime off") != std::string::npos ? 42 : 3;
            }),
            42);
}

std::size_t stack_of_new_threads() {
  pthread_attr_t attributes;
  std::size_t size = 0;
  ::pthread_getattr_default_np(&attributes);
  ::pthread_attr_getstacksize(&attributes, &size);
  ::pthread_attr_destroy(&attributes);
  return size;
}

TEST(ThreadStackSize, HoldsWhileItLives) {
  const std::size_t before = stack_of_new_threads();
  {
    const ThreadStackSize small(256 * 1024);
    EXPECT_EQ(stack_of_new_threads(), 256U * 1024U);
  }
  EXPECT_EQ(stack_of_new_threads(), before);
}

// "dd" among the flags of a mapping: not in core dumps.
bool left_out_of_dumps(const void* address) {
  std::ifstream maps("/proc/self/smaps");
  bool here = false;
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0, end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2 && line.find(':') > 17) {
      const auto wanted = reinterpret_cast<unsigned long>(address);
      here = wanted >= begin && wanted < end;
    }
    if (here && line.starts_with("VmFlags:")) return line.find(" dd") != std::string::npos;
  }
  return false;
}

TEST(Secrets, AreLeftOutOfCoreDumps) {
  std::string secret(100, 'k');
  EXPECT_FALSE(left_out_of_dumps(secret.data()));
  exclude_from_core_dumps(secret.data(), secret.size());
  EXPECT_TRUE(left_out_of_dumps(secret.data()));
  exclude_from_core_dumps(nullptr, 0);
}

}  // namespace
}  // namespace hb::io
