#include "config/cluster_manager.h"

#include <array>

#include "base/text.h"
#include "config/times.h"

namespace hb::config {
namespace {

constexpr std::string_view kClusterUser = "hacluster";
constexpr std::string_view kRoot = "root";
constexpr std::string_view kValgrind = "/usr/bin/valgrind";
constexpr std::array<std::string_view, 2> kSuiteDirectories = {"/usr/libexec/heartbeat",
                                                               "/usr/lib/heartbeat"};

// One daemon of the manager; a row each, in the order of their start.
struct Row {
  std::string_view name;
  std::string_view user;
  bool minimal;   // started by `minimal` too
  bool failfast;  // with `on` and `minimal`
  bool valgrind;  // below valgrind with `valgrind`
  bool ours;      // a program of the suite: never looked for in the manager's directory
};
constexpr std::array<Row, 7> kDaemons = {{
    {"ccm", kClusterUser, true, true, false, true},
    {"cib", kClusterUser, true, true, true, false},
    {"stonithd", kRoot, false, false, false, false},
    {"lrmd", kRoot, true, false, false, false},
    {"attrd", kClusterUser, false, false, true, false},
    {"pengine", kClusterUser, false, true, true, false},
    {"crmd", kClusterUser, true, true, true, false},
}};

struct AuthRow {
  std::string_view client;
  std::string_view user;
  bool minimal;
};
constexpr std::array<AuthRow, 6> kAuth = {{
    {"cib", kClusterUser, true},
    {"crmd", kClusterUser, true},
    {"attrd", kClusterUser, false},
    {"stonithd", kRoot, false},
    {"stonith-ng", kRoot, false},
    {"pingd", kRoot, false},
}};

bool is_started(const Row& row, ManagerMode mode, const ManagerOptions& options) {
  switch (mode) {
    case ManagerMode::kOff:
      return false;
    case ManagerMode::kCcmOnly:
      return row.name == "ccm";
    case ManagerMode::kMinimal:
      return row.minimal;
    case ManagerMode::kOn:
    case ManagerMode::kRespawn:
    case ManagerMode::kValgrind:
      return row.name != "pengine" || !options.crmd_spawns_pengine;
  }
  return false;
}

bool has_failfast(ManagerMode mode) {
  return mode == ManagerMode::kOn || mode == ManagerMode::kMinimal;
}

// The command of a daemon; none if it is nowhere.
std::optional<std::string> command_of(const Row& row, const ManagerOptions& options,
                                      const std::function<bool(const std::string&)>& is_program) {
  if (!row.ours) {
    std::string path = options.daemon_dir + "/" + std::string(row.name);
    if (is_program(path)) return path;
  }
  for (const std::string_view directory : kSuiteDirectories) {
    std::string path = std::string(directory) + "/" + std::string(row.name);
    if (!is_program(path)) continue;
    // The lrmd of the suite, unlike that of the manager, must be told to register with apphbd.
    return row.name == "lrmd" ? path + " -r" : path;
  }
  return std::nullopt;
}

}  // namespace

std::optional<ManagerMode> parse_manager_mode(std::string_view text) {
  const std::string word = to_lower(text);
  if (const auto on = parse_boolean(word)) return *on ? ManagerMode::kOn : ManagerMode::kOff;
  if (word == "respawn") return ManagerMode::kRespawn;
  if (word == "minimal" || word == "manual") return ManagerMode::kMinimal;
  if (word == "ccm-only") return ManagerMode::kCcmOnly;
  if (word == "valgrind") return ManagerMode::kValgrind;
  return std::nullopt;
}

ManagerLines expand_manager(ManagerMode mode, const ManagerOptions& options,
                            const std::function<bool(const std::string& path)>& is_program) {
  ManagerLines lines;
  if (mode == ManagerMode::kOff) return lines;
  lines.environment.emplace_back("HA_cluster_type", "heartbeat");
  if (mode == ManagerMode::kValgrind) lines.environment.emplace_back("HA_VALGRIND_ENABLED", "1");
  for (const AuthRow& row : kAuth) {
    if (mode == ManagerMode::kCcmOnly || (mode == ManagerMode::kMinimal && !row.minimal)) continue;
    lines.auth.push_back({std::string(row.client), std::string(row.user)});
  }
  for (const Row& row : kDaemons) {
    if (!is_started(row, mode, options)) continue;
    auto command = command_of(row, options, is_program);
    if (!command) {
      lines.missing.emplace_back(row.name);
      continue;
    }
    if (mode == ManagerMode::kValgrind && row.valgrind) {
      command = std::string(kValgrind) + " " + *command;
    }
    lines.clients.push_back(
        {std::string(row.user), std::move(*command), has_failfast(mode) && row.failfast});
  }
  return lines;
}

}  // namespace hb::config
