#pragma once

#include <string>
#include <variant>

namespace hb {

// What the words behind `heartbeat` ask for (spec: ha-cf 9).
struct CommandLine {
  enum class Action {
    kStart,      // none of the others
    kStop,       // -k
    kStatus,     // -s
    kReload,     // -r
    kRestarted,  // -R
    kCheck,      // --check, -t
    kDefaults,   // -D
    kExplain,    // explain [ID or line]
    kVersion,    // -V
  };
  Action action = Action::kStart;
  int debug = 0;              // -d, once for each
  bool foreground = false;    // -f
  bool no_resources = false;  // -M
  bool no_realtime = false;   // -l
  bool verbose = false;       // -v: print the effective configuration
  bool wiki = false;          // -W, with -D
  bool json = false;          // --json, with --check
  bool diff = false;          // --diff, with --check
  std::string diff_from;      // its directory; empty: compare with the running daemon
  std::string config;         // --config, with --check: the directory of the files; empty: as ever
  std::string words;          // behind `explain`
  double stop_timeout = 0;    // --timeout, with -k; seconds, 0 waits for ever
};

// The command line, or the exit code after the usage or help has been printed.
[[nodiscard]] std::variant<CommandLine, int> parse_command_line(int argc, char** argv);

}  // namespace hb
