#include "runtime/daemon.h"

#include <cerrno>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <optional>
#include <random>
#include <system_error>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <spawn.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/world_system.h"
#include "io/host/realtime.h"
#include "io/host/state_files.h"
#include "io/host/systemd.h"
#include "io/ipc/fifo_reader.h"
#include "io/net/link_monitor.h"
#include "io/net/service_addresses.h"
#include "runtime/environment.h"
#include "runtime/executor.h"
#include "runtime/exit_codes.h"
#include "runtime/held_groups_file.h"
#include "runtime/translate.h"

namespace hb::runtime {
namespace {

constexpr int kDefaultPriority = 1;  // `rtprio` absent

int exit_code_of(const io::IoError& error) {
  return error.code == EPERM || error.code == EACCES ? kNoPermission : kFailure;
}

std::filesystem::file_time_type written_at(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::last_write_time(path, error);
}

std::uint64_t random_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32U) | device();
}

}  // namespace

class Daemon::Impl {
 public:
  Impl(config::Configuration configuration, Paths paths, DaemonOptions options, io::Log& log)
      : configuration_(std::move(configuration)),
        paths_(std::move(paths)),
        options_(options),
        log_(log),
        signals_(loop_),
        runner_(loop_),
        batch_(),
        held_(paths_.held_groups()),
        haresources_written_(written_at(paths_.sources.haresources)) {}

  int open() {
    Expected<void, int> opened = open_state();
    if (opened) opened = open_network();
    if (opened) opened = open_node();
    if (opened) opened = open_media();
    return opened ? kOk : opened.error();
  }

  int run() {
    wait_for_signals();
    log_.start_worker();
    if (ha_cf().realtime && options_.realtime) become_realtime();
    executor_->start();
    systemd_.ready("Waiting for the other nodes");
    loop_.run();
    return exit_code_;
  }

 private:
  const config::HaCf& ha_cf() const { return configuration_.ha_cf; }

  // Logs what failed; the value is the exit code.
  auto failed(const io::IoError& error) {
    log_.error("{}", error.text());
    return unexpected(exit_code_of(error));
  }

  // --- opening ---

  Expected<void, int> open_state() {
    const auto directories = io::ensure_directories(
        {{paths_.state, 0755}, {paths_.run, 0755}, {ha_cf().coreroot, 0755}});
    if (!directories) return failed(directories.error());
    if (const auto applied = io::apply_core_policy({ha_cf().coredumps, ha_cf().coreroot});
        !applied) {
      return failed(applied.error());
    }
    renew_scratch_directory();
    if (const auto generation = read_generation(); !generation) return failed(generation.error());
    if (const auto uuid = read_uuid(); !uuid) return failed(uuid.error());
    auto fifo = io::FifoReader::open(loop_, paths_.fifo(),
                                     [this](std::string_view text) { executor_->inject(text); });
    if (!fifo) return failed(fifo.error());
    fifo_ = std::move(*fifo);
    return {};
  }

  // Resource agents keep their marks of what runs in there; none of it outlives the daemon.
  void renew_scratch_directory() {
    std::error_code error;
    std::filesystem::remove_all(paths_.rsctmp(), error);
    std::filesystem::create_directory(paths_.rsctmp(), error);
    if (!error) ::chmod(paths_.rsctmp().c_str(), 01755);
  }

  Expected<void, io::IoError> read_generation() {
    const auto unix_time = static_cast<std::uint64_t>(std::time(nullptr));
    if (ha_cf().hbgenmethod == config::GenerationMethod::kTime) {
      identity_.generation = Generation(unix_time);
    } else {
      const auto next = io::next_generation(paths_.generation(), unix_time);
      if (!next) return unexpected(next.error());
      identity_.generation = next->generation;
      if (next->origin == io::GenerationOrigin::kNoFile) {
        log_.warning("No previous generation - starting at {}", next->generation.value());
      } else if (next->origin == io::GenerationOrigin::kUnreadable) {
        log_.warning("{} holds no number - generation starts after the current time, at {}",
                     paths_.generation().string(), next->generation.value());
      }
    }
    log_.info("Heartbeat generation: {}", identity_.generation.value());
    return {};
  }

  Expected<void, io::IoError> read_uuid() {
    identity_.seed = random_seed();
    if (ha_cf().uuidfrom == config::UuidSource::kNodename) {
      identity_.uuid = io::uuid_from_node_name(configuration_.self);
      return {};
    }
    const auto uuid = io::load_or_make_uuid(paths_.uuid());
    if (!uuid) return unexpected(uuid.error());
    if (uuid->generated) log_.info("No uuid found - generated {}", uuid->uuid.text());
    identity_.uuid = uuid->uuid;
    return {};
  }

