#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "sim/disk.h"
#include "sim/event_queue.h"
#include "sim/local_clock.h"
#include "sim/machine.h"
#include "sim/network.h"
#include "sim/watcher.h"
#include "wire/packet_codec.h"

namespace hb::sim {

using ResourceId = std::uint32_t;

struct WorldOptions {
  std::vector<std::string> nodes = {"ada", "bob"};
  std::vector<std::string> links = {"eth0", "eth1"};
  std::vector<std::string> ping_nodes;  // hosts that answer pings, and do nothing else
  std::vector<ResourceGroup> groups;
  bool joins = false;  // nobody's file lists the nodes: they are heard, and remembered in hostcache
  core::Settings settings;  // common part: timing, failback, retries
  Noise noise;
  Duration agent_time = 1ms;                            // what one agent operation takes
  Duration look_every{};                                // pace of Watcher::look(); 0: never
  std::vector<std::optional<std::uint64_t>> installed;  // generations; missing: 1000
  bool through_bytes = false;  // every packet is sealed and opened, not only damaged ones
  bool keep_for_replay = false;
  // The first link is the serial line to the next host, the second that to the one before; the last
  // host and the first are neighbours. Nobody hears anybody else but through PassOn.
  bool ring = false;
  // What runs on a host; default: our core.
  std::function<std::unique_ptr<Machine>(HostId, core::Settings)> machines;
};

// What an agent does instead of what it is asked.
struct AgentAnswer {
  std::optional<core::AgentResult> result;  // none: the truth
  bool acts = true;                         // start and stop happen, whatever is answered
  Duration takes{};                         // instead of agent_time, unless 0
};

// What can reset a host, when another one asks for it. Answers with FenceFinished by itself.
class FenceDevices {
 public:
  virtual void fence(HostId by, const core::Fence& effect) = 0;
  virtual void cancel(HostId by, core::FenceAttempt attempt) = 0;

 protected:
  ~FenceDevices() = default;
};

// One that need not wake its receiver.
struct Heartbeat {
  core::PacketReceived received;
  Instant came;  // by the receiver's clock
};

// A cluster: hosts that each run a machine, on one virtual clock, a virtual network, with clocks,
// disks and agents of their own. Everything that happens follows from the seed and from what the
// owner does to it. Judges nothing; Watchers do.
class World {
 public:
  World(std::uint64_t seed, WorldOptions options);
  World(const World&) = delete;  // actions keep its address
  World& operator=(const World&) = delete;

  void watch(Watcher& watcher) { watchers_.push_back(&watcher); }

  // --- what happens to hosts ---
  void start(HostId host);  // a new life; nothing if there is one
  void crash(HostId host);  // the process and all its resources are gone
  void kill(HostId host);   // the process is gone, its resources run on
  void pause(HostId host, Duration length);
  void wake_up(HostId host);  // ends its pause
  void slow_down(HostId host, Duration each_step) { hosts_[host].step_cost = each_step; }
  void input(HostId host, core::Input input);
  void set_groups(HostId host, std::vector<ResourceGroup> groups, bool apply);  // reload
  LocalClock& clock(HostId host) { return hosts_[host].clock; }
  Disk& disk(HostId host) { return hosts_[host].disk; }

  // --- agents ---
  using Agents = std::function<AgentAnswer(HostId, const ResourceSpec&, core::AgentOp)>;
  void set_agents(Agents agents) { agents_ = std::move(agents); }

  void set_fences(FenceDevices& devices) { fences_ = &devices; }

  Network& network() { return network_; }
  // The lines between a host, or all of them, and a ping node; mend as often as cut.
  void cut_ping(std::optional<HostId> host, std::size_t ping_node, bool on);
  void set_ping_loss(HostId host, double probability);
  void mend_pings() { pings_.mend_all(); }

  // --- time ---
  void at(Instant when, std::function<void()> action);
  void run_for(Duration length);
  bool next_event(Instant limit);  // false when none is due by then

  // --- what can be seen from outside ---
  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] const WorldOptions& options() const { return options_; }
  [[nodiscard]] std::size_t size() const { return hosts_.size(); }
  [[nodiscard]] const std::string& name(HostId host) const { return options_.nodes[host]; }
  [[nodiscard]] std::optional<HostId> find(std::string_view name) const;
  [[nodiscard]] bool up(HostId host) const { return hosts_[host].machine != nullptr; }
  [[nodiscard]] bool paused(HostId host) const { return now_ < hosts_[host].paused_until; }
  // Since when it runs as it should, neither paused nor behind with its steps, or will do so.
  [[nodiscard]] Instant held_until(HostId host) const {
    return std::max(hosts_[host].paused_until, hosts_[host].busy_until);
  }
  [[nodiscard]] const core::Node* node(HostId host) const;
  [[nodiscard]] bool foreign(HostId host) const;  // up, and not our core
  // In its words, of whatever make it is; "down" without one.
  [[nodiscard]] std::string resource_status(HostId host) const;
  [[nodiscard]] bool handing_over(HostId host) const {
    return up(host) && hosts_[host].machine->handing_over();
  }
  [[nodiscard]] std::uint32_t life(HostId host) const { return hosts_[host].life; }
  [[nodiscard]] Generation generation(HostId host) const { return hosts_[host].generation; }
  // Its present life has a smaller number than an earlier one: the others take it for a replay.
  [[nodiscard]] bool went_back(HostId host) const {
    return hosts_[host].generation < hosts_[host].largest_generation;
  }
  [[nodiscard]] Generation largest_generation(HostId host) const {
    return hosts_[host].largest_generation;
  }
  [[nodiscard]] Instant local_now(HostId host) const { return hosts_[host].clock.monotonic(now_); }
  [[nodiscard]] const Disk& disk(HostId host) const { return hosts_[host].disk; }
  [[nodiscard]] const LocalClock& clock(HostId host) const { return hosts_[host].clock; }
  // It takes time for each step, or is still at what it took meanwhile.
  [[nodiscard]] bool slow(HostId host) const {
    return hosts_[host].step_cost > Duration(0) || now_ < hosts_[host].busy_until;
  }
  [[nodiscard]] const std::vector<ResourceGroup>& groups(HostId host) const {
    return hosts_[host].groups;
  }
  // Runs on since a foreign daemon was killed there: unlike ours its next life does not know of it.
  [[nodiscard]] bool abandoned(HostId host, ResourceId id) const {
    return (hosts_[host].abandoned >> id & 1U) != 0;
  }
  [[nodiscard]] bool abandoned(HostId host) const { return hosts_[host].abandoned != 0; }
  // Whether an agent has answered, in this boot of the host, otherwise than what it did.
  [[nodiscard]] bool agents_lied(HostId host) const { return hosts_[host].agents_lied; }

