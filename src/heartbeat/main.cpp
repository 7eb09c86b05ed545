#include <exception>
#include <iostream>

#include "config/directives.h"
#include "heartbeat/command_line.h"
#include "heartbeat/commands.h"
#include "runtime/exit_codes.h"

namespace {

int run(const hb::CommandLine& line) {
  using Action = hb::CommandLine::Action;
  using hb::config::TableStyle;
  const hb::runtime::Paths paths;
  switch (line.action) {
    case Action::kStart:
      return hb::start(line, paths);
    case Action::kStop:
      return hb::stop(line, paths);
    case Action::kStatus:
      return hb::status(paths);
    case Action::kReload:
      return hb::reload(line, paths);
    case Action::kRestarted:
      return hb::restarted(paths);
    case Action::kCheck:
      return hb::check(line, paths);
    case Action::kExplain:
      return hb::explain(line);
    case Action::kDefaults:
      std::cout << hb::config::render_default_table(
          line.wiki ? TableStyle::kWiki : TableStyle::kPlain, HB_VERSION);
      return hb::runtime::kOk;
    case Action::kVersion:
      std::cout << HB_VERSION << "\n";
      return hb::runtime::kOk;
  }
  return hb::runtime::kBadUsage;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto parsed = hb::parse_command_line(argc, argv);
    const auto* line = std::get_if<hb::CommandLine>(&parsed);
    return line != nullptr ? run(*line) : std::get<int>(parsed);
  } catch (const std::exception& error) {  // out of memory, a broken installation
    std::cerr << "heartbeat: " << error.what() << "\n";
    return hb::runtime::kFailure;
  }
}
