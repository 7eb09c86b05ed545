#include "runtime/daemon.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/host/heap_reserve.h"
#include "io/host/realtime.h"
#include "io/host/state_files.h"
#include "io/host/systemd.h"
#include "io/ipc/fifo_reader.h"
#include "io/net/link_monitor.h"
#include "io/net/service_addresses.h"
#include "io/process/getent_lookup.h"
#include "runtime/client_supervision.h"
#include "runtime/environment.h"
#include "runtime/executor.h"
#include "runtime/exit_codes.h"
#include "runtime/fence_set.h"
#include "runtime/held_groups_file.h"
#include "runtime/host_reset.h"
#include "runtime/identity.h"
#include "runtime/live_configuration.h"
#include "runtime/media_set.h"
#include "runtime/ping_set.h"
#include "runtime/remembered_hosts.h"
#include "runtime/self_watch.h"
#include "runtime/translate.h"

namespace hb::runtime {
namespace {

constexpr int kDefaultPriority = 1;  // `rtprio` absent
constexpr int kOrdinary = 0;         // no real-time priority

int exit_code_of(const io::IoError& error) {
  return error.code == EPERM || error.code == EACCES ? kNoPermission : kFailure;
}

std::string seconds_of(Duration duration) {
  return fmt::format("{} s", std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

}  // namespace

class Daemon::Impl {
 public:
  Impl(config::Configuration configuration, Paths paths, DaemonOptions options, io::Log& log)
      : paths_(std::move(paths)),
        options_(options),
        log_(log),
        configuration_(std::move(configuration), paths_,
                       {options.resource_management, options.more_debug}, log),
        signals_(loop_),
        runner_(loop_),
        clients_(loop_, log_, {.keeper = paths_.keeper},
                 {[this] { executor_->clients_stopped(); },
                  [this](const std::string& reason) { reset(reason); }}),
        fences_(runner_, log_),
        self_watch_(loop_, log_),
        names_(runner_),
        media_(loop_, log, names_),
        pings_(loop_, log, names_),
        held_(paths_.held_groups()),
        hosts_(paths_, !options.resource_management || ha_cf().pacemaker, log) {}

  int open() {
    wait_for_signals();  // first: from now on the pid file invites them
    Expected<void, int> opened = open_state();
    if (opened) opened = open_network();
    if (opened) opened = open_node();
    if (opened) opened = open_media();
    return opened ? kOk : opened.error();
  }

  int run() {
    log_.start_worker();
    if (ha_cf().realtime && options_.realtime) become_realtime();
    reserve_memory(ha_cf());
    executor_->start();
    fences_.check();
    systemd_.ready("Waiting for the other nodes");
    loop_.run();
    return exit_code_;
  }

 private:
  const config::HaCf& ha_cf() const { return configuration_.current().ha_cf; }

  // Logs what failed; the value is the exit code.
  auto failed(const io::IoError& error) {
    log_.say<"start-failed-system">(error.text());
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
    tell_of_core_files();
    renew_scratch_directory();
    configuration_.leave_word();
    const auto identity = establish_identity(ha_cf(), configuration_.current().self, paths_, log_);
    if (!identity) return failed(identity.error());
    identity_ = *identity;
    auto fifo = io::FifoReader::open(loop_, paths_.fifo(),
                                     [this](std::string_view text) { executor_->inject(text); });
    if (!fifo) return failed(fifo.error());
    fifo_ = std::move(*fifo);
    return {};
  }

  void tell_of_core_files() const {
    if (ha_cf().coredumps && io::core_files_share_a_name()) log_.say<"core-files-overwritten">();
  }

  // Resource agents keep their marks of what runs in there; none of it outlives the daemon.
  void renew_scratch_directory() {
    if (const auto renewed = io::renew_directory(paths_.rsctmp(), 01755); !renewed) {
      log_.say<"scratch-not-renewed">(renewed.error().text());
    }
  }

  Expected<void, int> open_network() {
    auto monitor = io::LinkMonitor::open(loop_);
    if (!monitor) return failed(monitor.error());
    monitor_ = std::move(*monitor);
    link_news_ = monitor_->subscribe(
        [this](const io::LinkEvent& event) { media_.interface_changed(event); });
    addresses_.emplace(loop_, *monitor_);
    addresses_->on_conflict([this](const io::AddressConflict& conflict) {
      log_.say<"address-conflict">(conflict.address.text(), conflict.interface, conflict.owner);
    });
    addresses_->on_restored([this](const io::ServiceAddresses::Restored& restored) {
      if (restored.result) {
        log_.say<"address-restored">(restored.address, restored.result->interface);
      } else {
        log_.say<"address-lost">(restored.address, restored.result.error().text());
      }
    });
    agents_.emplace(runner_, *addresses_, io::ResourceAgents::Directories{},
                    io::ResourceAgents::TimeLimits{});
    agents_->on_output(
        [this](const ResourceSpec& resource, AgentOp, io::OutputStream, std::string_view line) {
          log_.say<"agent-output">(resource.text, line);
        });
    agents_->on_slow([this](const ResourceSpec& resource, AgentOp op, Duration after) {
      log_.say<"agent-slow">(resource.text, word(op), seconds_of(after),
                             seconds_of(agents_->limit_of(op)));
    });
    scripts_.emplace(runner_, io::EventScripts::Directories{});
    scripts_->on_output([this](const std::string& type, io::OutputStream, std::string_view line) {
      log_.say<"event-output">(type, line);
    });
    set_script_environment();
    return {};
  }

  void set_script_environment() {
    const auto environment = script_environment(configuration_.current(), log_.debug_level());
    agents_->set_environment(environment);
    scripts_->set_environment(environment);
  }

  Expected<void, int> open_node() {
    const config::Configuration& configuration = configuration_.current();
    Expected<wire::KeyRing, wire::KeyRingError> keys =
        wire::KeyRing::make(configuration.keys.keys, configuration.keys.sending);
    if (!keys) {
      log_.say<"keys-unusable">(wire::word(keys.error()));
      return unexpected(int{kNotConfigured});
    }
    core::Settings settings = to_settings(configuration, identity_, options_.resource_management);
    if (auto held = held_.read()) {
      settings.left_running = std::move(*held);
    } else {
      log_.say<"held-groups-not-read">(held.error().text());
    }
    hosts_.recall(settings);
    executor_.emplace(
        Executor::Parts{loop_, log_, *agents_, *scripts_, media_, pings_, fences_},
        core::Node(std::move(settings)),
        wire::PacketCodec(to_codec_options(ha_cf()), std::move(*keys)),
        Executor::Events{
            .communication_up = [this] { communication_up(); },
            .alive = [this] { self_watch_.alive(); },
            .stop_clients = [this] { clients_.stop(); },
            .reboot = [this](const std::string& reason) { reset(reason); },
            .exit = [this] { leave(); },
            .record_held =
                [this](const std::vector<ResourceGroup>& groups) { record_held(groups); },
            .record_hosts = [this](const auto& hosts,
                                   const auto& deleted) { hosts_.record(hosts, deleted); },
            .before_move = [this] { configuration_.look_at_haresources(*executor_); }});
    executor_->log_bad_packets(ha_cf().log_badpack);
    configure_processes(configuration);
    configuration_.on_change(
        [this](const config::Difference& difference) { bring_into_force(difference); });
    return {};
  }

  // What LiveConfiguration does not do by itself. Links open before the core speaks of them, and
  // close after; a part that has not changed notices that and does nothing.
  void bring_into_force(const config::Difference& difference) {
    const config::Configuration& configuration = configuration_.current();
    executor_->set_codec_options(to_codec_options(ha_cf()));
    media_.apply(to_media(ha_cf()));
    pings_.apply(to_ping_nodes(ha_cf()));
    executor_->change_settings(to_settings(configuration, identity_, options_.resource_management));
    set_script_environment();
    configure_processes(configuration);
    fences_.check();
    if (difference.concerns(config::Impact::kProcess)) change_process();
  }

  void change_process() {
    if (ha_cf().realtime && options_.realtime) {
      become_realtime();
    } else {
      io::become_ordinary();
      log_.make_worker_realtime(kOrdinary);
    }
    if (const auto applied = io::apply_core_policy({ha_cf().coredumps, ha_cf().coreroot}); !applied)
      log_.say<"core-policy-refused">(applied.error().text());
    tell_of_core_files();
    reserve_memory(ha_cf());
  }

  // What of the configuration concerns programs beside us.
  void configure_processes(const config::Configuration& configuration) {
    const config::HaCf& ha_cf = configuration.ha_cf;
    clients_.set(ha_cf.clients,
                 {.environment = client_environment(configuration, log_.debug_level()),
                  .directory = ha_cf.coreroot + "/root",
                  .stop_limit = client_stop_limit(ha_cf)});
    self_watch_.configure(configuration.ha_cf);
    fences_.apply(configuration, script_environment(configuration, log_.debug_level()));
  }

  Expected<void, int> open_media() {
    media_.apply(to_media(ha_cf()));
    if (media_.empty()) {
      log_.say<"medium-none">();
      return unexpected(int{kNotConfigured});
    }
    if (const auto error = media_.all_failed()) return unexpected(exit_code_of(*error));
    pings_.apply(to_ping_nodes(ha_cf()));
    return {};
  }

  // --- running ---

  void communication_up() {
    systemd_.status("Communication is up");
    clients_.start();
    fences_.check();
  }

  void record_held(const std::vector<ResourceGroup>& groups) {
    if (const auto written = held_.write(groups); !written) {
      log_.say<"held-groups-not-written">(written.error().text());
    }
  }

  void reset(const std::string& reason) {
    systemd_.stopping();
    reset_host(reason, log_);
  }

  void become_realtime() {
    const int priority = ha_cf().rtprio.value_or(kDefaultPriority);
    const io::RealtimeRefusals refused = io::become_realtime(priority);
    if (refused.scheduling) {
      log_.say<"no-realtime">(refused.scheduling->text());
    } else {
      log_.make_worker_realtime(priority);
    }
    if (refused.memory_lock) {
      log_.say<"memory-not-locked">(refused.memory_lock->text());
    }
  }

  // Memory that is not locked may be paged out, reserved or not: then only if it is asked for.
  void reserve_memory(const config::HaCf& wanted) const {
    const config::Parameter* reserve = config::find_parameter(wanted, "memreserve");
    const bool given = reserve != nullptr && reserve->given;
    if (!given && !(wanted.realtime && options_.realtime)) return;
    io::reserve_heap(static_cast<std::size_t>(wanted.memreserve) * 1024);
  }

  void wait_for_signals() {
    // As in 3.0.6 (spec: ha-cf 11.1). Nothing of a terminal, no ^C above all, must stop a cluster.
    // SIGQUIT stays as it is, for whoever wants a core file.
    for (const int signal : {SIGINT, SIGPIPE, SIGTTIN, SIGTTOU}) std::signal(signal, SIG_IGN);
    for (const int signal : {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM}) signals_.add(signal);
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
      case SIGALRM:
        return log_.say<"alarm">();
      default:
        return;
    }
  }

  void change_debug(int by) {
    const int level = std::max(0, log_.debug_level() + by);
    log_.set_debug_level(std::max(level, 1));  // so that the line below is seen
    log_.say<"debug-level">(level, ::getpid());
    if (by > 0 && level == 1) log_.say<"version">(HB_VERSION);
    log_.set_debug_level(level);
    set_script_environment();
  }

  void reload() {
    systemd_.reloading();
    configuration_.reread(*executor_);
    systemd_.ready("Configuration read");
  }

  void leave() {
    self_watch_.leave();
    runner_.kill_all();
    loop_.stop();
  }

  Paths paths_;
  DaemonOptions options_;
  io::Log& log_;
  LiveConfiguration configuration_;
  asio::io_context loop_{ASIO_CONCURRENCY_HINT_UNSAFE};  // without locks: no other thread uses it
  asio::signal_set signals_;
  io::SystemdNotifier systemd_;
  Identity identity_;
  io::ProcessRunner runner_;
  ClientSupervision clients_;
  FenceSet fences_;
  SelfWatch self_watch_;
  std::unique_ptr<io::LinkMonitor> monitor_;
  io::LinkMonitor::Subscription link_news_;
  std::optional<io::ServiceAddresses> addresses_;
  std::optional<io::ResourceAgents> agents_;
  std::optional<io::EventScripts> scripts_;
  io::GetentLookup names_;
  MediaSet media_;
  PingSet pings_;
  std::optional<Executor> executor_;
  std::unique_ptr<io::FifoReader> fifo_;
  HeldGroupsFile held_;
  RememberedHosts hosts_;
  int exit_code_ = kOk;
};

Daemon::Daemon(config::Configuration configuration, Paths paths, DaemonOptions options,
               io::Log& log)
    : impl_(std::make_unique<Impl>(std::move(configuration), std::move(paths), options, log)) {}
Daemon::~Daemon() = default;

int Daemon::open() { return impl_->open(); }
int Daemon::run() { return impl_->run(); }

}  // namespace hb::runtime
