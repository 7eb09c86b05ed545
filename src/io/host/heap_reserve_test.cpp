#include "io/host/heap_reserve.h"

#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "io/host/in_child_testing.h"

namespace hb::io {
namespace {

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST(HeapReserve, TheHeapHasThatMuchAndKeepsIt) {
  constexpr std::size_t kSize = std::size_t{64} << 20U;
  EXPECT_EQ(testing::in_child([] {
              const std::size_t before = resident_bytes();
              reserve_heap(kSize);
              return resident_bytes() - before > kSize / 10 * 8 ? 0 : 1;
            }),
            0);
}

}  // namespace
}  // namespace hb::io
