#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include "base/expected.h"
#include "io/io_error.h"
#include "io/ipc/classic_assembler.h"

namespace hb::io {

// The script FIFO: by it local root hands messages to the daemon (spec: client-api 4.1).
class FifoReader {
 public:
  using OnMessage = ClassicAssembler::OnMessage;

  /// Makes the FIFO if there is none, or something else in its place, with mode 0600, and reads it.
  ///
  /// It is opened for writing too, so that it stays open when the last writer closes.
  /// @param on_message  called from the loop with one message of the classic form, markers
  /// included. Errors: the path cannot be made or opened (unwritable directory, not a FIFO and not
  /// removable).
  [[nodiscard]] static Expected<std::unique_ptr<FifoReader>, IoError> open(
      asio::io_context& loop, const std::filesystem::path& path, OnMessage on_message);

  [[nodiscard]] const ClassicAssembler& assembler() const { return assembler_; }

 private:
  FifoReader(asio::io_context& loop, int fd, OnMessage on_message);
  void wait();
  void read_some();

  asio::posix::stream_descriptor fifo_;
  OnMessage on_message_;
  ClassicAssembler assembler_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace hb::io
