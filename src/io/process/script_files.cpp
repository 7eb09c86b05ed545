#include "io/process/script_files.h"

#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

namespace hb::io {

bool is_executable_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

std::string read_small_file(const std::string& path, std::size_t longest) {
  std::ifstream file(path, std::ios::binary);
  std::string text(longest + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text.size() > longest ? std::string() : text;
}

}  // namespace hb::io
