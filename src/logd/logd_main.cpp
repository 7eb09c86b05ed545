#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "config/logd_cf.h"
#include "io/host/daemonize.h"
#include "io/host/log/log.h"
#include "io/host/pid_file.h"
#include "io/host/state_files.h"
#include "io/host/systemd.h"
#include "logd/log_intake.h"

// ha_logd: writes the lines of other processes to files and syslog, so that they never wait for
// a disk. Options, exit codes and texts as cluster-glue's (spec: client-api 8.1).
namespace hb::logd {
namespace {

constexpr char kPidFile[] = "/run/logd.pid";
constexpr char kDefaultConfig[] = "/etc/logd.cf";
constexpr char kSocket[] = "/var/lib/heartbeat/log_daemon";
constexpr auto kPollInterval = std::chrono::milliseconds(50);

enum ExitCode : int {
  kOk = 0,
  kFailure = 1,
  kNotRunning = 3,
  kNoPermission = 4,
  kNotConfigured = 6,
};

struct Options {
  enum class Action { kRun, kStatus, kStop, kHelp };
  Action action = Action::kRun;
  bool detach = false;
  bool verbose = false;
  std::optional<std::string> config;
};

Options parse(int argc, char** argv) {
  Options options;
  ::opterr = 0;
  for (int option = 0; (option = ::getopt(argc, argv, "c:dksvh")) != -1;) {
    switch (option) {
      case 'c':
        options.config = ::optarg;
        break;
      case 'd':
        options.detach = true;
        break;
      case 'k':
        options.action = Options::Action::kStop;
        break;
      case 's':
        options.action = Options::Action::kStatus;
        break;
      case 'v':
        options.verbose = true;
        break;
      default:
        options.action = Options::Action::kHelp;
        return options;
    }
  }
  return options;
}

int help(const char* program) {
  std::cout << "usage: " << program
            << " [options]\n\n"
               "  -d       detach from the terminal\n"
               "  -k       stop the logging daemon that runs\n"
               "  -s       tell whether it runs\n"
               "  -c FILE  read this instead of /etc/logd.cf\n"
               "  -v       debugging messages\n"
               "  -h       this help\n";
  return kFailure;
}

io::DaemonPresence presence() { return io::daemon_presence(kPidFile, io::own_executable()); }

int status() {
  const io::DaemonPresence found = presence();
  if (const auto* running = std::get_if<io::DaemonRuns>(&found)) {
    std::cout << "logging daemon is running [pid = " << running->pid << "].\n";
    return kOk;
  }
  if (std::holds_alternative<io::StalePidFile>(found)) {
    std::cout << "logging daemon is stopped: " << kPidFile << " exists.\n";
    return kFailure;
  }
  std::cout << "logging daemon is stopped.\n";
  return kNotRunning;
}

int stop() {
  const io::DaemonPresence found = presence();
  const auto* running = std::get_if<io::DaemonRuns>(&found);
  if (running == nullptr) {
    std::cerr << "ha_logd already stopped.\n";
    return kOk;
  }
  if (::kill(running->pid, SIGTERM) != 0) {
    const int code = errno;
    std::cerr << "ha_logd: cannot stop pid " << running->pid << ": " << std::strerror(code) << "\n";
    return code == EPERM ? kNoPermission : kFailure;
  }
  while (std::holds_alternative<io::DaemonRuns>(presence())) {
    std::this_thread::sleep_for(kPollInterval);
  }
  return kOk;
}

// --- configuration ---

config::LogdCfResult read_config(const Options& options) {
  const std::string path = options.config.value_or(kDefaultConfig);
  std::ifstream file(path);
  if (!file) {
    config::LogdCfResult result;
    const int code = errno;
    result.good = code == ENOENT;
    if (options.config || !result.good) {
      // Its unit names /etc/logd.cf, which need not be there.
      result.diagnostics = {{result.good ? config::Severity::kWarning : config::Severity::kError,
                             {path},
                             std::string("cannot be read: ") + std::strerror(code) +
                                 (result.good ? "; everything goes to syslog" : ""),
                             "",
                             ""}};
    }
    return result;
  }
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return config::parse_logd_cf(text, path);
}

io::LogTargets targets_of(const config::LogdCf& logd_cf) {
  io::LogTargets targets;
  targets.logfile = logd_cf.logfile.value_or("");
  targets.debugfile = logd_cf.debugfile.value_or("");
  targets.facility = logd_cf.facility;
  targets.syslog_format = logd_cf.syslogmsgfmt;
  targets.mode = logd_cf.logmode;
  targets.syslog_prefix = logd_cf.syslogprefix;
  targets.sync_severe = true;
  return targets;
}

// --- running ---

class LogDaemon {
 public:
  LogDaemon(Options options, io::Log& log) : options_(std::move(options)), log_(log) {}

