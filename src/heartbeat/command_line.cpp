#include "heartbeat/command_line.h"

#include <iostream>
#include <string_view>

#include <CLI/CLI.hpp>

#include "runtime/exit_codes.h"

namespace hb {

namespace {

// Whatever stands behind it is text, also what looks like an option: it may be a line of a log.
CommandLine parse_explain(int argc, char** argv) {
  CommandLine line;
  line.action = CommandLine::Action::kExplain;
  for (int i = 2; i < argc; ++i) {
    if (i > 2) line.words += ' ';
    line.words += argv[i];
  }
  return line;
}

}  // namespace

std::variant<CommandLine, int> parse_command_line(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "explain") return parse_explain(argc, argv);
  CommandLine line;
  CLI::App app{
      "heartbeat: cluster membership and takeover. Without an action it checks the configuration "
      "and starts.",
      "heartbeat"};
  app.allow_extras();  // 3.0.6 ignores further words
  app.set_help_flag("--help", "Print this help");
  app.footer("heartbeat explain [ID or line of a log]: what a message means and what to do");

  bool stop = false, status = false, reload = false, check = false, defaults = false;
  bool version = false, restarted = false;
  app.add_flag("-k", stop, "Stop the running daemon and wait until it has gone")->group("Actions");
  CLI::Option* timeout =
      app.add_option("--timeout", line.stop_timeout, "With -k: give up after this many seconds")
          ->check(CLI::NonNegativeNumber)
          ->group("Actions");
  app.add_flag("-s", status, "Tell whether the daemon runs")->group("Actions");
  app.add_flag("-r", reload, "Check the files, then let the running daemon read them; or start it")
      ->group("Actions");
  // What 3.0.6 says to itself; nobody is to be told of it.
  app.add_flag("-R", restarted)->group("");
  std::string held;
  app.add_option("-C", held)->group("");
  app.add_flag("-t,--check", check, "Check ha.cf, authkeys and haresources, and do nothing else")
      ->group("Actions");
  CLI::Option* diff =
      app.add_option("--diff", line.diff_from,
                     "With --check: tell what would change in the running daemon, or from the "
                     "files of a directory to these")
          ->type_name("[DIR]")
          ->expected(0, 1)
          ->group("Actions");
  app.add_option("--config", line.config, "With --check: the files of this directory")
      ->type_name("DIR")
      ->group("Actions");
  app.add_flag("--json", line.json, "With --check: print for programs")->group("Actions");
  app.add_flag("-D", defaults, "Print the directives of ha.cf with their defaults")
      ->group("Actions");
  app.add_flag("-W", line.wiki, "With -D: as a wiki table")->group("Actions");
  app.add_flag("-V,--version", version, "Print the version")->group("Actions");

  app.add_flag("-f", line.foreground, "Stay in the foreground");
  app.add_flag("-d", line.debug, "More debugging messages (may be repeated)");
  app.add_flag("-M", line.no_resources, "Do not manage resources");
  app.add_flag("-l", line.no_realtime, "No realtime priority, no locked memory");
  app.add_flag("-v", line.verbose, "Print the effective configuration");

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    app.exit(error, std::cerr, std::cerr);
    return static_cast<int>(runtime::kBadUsage);
  }
  for (const std::string& extra : app.remaining()) {
    if (extra.size() > 1 && extra.front() == '-') {
      std::cerr << "heartbeat: unknown option " << extra << "\n" << app.help();
      return static_cast<int>(runtime::kBadUsage);
    }
  }
  line.diff = diff->count() > 0;
  // Without its action each of them would start the daemon.
  if (!check && (line.diff || line.json || !line.config.empty())) {
    std::cerr << "heartbeat: --diff, --json and --config go with --check\n" << app.help();
    return static_cast<int>(runtime::kBadUsage);
  }
  if (!stop && timeout->count() > 0) {
    std::cerr << "heartbeat: --timeout goes with -k\n" << app.help();
    return static_cast<int>(runtime::kBadUsage);
  }
  if (!restarted && !held.empty()) {
    std::cerr << "heartbeat: -C goes with -R\n" << app.help();
    return static_cast<int>(runtime::kBadUsage);
  }
  if (!held.empty() && held != "none" && held != "local" && held != "foreign" && held != "all") {
    std::cerr << "heartbeat: -C: \"" << held << "\" is none of none, local, foreign, all\n";
    return static_cast<int>(runtime::kBadUsage);
  }
  using Action = CommandLine::Action;
  if (restarted) line.action = Action::kRestarted;
  if (version) line.action = Action::kVersion;
  if (defaults) line.action = Action::kDefaults;
  if (check) line.action = Action::kCheck;
  if (reload) line.action = Action::kReload;
  if (status) line.action = Action::kStatus;
  if (stop) line.action = Action::kStop;
  return line;
}

}  // namespace hb
