// ResourceManager <command> [argument]: the groups of haresources, for people and scripts.

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/text.h"
#include "config/diagnostic.h"
#include "config/haresources.h"
#include "config/world_system.h"
#include "io/process/script_environment.h"
#include "tools/afterwork.h"
#include "tools/agent_host.h"
#include "tools/resource_manager.h"

namespace {

std::string variable(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

// HA_STOPRETRYMAX; what is no number counts as the default.
int stop_retries() {
  const std::string text = variable("HA_STOPRETRYMAX", "10");
  if (text.front() == '-') return 0;
  return static_cast<int>(hb::parse_unsigned(text).value_or(10) % 1'000'000);
}

std::vector<hb::ResourceGroup> read_groups(const std::string& path) {
  const hb::config::SystemWorld world;
  const hb::config::SourceFile file = hb::config::read_source(path);
  if (!file.text) return {};  // no file, no groups, as ever
  auto result = hb::config::parse_haresources(*file.text, path, world);
  for (const hb::config::Diagnostic& diagnostic : result.diagnostics) {
    if (diagnostic.severity != hb::config::Severity::kError) continue;
    std::cerr << hb::config::render(diagnostic) << '\n';
  }
  std::vector<hb::ResourceGroup> groups;
  groups.reserve(result.groups.size());
  for (auto& located : result.groups) groups.push_back(std::move(located.group));
  return groups;
}

// What scripts find in their environment when the daemon runs them, unless the caller has set it.
std::map<std::string, std::string> script_environment(const std::string& directory,
                                                      const std::string& local_node) {
  std::map<std::string, std::string> environment = hb::tools::own_environment();
  environment.try_emplace("HA_DIR", directory);
  environment.try_emplace("HA_CURHOST", local_node);
  environment.merge(hb::io::places_for_scripts(directory));
  std::string& path = environment["PATH"];
  path = std::string(hb::io::kHelperPath) + ":" +
         (path.empty() ? std::string(hb::io::kDefaultPath) : path);
  return environment;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const std::string directory = variable("HA_DIR", "/etc/ha.d");
  const std::string local_node = hb::to_lower(
      variable("HA_CURHOST", hb::config::read_node_name(directory + "/nodeinfo").value()));

  hb::io::ResourceAgents::Directories directories;
  directories.scripts = {variable("HA_RESOURCEDIR", directory + "/resource.d"), "/etc/init.d"};
  directories.ocf_instances = directory + "/conf/OCF";

  std::ofstream debug_log;
  if (const std::string name = variable("HA_DEBUGLOG", ""); !name.empty()) {
    debug_log.open(name, std::ios::app);
  }

  std::optional<hb::tools::AgentHost> host;
  return hb::tools::run_with_afterwork(
      [&] {
        host.emplace();
        auto opened = host->open(directories, script_environment(directory, local_node));
        if (!opened) {
          std::cerr << "ERROR: " << opened.error() << '\n';
          return 1;
        }
        hb::tools::ResourceManager manager(
            {read_groups(directory + "/haresources"), local_node, stop_retries()}, *host,
            {std::cout, std::cerr, debug_log.is_open() ? debug_log : std::cerr});
        return manager.run(words);
      },
      [&] { host->finish_announcements(); });
}
