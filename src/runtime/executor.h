#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/io_context.hpp>

#include "core/node.h"
#include "io/host/load_average.h"
#include "io/host/log/log.h"
#include "io/host/log/throttle.h"
#include "io/process/event_scripts.h"
#include "io/process/resource_agents.h"
#include "runtime/deadline_timer.h"
#include "runtime/fence_set.h"
#include "runtime/media_set.h"
#include "runtime/ping_set.h"
#include "wire/packet_codec.h"
#include "wire/steady_status.h"

namespace hb::runtime {

// Drives one core::Node: stamps what happens and hands it in, does the effects one after the other
// in the order given, wakes the core at its deadline. It decides nothing.
class Executor {
 public:
  struct Parts {
    asio::io_context& loop;
    io::Log& log;
    io::ResourceAgents& agents;
    io::EventScripts& scripts;
    MediaSet& media;
    PingSet& pings;
    FenceSet& fences;
  };
  struct Events {
    std::function<void()> communication_up;
    std::function<void()> alive;         // our own heartbeat has been sent
    std::function<void()> stop_clients;  // answered by clients_stopped()
    std::function<void(const std::string& reason)> reboot;
    std::function<void()> exit;
    std::function<void(const std::vector<ResourceGroup>& groups)> record_held;
    std::function<void(const std::vector<HostEntry>& hosts, const std::vector<HostEntry>& deleted)>
        record_hosts;
    // Groups may move now: the last moment to look at haresources.
    std::function<void()> before_move;
  };

  Executor(Parts parts, core::Node node, wire::PacketCodec codec, Events events);

  void set_codec_options(const wire::CodecOptions& options) {
    codec_.set_options(options);
    said_.forget();
  }
  void set_keys(wire::KeyRing keys) {
    codec_.set_keys(std::move(keys));
    said_.forget();
  }
  void log_bad_packets(bool wanted) { log_bad_packets_ = wanted; }

  void start();
  void request_shutdown() { feed(core::ShutdownRequested{}); }
  void clients_stopped() { feed(core::ClientsStopped{}); }
  void change_groups(std::vector<ResourceGroup> groups, bool apply) {
    feed(core::GroupsChanged{std::move(groups), apply});
  }
  void change_settings(core::Settings settings) {
    feed(core::SettingsChanged{std::move(settings)});
  }
  // One message of the classic form, as a script wrote it into the FIFO.
  void inject(std::string_view text);

  [[nodiscard]] const core::Node& node() const { return node_; }

 private:
  void on_datagram(const io::Medium& medium, std::string_view datagram, Duration waited);
  // What is no status, or no longer the same.
  [[gnu::noinline]] void read(const io::Medium& medium, std::string_view datagram, Duration waited);
  void on_ping_answer(const io::Medium& medium, std::string_view datagram);

  void feed(const core::Input& input);
  void take_step(const core::Input& input);
  void report_host();
  void set_timer();
  void on_timer();
  void take_heartbeats();
  void let_heartbeats_wait();

  void perform(const core::Effect& effect);
  void send(const core::Send& effect);
  void send_datagram(const core::Send& effect);
  void send_text(const std::string& datagram);
  void ask(const wire::Packet& question);
  [[nodiscard]] Expected<wire::Packet, wire::Rejection> open(std::string_view datagram) const;
  void pass_on(const core::PassOn& effect);
  // Logs why it cannot.
  [[nodiscard]] std::optional<std::string> seal(const wire::Message& message,
                                                wire::Carrier carrier);
  void drain_media();
  void run_agent(const core::RunAgent& effect);
  void log_note(const core::Note& note);
  void bad_packet(const io::Medium& medium, wire::Rejection why);
  void bad_injection(wire::Rejection why);
  [[nodiscard]] bool is_own_echo(std::string_view datagram) const;

  Parts parts_;
  core::Node node_;
  wire::PacketCodec codec_;
  wire::HeardStatuses heard_;
  wire::SaidStatus said_;
  Events events_;
  DeadlineTimer timer_;
  bool in_timer_ = false;
  bool heartbeats_wait_ = false;
  std::size_t packets_since_read_ = 0;
  std::optional<Instant> flood_forgotten_at_;
  core::Input status_ = core::PacketReceived{};  // of a heartbeat; takes no new room for the next
  std::deque<core::Input> inputs_;
  bool stepping_ = false;
  std::optional<wire::Message> received_;  // by a serial line; during the step that it causes
  io::LoadAverage load_;
  std::uint64_t reported_second_ = 0;
  io::LogThrottle throttle_;
  bool log_bad_packets_ = true;
  // What we sent last, if it may come back: comparing is cheaper than authenticating. As
  // many as come in the longest wait at a keepalive of 20 ms, and some more.
  static constexpr std::size_t kRemembered = 16;
  std::array<std::string, kRemembered> sent_;
  std::size_t next_sent_ = 0;
};

}  // namespace hb::runtime