  Expected<void, io::IoError> open() {
    const std::filesystem::path directory = std::filesystem::path(kSocket).parent_path();
    if (auto made = io::ensure_directories({{directory, 0755}}); !made) {
      return unexpected(std::move(made.error()));
    }
    auto intake = LogIntake::open(loop_, kSocket, log_);
    if (!intake) return unexpected(std::move(intake.error()));
    intake_ = std::move(*intake);
    return {};
  }

  void run() {
    std::signal(SIGPIPE, SIG_IGN);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) signals_.add(signal);
    next_signal();
    log_.start_worker();
    log_.say<"logd-started">(::getpid(), HB_VERSION);
    systemd_.ready("Taking lines");
    loop_.run();
    log_.say<"logd-stopped">(::getpid());
  }

 private:
  void next_signal() {
    signals_.async_wait([this](const asio::error_code& error, int signal) {
      if (error) return;
      if (signal == SIGHUP) {
        reopen();
        return next_signal();
      }
      systemd_.stopping();
      intake_->finish();
      loop_.stop();
    });
  }

  void reopen() {
    const config::LogdCfResult result = read_config(options_);
    for (const config::Diagnostic& diagnostic : result.diagnostics) {
      log_.say<"config-error">(config::render_for_log(diagnostic));
    }
    if (result.good) log_.set_targets(targets_of(result.logd_cf));
    log_.reopen();
    log_.say<"log-reopened">();
  }

  Options options_;
  io::Log& log_;
  asio::io_context loop_{1};
  asio::signal_set signals_{loop_};
  io::SystemdNotifier systemd_;
  std::unique_ptr<LogIntake> intake_;
};

int start(const Options& options, const char* program) {
  io::close_inherited_descriptors();
  const config::LogdCfResult config = read_config(options);
  for (const config::Diagnostic& diagnostic : config.diagnostics) {
    std::cerr << config::render(diagnostic) << "\n";
  }
  if (!config.good) return kNotConfigured;
  if (const auto found = presence(); std::holds_alternative<io::DaemonRuns>(found)) {
    std::cerr << program << ": already running [pid " << std::get<io::DaemonRuns>(found).pid
              << "].\n";
    return kOk;
  }

  io::Readiness readiness;
  if (options.detach) {
    Expected<io::Readiness, io::IoError> detached = io::daemonize();
    if (!detached) {
      std::cerr << program << ": " << detached.error().text() << "\n";
      return kFailure;
    }
    readiness = std::move(*detached);
  }
  const auto refuse = [&](const std::string& why, int code) {
    std::cerr << program << ": " << why << "\n";
    readiness.failed(code);
    return code;
  };
  auto pid_file = io::PidFile::acquire(kPidFile, io::own_executable());
  if (!pid_file) {
    if (const auto* running = std::get_if<io::AlreadyRunning>(&pid_file.error())) {
      return refuse("already running [pid " + std::to_string(running->pid) + "].", kOk);
    }
    return refuse(std::get<io::IoError>(pid_file.error()).text(), kNoPermission);
  }
  ::umask(0);  // `logmode` is meant as it is written
  io::Log log(config.logd_cf.entity, targets_of(config.logd_cf), LogIntake::kQueuedMessages);
  log.set_debug_level(options.verbose ? 1 : 0);
  LogDaemon daemon(options, log);
  if (const auto opened = daemon.open(); !opened) {
    const int code = opened.error().code;
    return refuse(opened.error().text(),
                  code == EPERM || code == EACCES ? kNoPermission : kFailure);
  }
  if (options.detach) {
    if (const auto detached = io::detach_stdio(); !detached) {
      log.say<"stdio-not-detached">(detached.error().text());
    }
  }
  readiness.ready();
  daemon.run();
  return kOk;
}

int run(int argc, char** argv) {
  const Options options = parse(argc, argv);
  switch (options.action) {
    case Options::Action::kHelp:
      return help(argv[0]);
    case Options::Action::kStatus:
      return status();
    case Options::Action::kStop:
      return stop();
    case Options::Action::kRun:
      return start(options, argv[0]);
  }
  return kFailure;
}

}  // namespace
}  // namespace hb::logd

int main(int argc, char** argv) {
  try {
    return hb::logd::run(argc, argv);
  } catch (const std::exception& error) {  // out of memory, a broken installation
    std::cerr << "ha_logd: " << error.what() << "\n";
    return hb::logd::kFailure;
  }
}
