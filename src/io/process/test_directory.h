#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include <stdlib.h>
#include <sys/stat.h>

namespace hb::io {

// A directory of its own for a test, removed with it.
class TestDirectory {
 public:
  TestDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "hb-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  ~TestDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  // Writes a file below, with the directories that it needs.
  void write(const std::string& name, const std::string& text, mode_t mode = 0644) const {
    const std::string path = *this / name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
  }

  void script(const std::string& name, const std::string& body) const {
    write(name, "#!/bin/sh\n" + body + "\n", 0755);
  }

 private:
  std::string path_;
};

}  // namespace hb::io