  [[nodiscard]] std::size_t resources() const { return resource_names_.size(); }
  [[nodiscard]] const std::string& resource_name(ResourceId id) const {
    return resource_names_[id];
  }
  [[nodiscard]] std::optional<ResourceId> find_resource(const std::string& text) const;
  [[nodiscard]] bool running(HostId host, ResourceId id) const {
    return (hosts_[host].running >> id & 1U) != 0;
  }
  [[nodiscard]] bool running(HostId host, const std::string& text) const;
  // In the sockets of a host, oldest first: heartbeats that need not wake it, and what it did not
  // come to read.
  [[nodiscard]] const std::deque<Heartbeat>& heartbeats(HostId host) const {
    return hosts_[host].heartbeats;
  }
  [[nodiscard]] const std::deque<core::Input>& waiting(HostId host) const {
    return hosts_[host].waiting;
  }

  [[nodiscard]] std::uint64_t digest() const { return digest_; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  struct Host {
    HostId id = 0;
    std::unique_ptr<Machine> machine;
    LocalClock clock;
    Disk disk{std::nullopt};
    Generation generation;
    Generation largest_generation;
    std::uint32_t life = 0;  // counts starts and ends
    std::uint64_t running = 0;
    std::uint64_t abandoned = 0;
    bool agents_lied = false;
    std::vector<ResourceGroup> groups;  // its haresources
    core::Settings settings;            // its ha.cf, in this life
    Instant paused_until{};
    Instant busy_until{};
    Duration step_cost{};
    std::deque<core::Input> waiting;   // in the sockets of a host that does not run
    std::deque<Heartbeat> heartbeats;  // that need not wake it
    bool drain_wanted = false;
    Instant wake_at = Instant::max();
    std::uint64_t told_second = 0;
  };
  // One packet on its way by one link, to as many as will get it.
  struct Flight {
    core::Input input;  // a PacketReceived
    std::uint32_t receivers = 0;
  };
  struct AgentJob {
    core::RunAgent what;
    AgentAnswer answer;
  };

  void look();
  void step(Host& host, const core::Input& input);
  void perform(Host& host, const core::Input& input, core::Effects& effects);
  void feed(Host& host, core::Input input);  // steps, or waits in the sockets
  [[nodiscard]] static bool may_wait(const Host& host, const core::PacketReceived& received);
  void hand_in_heartbeats(Host& host);
  void report_host(Host& host);
  void resume(Host& host);
  void drain(Host& host);
  void wake(Host& host);
  void schedule_wake(Host& host);
  void arrive(const Event& event);
  void send(Host& from, wire::Packet& packet);
  void send_by(Host& from, const wire::Packet& packet, LinkId link);
  void pass_on(Host& host, const core::PassOn& effect, const core::Input& input);
  [[nodiscard]] bool reaches(HostId from, HostId to, LinkId link) const;
  // What comes of a packet that was sent on this link.
  [[nodiscard]] core::PacketReceived received(const wire::Packet& packet, LinkId link) const;
  void deliver_damaged(const wire::Packet& packet, HostId from, HostId to, LinkId link, Instant at);
  void replay(HostId from, HostId to, LinkId link, Instant at);
  void ask_ping_node(const Host& host, const NodeName& ping_node);
  void run_agent(Host& host, const core::RunAgent& effect);
  void agent_ended(const Event& event);
  void set_running(Host& host, ResourceId id, bool runs);
  void end_life(Host& host, LifeEnd how);
  void stop_clients(Host& host);
  void leave(Host& host);
  ResourceId intern(const std::string& text);
  [[nodiscard]] bool runs(const Host& host) const {
    return now_ >= host.paused_until && now_ >= host.busy_until;
  }
  void mix(std::uint64_t value) {
    digest_ = (digest_ ^ value) * 0x9e3779b97f4a7c15U;
    digest_ ^= digest_ >> 29U;
  }
  void mix(const Host& host, const core::Effects& effects);

  WorldOptions options_;
  Random random_;
  Network network_;
  Network pings_;  // hosts, and behind them the ping nodes, by one link
  wire::PacketCodec codec_;
  std::vector<LinkName> link_names_;
  Instant now_{};
  EventQueue events_;
  std::vector<Host> hosts_;
  SlotTable<Flight> flights_;
  SlotTable<AgentJob> jobs_;
  SlotTable<std::function<void()>> actions_;
  Agents agents_;
  FenceDevices* fences_ = nullptr;
  std::vector<Watcher*> watchers_;
  std::vector<std::string> resource_names_;
  std::map<std::string, ResourceId> resource_ids_;
  std::vector<wire::Packet> kept_;  // of the past, for replays
  std::size_t next_kept_ = 0;
  std::uint64_t digest_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace hb::sim
