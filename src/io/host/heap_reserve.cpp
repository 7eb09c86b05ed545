#include "io/host/heap_reserve.h"

#include <climits>
#include <cstring>
#include <memory>
#include <vector>

#include <malloc.h>

namespace hb::io {

void reserve_heap(std::size_t bytes) {
  // Small enough to come from the heap itself, not from a mapping that goes with them.
  constexpr std::size_t kBlock = std::size_t{32} << 10U;
  ::mallopt(M_TRIM_THRESHOLD, INT_MAX);
  std::vector<std::unique_ptr<char[]>> blocks;
  // What was reserved before is free, and is taken first. Not every allocator tells what it holds.
  for (std::size_t taken = 0; taken < bytes && ::mallinfo2().arena < bytes; taken += kBlock) {
    blocks.push_back(std::make_unique<char[]>(kBlock));
    std::memset(blocks.back().get(), 1, kBlock);
  }
}

}  // namespace hb::io
