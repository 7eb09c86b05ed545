#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/world.h"

namespace hb::sim {

// What the network does to every packet; drawn from the seed.
struct ClusterNetwork {
  double loss = 0;       // probability that one receiver misses a packet
  double duplicate = 0;  // probability that it gets it twice
  Duration least_delay = 100us;
  Duration most_delay = 500us;
};

struct ClusterOptions {
  std::vector<std::string> nodes = {"ada", "bob"};
  std::vector<ResourceGroup> groups;
  core::Settings settings;  // common part: timing, failback, retries
  ClusterNetwork network;
  std::vector<std::string> links = {"eth0", "eth1"};
  Duration agent_time = 1ms;  // what one agent operation takes
};

// A world as a test writes it: hosts by name, and a memory of all notes and of who ran what.
class Cluster final : private Watcher {
 public:
  Cluster(std::uint64_t seed, ClusterOptions options);

  // --- what happens to hosts ---
  void start(const std::string& host);  // a new life, with the next generation
  void start_all();
  void crash(const std::string& host);  // the process and all its resources are gone
  void kill(const std::string& host);   // the process is gone, its resources run on
  void pause(const std::string& host, Duration length);
  void stop(const std::string& host) { input(host, core::ShutdownRequested{}); }
  void standby(const std::string& host, wire::Hold set);
  void takeover(const std::string& host, wire::Hold set, bool failback = false);
  void input(const std::string& host, core::Input input);

  // --- what happens to the network; a link is cut in one direction ---
  void cut(const std::string& from, const std::string& to, const std::string& link = {});
  void heal() { world_.network().mend_all(); }
  void partition(const std::string& a, const std::string& b);  // both ways, all links
  void set_network(const ClusterNetwork& network);

  // --- agents ---
  // Decides what an operation ends in; default: all succeed, status tells the truth.
  using AgentScript = std::function<std::optional<core::AgentResult>(
      const std::string& host, const ResourceSpec& resource, core::AgentOp op)>;
  void set_agents(AgentScript script);

  void run_for(Duration length);
  // Runs until it holds; false when it does not within `limit`.
  bool run_until(const std::function<bool()>& holds, Duration limit);

  // --- what can be seen from outside ---
  [[nodiscard]] bool running(const std::string& host, const std::string& resource) const;
  [[nodiscard]] std::vector<std::string> owners(const std::string& resource) const;
  [[nodiscard]] std::string status(const std::string& host) const;
  [[nodiscard]] bool up(const std::string& host) const { return world_.up(id(host)); }
  [[nodiscard]] Instant now() const { return world_.now(); }
  [[nodiscard]] int noted(const std::string& host, core::NoteId id) const;
  [[nodiscard]] std::optional<Instant> first_noted(const std::string& host, core::NoteId id) const;
  void forget_notes() { notes_.clear(); }
  [[nodiscard]] const std::string& trace() const { return trace_; }
  // Total time during which the resource ran on more than one, and on no, host.
  [[nodiscard]] Duration doubly_owned(const std::string& resource) const;
  [[nodiscard]] Duration unowned(const std::string& resource) const;
  [[nodiscard]] World& world() { return world_; }

 private:
  struct Seen {
    Instant at;
    HostId host;
    core::Note note;
  };

  void stepped(const World& world, HostId host, const core::Input& input,
               const core::Effects& effects) override;
  void resource_changed(const World& world, HostId host, ResourceId resource, bool runs) override;
  void observe();  // adds the time since the last look to what is counted
  void tell(HostId host, const std::string& text);
  [[nodiscard]] HostId id(const std::string& host) const;

  World world_;
  std::vector<Seen> notes_;
  std::string trace_;
  std::map<std::string, Duration> doubly_, unowned_;
  Instant observed_{};
};

}  // namespace hb::sim
