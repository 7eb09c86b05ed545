#pragma once

#include <functional>
#include <memory>
#include <system_error>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include "io/unique_fd.h"

namespace hb::io {

// A socket for which the loop wakes up, or does not for a while: what comes then waits in it.
class WaitingSocket {
 public:
  // `readable` may close it.
  WaitingSocket(asio::io_context& loop, std::function<void()> readable);

  // In place of the one before, which is closed. The error is the loop's, which cannot take it:
  // then what comes waits.
  std::error_code open(UniqueFd socket);
  void close();
  // If the loop cannot take it again (no memory), what comes goes on waiting.
  void let_wait(bool wait);

  [[nodiscard]] int fd();  // -1: closed

 private:
  std::error_code watch();
  void wait_for_data();

  std::function<void()> readable_;
  bool wait_ = false;
  // In one of the two: the loop wakes up for all that it watches.
  asio::posix::stream_descriptor watched_;
  UniqueFd unwatched_;
  // A handler that is already on its way when the socket is not watched any more looks at this.
  std::shared_ptr<const bool> watching_;
};

}  // namespace hb::io