  Expected<void, int> open_network() {
    auto monitor = io::LinkMonitor::open(loop_);
    if (!monitor) return failed(monitor.error());
    monitor_ = std::move(*monitor);
    link_news_ = monitor_->subscribe([this](const io::LinkEvent& event) { on_link(event); });
    addresses_.emplace(loop_, *monitor_);
    addresses_->on_conflict([this](const io::AddressConflict& conflict) {
      log_.critical("Address {} on {} is also used by the machine with hardware address {}",
                    conflict.address.text(), conflict.interface, conflict.owner);
    });
    addresses_->on_restored([this](const io::ServiceAddresses::Restored& restored) {
      if (restored.result) {
        log_.warning("Address {} was gone from {} and has been put back", restored.address,
                     restored.result->interface);
      } else {
        log_.error("Address {} is gone and cannot be put back yet: {}", restored.address,
                   restored.result.error().text());
      }
    });
    agents_.emplace(runner_, *addresses_, io::ResourceAgents::Directories{},
                    io::ResourceAgents::TimeLimits{});
    agents_->on_output([this](const ResourceSpec& resource, AgentOp, io::OutputStream,
                              std::string_view line) { log_.info("{}: {}", resource.text, line); });
    scripts_.emplace(runner_, io::EventScripts::Directories{});
    scripts_->on_output([this](const std::string& type, io::OutputStream, std::string_view line) {
      log_.info("rc.d/{}: {}", type, line);
    });
    set_script_environment();
    return {};
  }

  void set_script_environment() {
    const auto environment = script_environment(configuration_);
    agents_->set_environment(environment);
    scripts_->set_environment(environment);
  }

  void on_link(const io::LinkEvent& event) {
    for (const auto& medium : executor_->media()) {
      if (medium->interface() == event.link.name || medium->interface() == event.old_name) {
        medium->interface_changed();
      }
    }
  }

  Expected<void, int> open_node() {
    Expected<wire::KeyRing, wire::KeyRingError> keys =
        wire::KeyRing::make(configuration_.keys.keys, configuration_.keys.sending);
    if (!keys) {
      log_.error("Keys cannot be used: {}", wire::word(keys.error()));
      return unexpected(int{kNotConfigured});
    }
    core::Settings settings = to_settings(configuration_, identity_, options_.resource_management);
    settings.left_running = held_.read();
    executor_.emplace(
        Executor::Parts{loop_, log_, *agents_, *scripts_}, core::Node(std::move(settings)),
        wire::PacketCodec(to_codec_options(ha_cf()), std::move(*keys)),
        Executor::Events{[this] { systemd_.status("Communication is up"); },
                         [this](const std::string& reason) { reset_host(reason); },
                         [this] { leave(); },
                         [this](const std::vector<GroupKey>& groups) { held_.write(groups); },
                         [this] { look_at_haresources(); }});
    executor_->log_bad_packets(ha_cf().log_badpack);
    return {};
  }

  Expected<void, int> open_media() {
    const io::MediaContext context{loop_, batch_, executor_->observer()};
    std::optional<io::IoError> first_error;
    bool any_open = false;
    for (io::UdpConfig& config : to_udp_media(ha_cf())) {
      std::unique_ptr<io::Medium> medium = io::make_udp_medium(context, std::move(config));
      if (const auto opened = medium->open()) {
        any_open = true;
        log_.info("{}: heartbeat started on {}", medium->description(), medium->interface());
      } else {
        log_.error("{}: {}", medium->description(), opened.error().text());
        if (!first_error) first_error = opened.error();
      }
      executor_->add_medium(std::move(medium));
    }
    if (any_open) return {};
    if (!first_error) {
      log_.error("None of the media in ha.cf can be used yet; add bcast, mcast or ucast");
      return unexpected(int{kNotConfigured});
    }
    return unexpected(exit_code_of(*first_error));
  }

  // --- running ---

  void become_realtime() {
    const int priority = ha_cf().rtprio.value_or(kDefaultPriority);
    const io::RealtimeRefusals refused = io::become_realtime(priority);
    if (refused.scheduling) {
      log_.warning("Running without realtime priority: {}", refused.scheduling->text());
    } else {
      log_.make_worker_realtime(priority);
    }
    if (refused.memory_lock) {
      log_.warning("Memory is not locked: {}", refused.memory_lock->text());
    }
  }

