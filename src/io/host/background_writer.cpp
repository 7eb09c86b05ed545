#include "io/host/background_writer.h"

#include <utility>

#include "io/host/state_files.h"

namespace hb::io {

BackgroundWriter::BackgroundWriter(Failed failed) : failed_(std::move(failed)) {}

BackgroundWriter::~BackgroundWriter() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void BackgroundWriter::write(const std::filesystem::path& path, std::string content) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.insert_or_assign(path, std::move(content));
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  wake_.notify_one();
}

void BackgroundWriter::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const auto next = waiting_.extract(waiting_.begin());
    lock.unlock();
    if (const auto written = atomic_write_file(next.key(), next.mapped(), 0644); !written)
      failed_(written.error());
    lock.lock();
  }
}

}  // namespace hb::io
