#include "config/configuration.h"

#include <algorithm>
#include <system_error>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "config/checks.h"
#include "config/encoding.h"
#include "config/lines.h"

namespace hb::config {
namespace {

constexpr std::uint32_t kOtherRead = 0004;

// What one file got, in the order in which its reader meets it: line by line, the whole file last.
void append_sorted(Diagnostics of_file, Diagnostics& all) {
  std::vector<Diagnostic> sorted = std::move(of_file).take();
  const auto place = [](const Diagnostic& d) {
    return std::tuple(d.where.line == 0, d.where.line, d.where.column);
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
  all.append(std::move(sorted));
}

void unreadable(const SourceFile& source, std::string_view fragment, Diagnostics& diagnostics) {
  diagnostics.error(
      {source.path, 0, 0},
      fmt::format("{} [{}]: {}", fragment, source.path,
                  source.error == 0 ? "not given" : std::generic_category().message(source.error)),
      "", "a readable file");
}

void check_secrecy(const SourceFile& source, const HaCfResult& parsed, Diagnostics& diagnostics) {
  if (!parsed.holds_passwords || (source.mode & kOtherRead) == 0) return;
  diagnostics.warning({source.path, 0, 0},
                      "everybody can read this file, and its stonith_host lines may hold passwords",
                      fmt::format("{:04o}", source.mode & 07777U), "0600 (chmod 600)");
}

// Tells what is wrong with the way a file was saved; true if nothing could be read of it.
bool is_foreign(const PlainText& plain, Diagnostics& diagnostics) {
  if (plain.problem) diagnostics.add(*plain.problem);
  return plain.problem && plain.text.empty();
}

// None if the file cannot be read. What haresources says is looked at, not judged.
std::optional<HaCfResult> check_ha_cf(const Sources& sources, const HaresourcesResult& haresources,
                                      const World& world, Diagnostics& all) {
  const SourceFile& source = sources.ha_cf;
  if (!source.text) {
    unreadable(source, "Cannot open config file", all);
    return std::nullopt;
  }
  const PlainText plain = plain_text(*source.text, source.path);
  HaCfResult parsed = parse_ha_cf(plain.text, source.path, sources.self, world);
  Diagnostics diagnostics;
  if (is_foreign(plain, diagnostics)) {
    append_sorted(std::move(diagnostics), all);
    return std::nullopt;
  }
  diagnostics.append(std::move(parsed.diagnostics));
  diagnostics.append(
      check_whole_ha_cf(parsed, source.path, sources.self, sources.resource_management, world));
  diagnostics.append(check_pings(parsed, haresources.addresses, world));
  check_secrecy(source, parsed, diagnostics);
  append_sorted(std::move(diagnostics), all);
  return parsed;
}

std::optional<Authkeys> check_authkeys(const SourceFile& source, Diagnostics& all) {
  if (!source.text) {
    unreadable(source, "Cannot open keyfile", all);
    return std::nullopt;
  }
  const PlainText plain = plain_text(*source.text, source.path);
  AuthkeysResult parsed = parse_authkeys(plain.text, source.path);
  Diagnostics diagnostics;
  if (is_foreign(plain, diagnostics)) {
    append_sorted(std::move(diagnostics), all);
    return std::nullopt;
  }
  diagnostics.append(std::move(parsed.diagnostics));
  if (auto refusal = check_key_file(source.path, source.mode, source.owner)) {
    diagnostics.add(std::move(*refusal));
  }
  append_sorted(std::move(diagnostics), all);
  return std::move(parsed.keys);
}

// Read before ha.cf is judged, and told of after it.
HaresourcesResult read_haresources(const Sources& sources, const World& world) {
  if (!sources.resource_management) return {};
  const SourceFile& source = sources.haresources;
  Diagnostics diagnostics;
  if (!source.text) {
    unreadable(source, "Cannot open resources file", diagnostics);
    return {{}, {}, std::move(diagnostics).take()};
  }
  const PlainText plain = plain_text(*source.text, source.path);
  HaresourcesResult parsed = parse_haresources(plain.text, source.path, world);
  if (is_foreign(plain, diagnostics)) return {{}, {}, std::move(diagnostics).take()};
  diagnostics.append(std::move(parsed.diagnostics));
  parsed.diagnostics = std::move(diagnostics).take();
  return parsed;
}

std::vector<ResourceGroup> check_haresources(HaresourcesResult parsed,
                                             const std::optional<HaCfResult>& ha_cf,
                                             const std::string& file, Diagnostics& all) {
  Diagnostics diagnostics;
  diagnostics.append(std::move(parsed.diagnostics));
  if (ha_cf) diagnostics.append(check_groups(parsed.groups, *ha_cf, file));
  append_sorted(std::move(diagnostics), all);
  std::vector<ResourceGroup> groups;
  groups.reserve(parsed.groups.size());
  for (LocatedGroup& located : parsed.groups) groups.push_back(std::move(located.group));
  return groups;
}

}  // namespace

CheckResult check(const Sources& sources, const World& world) {
  Diagnostics diagnostics;
  HaresourcesResult haresources = read_haresources(sources, world);
  auto ha_cf = check_ha_cf(sources, haresources, world, diagnostics);
  auto keys = check_authkeys(sources.authkeys, diagnostics);
  std::vector<ResourceGroup> groups =
      check_haresources(std::move(haresources), ha_cf, sources.haresources.path, diagnostics);
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
