#pragma once

#include <chrono>

#include <asio/io_context.hpp>

namespace hb::io {

// For tests only: turns the loop until the condition holds; whether it does within a limit that
// only a failure reaches. It may be about something that wakes no loop, a file or a process.
template <class Condition>
bool eventually(asio::io_context& loop, Condition condition) {
  using namespace std::chrono_literals;
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    loop.restart();
    loop.run_for(1ms);
  }
  return true;
}

}  // namespace hb::io
