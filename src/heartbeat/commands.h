#pragma once

#include "heartbeat/command_line.h"
#include "runtime/paths.h"

namespace hb {

// Each action of the command line; the value is the exit code.
[[nodiscard]] int start(const CommandLine& line, const runtime::Paths& paths);
[[nodiscard]] int stop(const CommandLine& line, const runtime::Paths& paths);
[[nodiscard]] int status(const runtime::Paths& paths);
[[nodiscard]] int reload(const CommandLine& line, const runtime::Paths& paths);
[[nodiscard]] int restarted(const runtime::Paths& paths);
[[nodiscard]] int explain(const CommandLine& line);
[[nodiscard]] int check(const CommandLine& line, const runtime::Paths& paths);

}  // namespace hb