  void wait_for_signals() {
    std::signal(SIGINT, SIG_IGN);  // as in 3.0.6: a stray ^C must not stop a cluster
    std::signal(SIGPIPE, SIG_IGN);
    for (const int signal : {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) signals_.add(signal);
    next_signal();
  }

  void next_signal() {
    signals_.async_wait([this](const asio::error_code& error, int signal) {
      if (error) return;
      on_signal(signal);
      next_signal();
    });
  }

  void on_signal(int signal) {
    switch (signal) {
      case SIGTERM:
        systemd_.stopping();
        executor_->request_shutdown();
        return;
      case SIGHUP:
        reload();
        return;
      case SIGUSR1:
        return change_debug(1);
      case SIGUSR2:
        return change_debug(-1);
      default:
        return;
    }
  }

  void change_debug(int by) {
    const int level = std::max(0, log_.debug_level() + by);
    log_.set_debug_level(std::max(level, 1));  // so that the line below is seen
    log_.debug("debug now set to {} [pid {}]", level, ::getpid());
    log_.set_debug_level(level);
  }

  // All three files are read and checked; if anything is wrong, everything stays as it is.
  void reload() {
    systemd_.reloading();
    log_.info("Rereading configuration files.");
    const config::SystemWorld world;
    const config::CheckResult result =
        config::check(config::read_sources(paths_.sources, options_.resource_management), world);
    for (const config::Diagnostic& diagnostic : result.diagnostics) tell(diagnostic);
    if (!result.configuration) {
      log_.error("The configuration is not changed: it has errors.");
    } else {
      apply(*result.configuration);
    }
    systemd_.ready("Configuration read");
    log_.reopen();
  }

  void tell(const config::Diagnostic& diagnostic) {
    if (diagnostic.severity == config::Severity::kError) {
      log_.error("{}", config::render_for_log(diagnostic));
    } else if (diagnostic.severity == config::Severity::kWarning) {
      log_.warning("{}", config::render_for_log(diagnostic));
    }
  }

  // What can change while running does; of the rest the operator is told.
  void apply(const config::Configuration& fresh) {
    const bool same_keys = fresh.keys == configuration_.keys;
    if (!same_keys) {
      if (auto keys = wire::KeyRing::make(fresh.keys.keys, fresh.keys.sending)) {
        log_.info("Rereading authentication file.");
        executor_->set_keys(std::move(*keys));
        configuration_.keys = fresh.keys;
      }
    }
    log_.set_targets(to_log_targets(fresh.ha_cf));
    log_.set_debug_level(fresh.ha_cf.debug + options_.more_debug);
    executor_->log_bad_packets(fresh.ha_cf.log_badpack);
    if (fresh.ha_cf == configuration_.ha_cf && fresh.groups == configuration_.groups) {
      if (same_keys) log_.info("Configuration unchanged.");
      return;
    }
    if (!(fresh.groups == configuration_.groups)) change_groups(fresh.groups, true);
    if (!(fresh.ha_cf == configuration_.ha_cf)) {
      log_.warning(
          "{} has changed: keys and log settings are in force now, the rest at the next start.",
          paths_.sources.ha_cf);
    }
  }

  // As ever, an edited haresources counts from the next move on, without a reload.
  void look_at_haresources() {
    if (!options_.resource_management) return;
    std::error_code error;
    const auto written = std::filesystem::last_write_time(paths_.sources.haresources, error);
    if (error || written == haresources_written_) return;
    haresources_written_ = written;
    const config::SystemWorld world;
    const config::CheckResult result =
        config::check(config::read_sources(paths_.sources, true), world);
    if (!result.configuration) {
      log_.error(
          "{} has changed, and a check finds errors: heartbeat goes on with the old one. "
          "`heartbeat --check` names them",
          paths_.sources.haresources);
    } else if (!(result.configuration->groups == configuration_.groups)) {
      change_groups(result.configuration->groups, false);
    }
  }

  void change_groups(const std::vector<ResourceGroup>& groups, bool apply) {
    log_.info("{} has changed: {} resource groups", paths_.sources.haresources, groups.size());
    configuration_.groups = groups;
    executor_->change_groups(groups, apply);
  }

  // A resource runs on and cannot be stopped: a reset is all that protects its data.
  void reset_host(const std::string& reason) {
    log_.emergency("Rebooting system.  Reason: {}", reason);
    systemd_.stopping();
    log_.stop_worker();
    ::sync();
    char program[] = "/sbin/reboot";
    char options[] = "-nf";
    char* arguments[] = {program, options, nullptr};
    char* environment[] = {nullptr};
    pid_t pid = 0;
    if (::posix_spawn(&pid, program, nullptr, nullptr, arguments, environment) != 0) {
      ::reboot(RB_AUTOBOOT);
    }
    // Silence lets the others take over, or fence us, should the reset not come.
    ::_exit(kResetWanted);
  }

  void leave() {
    runner_.kill_all();
    loop_.stop();
  }

  config::Configuration configuration_;
  Paths paths_;
  DaemonOptions options_;
  io::Log& log_;
  asio::io_context loop_{1};
  asio::signal_set signals_;
  io::SystemdNotifier systemd_;
  Identity identity_;
  io::ProcessRunner runner_;
  std::unique_ptr<io::LinkMonitor> monitor_;
  io::LinkMonitor::Subscription link_news_;
  std::optional<io::ServiceAddresses> addresses_;
  std::optional<io::ResourceAgents> agents_;
  std::optional<io::EventScripts> scripts_;
  io::ReceiveBatch batch_;
  std::optional<Executor> executor_;
  std::unique_ptr<io::FifoReader> fifo_;
  HeldGroupsFile held_;
  std::filesystem::file_time_type haresources_written_;
  int exit_code_ = kOk;
};

Daemon::Daemon(config::Configuration configuration, Paths paths, DaemonOptions options,
               io::Log& log)
    : impl_(std::make_unique<Impl>(std::move(configuration), std::move(paths), options, log)) {}
Daemon::~Daemon() = default;

int Daemon::open() { return impl_->open(); }
int Daemon::run() { return impl_->run(); }

}  // namespace hb::runtime
