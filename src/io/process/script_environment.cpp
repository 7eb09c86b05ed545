#include "io/process/script_environment.h"

namespace hb::io {

std::map<std::string, std::string> places_for_scripts(const std::string& directory) {
  return {{"HA_BIN", "/usr/libexec/heartbeat"},
          {"HA_FIFO", "/var/lib/heartbeat/fifo"},
          {"HA_FUNCS", directory + "/shellfuncs"},
          {"HA_RCDIR", directory + "/rc.d"},
          {"HA_RESOURCEDIR", directory + "/resource.d"},
          {"HOME", "/root"},
          {"OCF_AGENTS", "/usr/lib/ocf/resource.d/heartbeat/"},
          {"OCF_ROOT", "/usr/lib/ocf"}};
}

}  // namespace hb::io
