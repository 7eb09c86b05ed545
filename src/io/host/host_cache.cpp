#include "io/host/host_cache.h"

#include <algorithm>
#include <cerrno>
#include <optional>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/text.h"
#include "io/host/state_files.h"

namespace hb::io {
namespace {

constexpr std::size_t kLongestName = 63;  // bytes
constexpr std::size_t kLongestSite = 255;

struct Line {
  std::optional<HostEntry> host;
  std::string_view expected;  // what would have been right, if there is no host
};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '\x7f'; });
}

Line read_line(std::string_view text) {
  const std::vector<std::string_view> parts = split(text, '\t');
  const std::string_view name = parts[0];
  if (name.empty() || name.size() > kLongestName || !is_printable(name) ||
      name.find(' ') != std::string_view::npos) {
    return {std::nullopt, "a node name of 1 to 63 plain characters"};
  }
  const auto uuid = parts.size() > 1 ? Uuid::from_text(parts[1]) : std::nullopt;
  if (!uuid) return {std::nullopt, "a uuid of 36 characters after the name and a tab"};
  HostEntry host{.name = NodeName(to_lower(name)), .uuid = *uuid};
  if (parts.size() > 2) {
    const auto weight = parse_unsigned(parts[2]);
    if (!weight || *weight > UINT32_MAX) return {std::nullopt, "a number as weight"};
    host.weight = static_cast<std::uint32_t>(*weight);
  }
  if (parts.size() > 3) host.site = parts[3];
  if (parts.size() > 4 || host.site.size() > kLongestSite || !is_printable(host.site))
    return {std::nullopt, "a plain text as site, and nothing behind it"};
  return {std::move(host), {}};
}

}  // namespace

HostCache parse_host_cache(std::string_view text) {
  HostCache cache;
  std::size_t number = 0;
  const auto problem = [&](std::string_view what) {
    if (cache.problems.size() < kMostProblems)
      cache.problems.push_back(fmt::format("line {}: {}", number, what));
  };
  const bool is_cut_off = !text.empty() && text.back() != '\n';
  if (!text.empty() && !is_cut_off) text.remove_suffix(1);
  if (text.empty()) return cache;
  const std::vector<std::string_view> rows = split(text, '\n');
  for (const std::string_view row : rows) {
    ++number;
    if (row.empty()) continue;
    Line line = read_line(row);
    if (!line.host) {
      problem(fmt::format("expected {}", line.expected));
      continue;
    }
    if (is_cut_off && number == rows.size()) {
      problem("cut off; only name and uuid count");
      line.host = HostEntry{.name = line.host->name, .uuid = line.host->uuid};
    }
    const bool twice = std::any_of(cache.hosts.begin(), cache.hosts.end(),
                                   [&](const HostEntry& h) { return h.name == line.host->name; });
    if (twice) {
      problem(fmt::format("{} stands there twice", line.host->name.value()));
    } else if (cache.hosts.size() >= kMostHosts) {
      problem("more than 100 nodes");
    } else {
      cache.hosts.push_back(std::move(*line.host));
    }
  }
  return cache;
}

std::string host_cache_text(const std::vector<HostEntry>& hosts) {
  std::string text;
  for (const HostEntry& host : hosts) {
    text += fmt::format("{}\t{}\t{}\t{}\n", host.name.value(), host.uuid.text(), host.weight,
                        host.site);
  }
  return text;
}

Expected<HostCache, IoError> read_host_cache(const std::filesystem::path& path) {
  const auto text = read_file(path);
  if (!text) {
    if (text.error().code == ENOENT) return HostCache{};
    return unexpected(text.error());
  }
  return parse_host_cache(*text);
}

}  // namespace hb::io
