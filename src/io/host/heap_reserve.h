#pragma once

#include <cstddef>

namespace hb::io {

/// Lets the heap grow to this size at least, touches all of it, and keeps it from shrinking: what
/// is allocated later within it needs nothing from the kernel. With locked memory it is locked too.
/// Spec: ha-cf 4.5, memreserve.
void reserve_heap(std::size_t bytes);

}  // namespace hb::io
