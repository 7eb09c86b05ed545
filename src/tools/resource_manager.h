#pragma once

#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "base/resource_spec.h"
#include "tools/agent_host.h"

namespace hb::tools {

// The groups of haresources and what people and scripts do with them from the command line
// (spec resources.md 2 and 3). The daemon does not use it.
class ResourceManager {
 public:
  struct Setup {
    std::vector<ResourceGroup> groups;  // in file order
    std::string local_node;             // lower-cased
    int stop_retries = 10;              // HA_STOPRETRYMAX; 0 or less: for ever
  };

  struct Streams {
    std::ostream& out;    // what was asked for
    std::ostream& log;    // what is done, and what goes wrong
    std::ostream& debug;  // where 3.0.6 writes the answer of statgroup
  };

  ResourceManager(Setup setup, AgentHost& agents, Streams streams);

  // Runs one sub-command with its argument. Returns the exit code; 1 and a usage text if it is
  // none.
  [[nodiscard]] int run(const std::vector<std::string>& words);

 private:
  [[nodiscard]] int list_keys(const std::string& node_pattern);
  [[nodiscard]] int list_resources(bool ours);
  [[nodiscard]] int take_group(const std::string& key);
  [[nodiscard]] int give_group(const std::string& key);
  [[nodiscard]] int status(const std::string& resource);
  [[nodiscard]] int group_status(const std::string& key);
  [[nodiscard]] int verify_all_idle();
  [[nodiscard]] int usage();

  [[nodiscard]] const ResourceGroup* find_group(const std::string& key) const;
  [[nodiscard]] bool is_running(const ResourceSpec& resource);
  [[nodiscard]] bool move(const std::string& key, bool take);  // here, or away
  [[nodiscard]] bool walk(const ResourceGroup& group, bool take);

  Setup setup_;
  AgentHost& agents_;
  std::ostream& out_;
  std::ostream& log_;
  std::ostream& debug_;
};

}  // namespace hb::tools
