#include "io/fencing/device.h"

#include <algorithm>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "io/fencing/external_plugin.h"
#include "io/fencing/fence_agent.h"
#include "io/fencing/null_device.h"
#include "io/fencing/stonith_command.h"

namespace hb::io {
namespace {

constexpr std::size_t kLargestFile = 65536;

Expected<std::string, std::string> read_parameters(const FenceDeviceConfig& config) {
  if (config.file.empty()) return config.parameters;
  std::ifstream file(config.file, std::ios::binary);
  std::string text(kLargestFile, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) return unexpected("cannot read " + config.file);
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace

std::optional<std::string> unsafe_program(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return path + " does not exist";
  if (!S_ISREG(facts.st_mode)) return path + " is no regular file";
  if ((facts.st_mode & 0111U) == 0) return path + " is not executable";
  if ((facts.st_mode & 0022U) != 0) return path + " may be changed by others than its owner";
  if (facts.st_uid != 0 && facts.st_uid != ::geteuid()) return path + " does not belong to root";
  return std::nullopt;
}

std::vector<std::string> hosts_of(std::string_view text) {
  return split_words(to_lower(text), " \t\r\n,");
}

bool lists_host(std::string_view hosts, const NodeName& host) {
  const std::vector<std::string> all = hosts_of(hosts);
  return std::find(all.begin(), all.end(), host.value()) != all.end();
}

Expected<std::unique_ptr<FenceDevice>, std::string> make_fence_device(
    const FenceDeviceConfig& config, const FenceSurroundings& around) {
  Expected<std::string, std::string> text = read_parameters(config);
  if (!text) return unexpected(std::move(text).error());
  if (config.type.starts_with("external/"))
    return std::make_unique<ExternalPlugin>(config, std::move(*text), around);
  if (config.type.starts_with("fence_")) {
    Expected<FenceParameters, std::string> parameters =
        config.file.empty() ? named_parameters(*text) : named_lines(*text);
    if (!parameters) return unexpected(std::move(parameters).error());
    auto agent = FenceAgent::make(config.type, *parameters, around);
    if (!agent) return unexpected(std::move(agent).error());
    return std::make_unique<FenceAgent>(std::move(*agent));
  }
  if (config.type == "null") return std::make_unique<NullDevice>();
  return std::make_unique<StonithCommand>(config, std::move(*text), around);
}

}  // namespace hb::io
