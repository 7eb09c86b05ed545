#include "config/configuration.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "config/checks.h"
#include "config/lines.h"

namespace hb::config {
namespace {

constexpr std::uint32_t kOtherRead = 0004;

void unreadable(const SourceFile& source, std::string_view fragment, Diagnostics& diagnostics) {
  diagnostics.error(
      {source.path, 0, 0},
      fmt::format("{} [{}]: {}", fragment, source.path,
                  source.error == 0 ? "not given" : std::generic_category().message(source.error)),
      "", "a readable file");
}

void check_secrecy(const SourceFile& source, const HaCf& ha_cf, Diagnostics& diagnostics) {
  const bool has_passwords =
      std::any_of(ha_cf.stonith.begin(), ha_cf.stonith.end(),
                  [](const StonithDevice& device) { return !device.parameters.empty(); });
  if (!has_passwords || (source.mode & kOtherRead) == 0) return;
  diagnostics.warning({source.path, 0, 0},
                      "everybody can read this file, and its stonith_host lines may hold passwords",
                      fmt::format("{:04o}", source.mode & 07777U), "0600 (chmod 600)");
}

// Reads ha.cf; a file that cannot be read counts as one in which everything was refused.
std::optional<HaCfResult> check_ha_cf(const Sources& sources, const World& world,
                                      Diagnostics& diagnostics) {
  const SourceFile& source = sources.ha_cf;
  if (!source.text) {
    unreadable(source, "Cannot open config file", diagnostics);
    return std::nullopt;
  }
  HaCfResult parsed = parse_ha_cf(*source.text, source.path, sources.self, world);
  diagnostics.append(parsed.diagnostics);
  diagnostics.append(
      check_whole_ha_cf(parsed, source.path, sources.self, sources.resource_management));
  check_secrecy(source, parsed.ha_cf, diagnostics);
  return parsed;
}

std::optional<Authkeys> check_authkeys(const SourceFile& source, Diagnostics& diagnostics) {
  if (!source.text) {
    unreadable(source, "Cannot open keyfile", diagnostics);
    return std::nullopt;
  }
  if (auto refusal = check_key_file(source.path, source.mode, source.owner)) {
    diagnostics.add(std::move(*refusal));
  }
  AuthkeysResult parsed = parse_authkeys(*source.text, source.path);
  diagnostics.append(std::move(parsed.diagnostics));
  return parsed.keys;
}

std::vector<ResourceGroup> check_haresources(const Sources& sources,
                                             const std::optional<HaCfResult>& ha_cf,
                                             const World& world, Diagnostics& diagnostics) {
  const SourceFile& source = sources.haresources;
  if (!source.text) {
    unreadable(source, "Cannot open resources file", diagnostics);
    return {};
  }
  HaresourcesResult parsed = parse_haresources(*source.text, source.path, world);
  diagnostics.append(std::move(parsed.diagnostics));
  if (ha_cf) diagnostics.append(check_groups(parsed.groups, *ha_cf, source.path));
  std::vector<ResourceGroup> groups;
  groups.reserve(parsed.groups.size());
  for (LocatedGroup& located : parsed.groups) groups.push_back(std::move(located.group));
  return groups;
}

}  // namespace

CheckResult check(const Sources& sources, const World& world) {
  Diagnostics diagnostics;
  auto ha_cf = check_ha_cf(sources, world, diagnostics);
  auto keys = check_authkeys(sources.authkeys, diagnostics);
  std::vector<ResourceGroup> groups;
  if (sources.resource_management) {
    groups = check_haresources(sources, ha_cf, world, diagnostics);
  }
  CheckResult result;
  if (diagnostics.errors() == 0) {
    result.configuration =
        Configuration{std::move(ha_cf->ha_cf), std::move(*keys), std::move(groups), sources.self};
  }
  result.diagnostics = std::move(diagnostics).take();
  return result;
}

NodeName local_node_name(const std::optional<std::string>& nodeinfo, std::string_view uname) {
  if (nodeinfo) {
    const auto line = Lines(*nodeinfo).next();
    const Piece name = Piece{line.value_or("")}.without_leading(kBlanks).without_trailing(kBlanks);
    if (!name.text.empty()) return NodeName(to_lower(name.text));
  }
  return NodeName(to_lower(uname));
}

}  // namespace hb::config
