#include "heartbeat/commands.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include <unistd.h>

#include "base/overloaded.h"
#include "config/report.h"
#include "config/world_system.h"
#include "io/host/host_name.h"
#include "runtime/daemon.h"
#include "runtime/exit_codes.h"
#include "runtime/in_force_file.h"
#include "runtime/message_catalogue.h"
#include "runtime/translate.h"

namespace hb {
namespace {

using runtime::kFailure;
using runtime::kNoPermission;
using runtime::kNotConfigured;
using runtime::kNotRunning;
using runtime::kOk;

constexpr auto kPollInterval = std::chrono::milliseconds(100);
constexpr auto kProgressInterval = std::chrono::seconds(5);

using Occasion = config::SystemWorld::Occasion;

config::CheckResult read_and_check(const runtime::Paths& paths, Occasion occasion,
                                   bool resource_management, config::Sources& sources) {
  sources = config::read_sources(paths.sources, resource_management);
  return config::check(sources, config::SystemWorld(occasion));
}

void log_diagnostics(io::Log& log, const config::CheckResult& result) {
  for (const config::Diagnostic& diagnostic : result.diagnostics) {
    switch (diagnostic.severity) {
      case config::Severity::kError:
        log.say<"config-error">(config::render_for_log(diagnostic));
        break;
      case config::Severity::kWarning:
        log.say<"config-warning">(config::render_for_log(diagnostic));
        break;
      case config::Severity::kInfo:
        log.say<"config-info">(config::render_for_log(diagnostic));
        break;
    }
  }
}

// A file that we may not read is another failure than a wrong one.
int refusal_code(const config::Sources& sources) {
  for (const config::SourceFile* file : {&sources.ha_cf, &sources.authkeys, &sources.haresources}) {
    if (!file->text && (file->error == EPERM || file->error == EACCES)) return kNoPermission;
  }
  return kNotConfigured;
}

io::LogTargets start_targets(const config::CheckResult& result) {
  io::LogTargets targets;
  if (result.configuration) targets = runtime::to_log_targets(result.configuration->ha_cf);
  targets.standard_error = true;
  return targets;
}

io::DaemonPresence presence(const runtime::Paths& paths) {
  return io::daemon_presence(paths.pid_file, io::own_executable());
}

// Detached or in the foreground, from here on this process is the daemon.
int become_daemon(const CommandLine& line, const runtime::Paths& paths,
                  const config::CheckResult& result, io::Log& log) {
  io::Readiness readiness;
  if (line.foreground) {
    io::become_session_leader();
  } else {
    Expected<io::Readiness, io::IoError> detached = io::daemonize();
    if (!detached) {
      log.say<"start-failed-system">(detached.error().text());
      return kFailure;
    }
    readiness = std::move(*detached);
  }
  const auto refuse = [&](int code) {
    readiness.failed(code);
    return code;
  };
  auto pid_file = io::PidFile::acquire(paths.pid_file, io::own_executable());
  if (!pid_file) {
    const auto* running = std::get_if<io::AlreadyRunning>(&pid_file.error());
    if (running == nullptr) {
      log.say<"start-failed-system">(std::get<io::IoError>(pid_file.error()).text());
      return refuse(kNoPermission);
    }
    log.say<"already-running">(running->pid);
    return refuse(kOk);
  }
  runtime::Daemon daemon(*result.configuration, paths,
                         {.resource_management = !line.no_resources,
                          .realtime = !line.no_realtime,
                          .more_debug = line.debug},
                         log);
  if (const int code = daemon.open(); code != kOk) return refuse(code);
  if (const auto detached = io::detach_stdio(); !detached)
    log.say<"stdio-not-detached">(detached.error().text());
  log.set_targets(runtime::to_log_targets(result.configuration->ha_cf));
  readiness.ready();
  return daemon.run();
}

// --- heartbeat --check ---

struct Checked {
  config::Sources sources;
  config::CheckResult result;
};

Checked check_files(const config::SourcePaths& paths, bool resource_management,
                    Occasion occasion = Occasion::kCheck) {
  const config::SystemWorld world(occasion);
  Checked checked{config::read_sources(paths, resource_management), {}};
  checked.result = config::check(checked.sources, world);
  return checked;
}

// The files of a directory in the place of those of /etc/ha.d. A node keeps its name unless the
// directory has a nodeinfo of its own.
config::SourcePaths in_directory(const runtime::Paths& paths, const std::string& directory) {
  if (directory.empty()) return paths.sources;
  const std::filesystem::path base(directory);
  config::SourcePaths sources{base / "ha.cf", base / "authkeys", base / "haresources",
                              base / "nodeinfo"};
  std::error_code error;
  if (!std::filesystem::exists(sources.nodeinfo, error)) {
    sources.nodeinfo = paths.sources.nodeinfo;
  }
  return sources;
}

int report(const CommandLine& line, const Checked& checked,
           const std::optional<config::Compared>& compared = std::nullopt) {
  std::cout << (line.json ? config::render_report_json(checked.result, compared)
                          : config::render_report(checked.result, compared));
  return checked.result.configuration ? kOk : refusal_code(checked.sources);
}

int compare_with_files(const CommandLine& line, const runtime::Paths& paths) {
  const Checked before = check_files(in_directory(paths, line.diff_from), !line.no_resources);
  const Checked after = check_files(in_directory(paths, line.config), !line.no_resources);
  if (!after.result.configuration) return report(line, after);
  if (!before.result.configuration) {
    std::cerr << config::render_report(before.result) << "heartbeat: the files of "
              << line.diff_from << " have errors: nothing to compare with\n";
    return refusal_code(before.sources);
  }
  return report(line, after,
                config::Compared{line.diff_from, config::compare(*before.result.configuration,
                                                                 *after.result.configuration)});
}

int compare_with_daemon(const CommandLine& line, const runtime::Paths& paths) {
  const io::DaemonPresence found = presence(paths);
  const auto* running = std::get_if<io::DaemonRuns>(&found);
  if (running == nullptr) {
    std::cerr << "heartbeat: no daemon runs here: nothing to compare with (--diff DIR compares "
                 "with the files of DIR)\n";
    return kNotRunning;
  }
  const auto in_force = runtime::InForceFile(paths.in_force()).read();
  if (!in_force) {
    std::cerr << "heartbeat: what pid " << running->pid
              << " has in force is not known: " << in_force.error().text() << "\n";
    return in_force.error().code == EACCES || in_force.error().code == EPERM ? kNoPermission
                                                                             : kFailure;
  }
  if (in_force->pid != running->pid) {
    std::cerr << "heartbeat: pid " << running->pid
              << " does not tell what it has in force: it is of another release\n";
    return kFailure;
  }
  const Checked checked =
      check_files(in_directory(paths, line.config),
                  in_force->resource_management && !line.no_resources, Occasion::kCheckOfReload);
  if (!checked.result.configuration) return report(line, checked);
  const auto statements =
      config::statements(*checked.result.configuration, runtime::keyed_disguise(in_force->salt));
  return report(line, checked,
                config::Compared{"the running daemon, pid " + std::to_string(running->pid),
                                 config::compare(in_force->statements, statements)});
}

}  // namespace

int start(const CommandLine& line, const runtime::Paths& paths) {
  io::close_inherited_descriptors();
  config::Sources sources;
  const config::CheckResult result =
      read_and_check(paths, Occasion::kStart, !line.no_resources, sources);
  io::Log log("heartbeat", start_targets(result));
  log_diagnostics(log, result);
  if (!result.configuration) {
    log.say<"not-started">();
    return refusal_code(sources);
  }
  log.set_debug_level(result.configuration->ha_cf.debug + line.debug);
  if (line.verbose) std::cout << config::print(result.configuration->ha_cf) << std::flush;
  if (const auto found = presence(paths); std::holds_alternative<io::DaemonRuns>(found)) {
    log.say<"already-running">(std::get<io::DaemonRuns>(found).pid);
    return kOk;
  }
  log.say<"start-banner">();
  log.say<"start">(HB_VERSION);
  log.say<"version">(HB_VERSION);
  return become_daemon(line, paths, result, log);
}

int stop(const CommandLine& line, const runtime::Paths& paths) {
  const io::DaemonPresence found = presence(paths);
  const auto* running = std::get_if<io::DaemonRuns>(&found);
  if (running == nullptr) {
    std::cerr << "INFO: Heartbeat already stopped.\n";
    return kOk;
  }
  if (::kill(running->pid, SIGTERM) != 0) {
    const int code = errno;
    std::cerr << "heartbeat: cannot stop pid " << running->pid << ": " << std::strerror(code)
              << "\n";
    return code == EPERM ? kNoPermission : kFailure;
  }
  const auto begun = std::chrono::steady_clock::now();
  auto told = begun;
  while (std::holds_alternative<io::DaemonRuns>(presence(paths))) {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double> waited = now - begun;
    if (line.stop_timeout > 0 && waited.count() > line.stop_timeout) {
      std::cerr << "heartbeat: pid " << running->pid << " still runs after " << line.stop_timeout
                << " s; it goes on stopping\n";
      return kFailure;
    }
    if (now - told >= kProgressInterval) {
      told = now;
      std::cerr << "heartbeat: waiting for pid " << running->pid << " to release its resources ("
                << static_cast<int>(waited.count()) << " s)\n";
    }
    std::this_thread::sleep_for(kPollInterval);
  }
  return kOk;
}

int status(const runtime::Paths& paths) {
  return std::visit(Overloaded{
                        [&](const io::DaemonRuns& daemon) -> int {
                          std::cout << "heartbeat OK [pid " << daemon.pid
                                    << " et al] is running on " << io::host_name() << " ["
                                    << config::read_node_name(paths.sources.nodeinfo).value()
                                    << "]...\n";
                          return kOk;
                        },
                        [](const io::NoPidFile&) -> int {
                          std::cout << "heartbeat is stopped. No process\n";
                          return kNotRunning;
                        },
                        [](const io::StalePidFile&) -> int {
                          std::cout << "heartbeat is stopped. No process\n";
                          return kFailure;
                        },
                    },
                    presence(paths));
}

namespace {

// The files are to be checked as the daemon will: as it was started, not as we are. One of another
// release leaves no word of it.
bool manages_resources(const io::DaemonRuns& daemon, const runtime::Paths& paths) {
  const auto in_force = runtime::InForceFile(paths.in_force()).read();
  return !in_force || in_force->pid != daemon.pid || in_force->resource_management;
}

}  // namespace

int reload(const CommandLine& line, const runtime::Paths& paths) {
  const io::DaemonPresence found = presence(paths);
  const auto* running = std::get_if<io::DaemonRuns>(&found);
  if (running == nullptr) return start(line, paths);
  config::Sources sources;
  const bool managed = !line.no_resources && manages_resources(*running, paths);
  const config::CheckResult result = read_and_check(paths, Occasion::kReload, managed, sources);
  if (!result.configuration) {
    std::cerr << config::render_report(result)
              << "heartbeat: the running daemon is left as it is\n";
    return refusal_code(sources) == kNoPermission ? kNoPermission : kFailure;
  }
  std::cerr << "heartbeat: Signalling heartbeat pid " << running->pid
            << " to reread its configuration files\n";
  if (::kill(running->pid, SIGHUP) != 0) {
    const int code = errno;
    std::cerr << "heartbeat: cannot signal: " << std::strerror(code) << "\n";
    return code == EPERM ? kNoPermission : kFailure;
  }
  return kOk;
}

// A 3.0.6 begins anew by calling itself in this way, in the process that is the daemon. Ours reads
// its files in place: whoever calls it so is another process.
int restarted(const runtime::Paths& paths) {
  const io::DaemonPresence found = presence(paths);
  const auto* running = std::get_if<io::DaemonRuns>(&found);
  if (running == nullptr) {
    std::cerr << "heartbeat: -R: no daemon runs that could have restarted itself\n";
    return kNotConfigured;  // 6, as 3.0.6
  }
  std::cerr << "heartbeat: -R: the daemon is pid " << running->pid
            << ", which needs no restart; to let it read its files: heartbeat -r\n";
  return kFailure;
}

int explain(const CommandLine& line) {
  if (line.words.empty()) {
    std::cout << runtime::render_message_list();
    return kOk;
  }
  auto found = runtime::find_message(line.words);
  if (!found) found = runtime::recognise_line(line.words);
  if (found) {
    std::cout << runtime::render_explanation(*found);
    return kOk;
  }
  std::cerr << "heartbeat: no message has the id or the words \"" << line.words << "\"";
  const std::vector<std::string_view> similar = runtime::similar_ids(line.words);
  for (std::size_t i = 0; i < similar.size(); ++i) {
    std::cerr << (i == 0 ? "; perhaps " : ", ") << similar[i];
  }
  std::cerr << "\n`heartbeat explain` lists all\n";
  return kFailure;
}

int check(const CommandLine& line, const runtime::Paths& paths) {
  const bool managed = !line.no_resources;
  if (!line.diff) return report(line, check_files(in_directory(paths, line.config), managed));
  return line.diff_from.empty() ? compare_with_daemon(line, paths)
                                : compare_with_files(line, paths);
}

}  // namespace hb
