#include "base/resource_script.h"

#include <algorithm>
#include <array>
#include <climits>

#include <openssl/sha.h>

#include "base/encoding.h"

namespace hb {
namespace {

constexpr std::array<std::string_view, 3> kAddressAgents = {"IPaddr", "IPaddr2", "IPv6addr"};

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

std::string sha256(std::string_view text) {
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

bool leads_upwards(std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (path.substr(0, end) == "..") return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

}  // namespace

bool is_address_agent(std::string_view script) {
  return std::find(kAddressAgents.begin(), kAddressAgents.end(), script) != kAddressAgents.end();
}

bool is_script_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.size() <= NAME_MAX &&
         std::all_of(name.begin(), name.end(), can_be_in_a_name);
}

bool is_script_path(std::string_view path) {
  return !path.empty() && path.size() < PATH_MAX && path.find('\0') == std::string_view::npos &&
         !leads_upwards(path);
}

bool is_stock_script(std::string_view name, std::string_view text) {
  if (has_line(text, kBuiltInMarker)) return true;
  const auto stock = std::find_if(kStockScripts.begin(), kStockScripts.end(),
                                  [&](const StockScript& script) { return script.name == name; });
  return stock != kStockScripts.end() && sha256(text) == stock->sha256;
}

}  // namespace hb
