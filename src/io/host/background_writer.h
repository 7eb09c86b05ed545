#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "io/io_error.h"

namespace hb::io {

// Replaces small state files, durably, without holding up the loop: a thread of its own does what
// may wait for the disk. Of several contents for one file the last one counts, so what waits is
// bounded by the number of files; while the disk hangs, only that thread hangs. Its scheduling is
// inherited, so that a realtime loop does not wait for the lock of an ordinary thread.
class BackgroundWriter {
 public:
  // `failed` is called from the writer's thread.
  using Failed = std::function<void(const IoError& error)>;

  explicit BackgroundWriter(Failed failed);
  // Writes what still waits.
  ~BackgroundWriter();
  BackgroundWriter(const BackgroundWriter&) = delete;
  BackgroundWriter& operator=(const BackgroundWriter&) = delete;

  void write(const std::filesystem::path& path, std::string content);

 private:
  void run();

  Failed failed_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::filesystem::path, std::string> waiting_;
  bool ending_ = false;
  std::thread thread_;  // started with the first write
};

}  // namespace hb::io
