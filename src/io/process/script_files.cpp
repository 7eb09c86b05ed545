#include "io/process/script_files.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encoding.h"

namespace hb::io {
namespace {

constexpr std::size_t kLongestScript = 64 * 1024;

struct StockScript {
  std::string_view name;
  std::string_view sha256;
};

// resource.d of heartbeat 1:3.0.6-13 as Debian 12 ships it (sha256sum).
constexpr std::array<StockScript, 4> kStockScripts = {{
    {"IPaddr", "c53184acddad1bc7894e0477a1351621c3e46cf1924c8ff410410b51e26f4b5c"},
    {"IPaddr2", "220eb0a8ba5b8b132a04503d367613210a72edcda030dcc726398c8121f5c017"},
    {"IPv6addr", "af667834ba1c733e596342f11daa8f584b06c2e5bf2a3ccc2a9d2a06e60ea3d3"},
    {"OCF", "7b6781aed6131a3f269a7d9755c51437833fa3d246087a6e897ebcc3cd4eb342"},
}};

std::string sha256(const std::string& text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return hex_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

bool has_line(std::string_view text, std::string_view line) {
  for (std::size_t at = text.find(line); at != std::string_view::npos;
       at = text.find(line, at + 1)) {
    const std::size_t end = at + line.size();
    if ((at == 0 || text[at - 1] == '\n') && (end == text.size() || text[end] == '\n')) return true;
  }
  return false;
}

bool can_be_in_a_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_.+@").find(c) != std::string_view::npos;
}

}  // namespace

bool is_executable_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

bool is_script_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.size() <= 255 &&
         std::all_of(name.begin(), name.end(), can_be_in_a_name);
}

bool is_stock_script(const std::string& path, std::string_view name) {
  const std::string text = read_small_file(path, kLongestScript);
  if (has_line(text, kBuiltInMarker)) return true;
  const auto stock = std::find_if(kStockScripts.begin(), kStockScripts.end(),
                                  [&](const StockScript& script) { return script.name == name; });
  return stock != kStockScripts.end() && sha256(text) == stock->sha256;
}

std::string read_small_file(const std::string& path, std::size_t longest) {
  std::ifstream file(path, std::ios::binary);
  std::string text(longest + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text.size() > longest ? std::string() : text;
}

}  // namespace hb::io
