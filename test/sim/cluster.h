#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "core/node.h"

namespace hb::sim {

using namespace std::chrono_literals;

// What the network does to every packet; drawn from the seed.
struct Network {
  double loss = 0;       // probability that one receiver misses a packet
  double duplicate = 0;  // probability that it gets it twice
  Duration least_delay = 100us;
  Duration most_delay = 500us;
};

struct ClusterOptions {
  std::vector<std::string> nodes = {"ada", "bob"};
  std::vector<ResourceGroup> groups;
  core::Settings settings;  // common part: timing, failback, retries
  Network network;
  std::vector<std::string> links = {"eth0", "eth1"};
  Duration agent_time = 1ms;  // what one agent operation takes
};

// Hosts that each run the real core, on one virtual clock and a virtual network. Everything that
// happens follows from the seed.
class Cluster {
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
  void heal();
  void partition(const std::string& a, const std::string& b);  // both ways, all links
  void set_network(Network network) { options_.network = network; }

  // --- agents ---
  // Decides what an operation ends in; default: all succeed, status tells the truth.
  using AgentScript = std::function<std::optional<core::AgentResult>(
      const std::string& host, const ResourceSpec& resource, core::AgentOp op)>;
  void set_agents(AgentScript script) { agents_ = std::move(script); }

  void run_for(Duration length);
  // Runs until it holds; false when it does not within `limit`.
  bool run_until(const std::function<bool()>& holds, Duration limit);

  // --- what can be seen from outside ---
  [[nodiscard]] bool running(const std::string& host, const std::string& resource) const;
  [[nodiscard]] std::vector<std::string> owners(const std::string& resource) const;  // living hosts
  [[nodiscard]] std::string status(const std::string& host) const;
  [[nodiscard]] bool up(const std::string& host) const;
  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] int noted(const std::string& host, core::NoteId id) const;
  [[nodiscard]] std::optional<Instant> first_noted(const std::string& host, core::NoteId id) const;
  void forget_notes() { notes_.clear(); }
  [[nodiscard]] const std::string& trace() const { return trace_; }
  // Total time during which the resource ran on more than one, and on no, living host.
  [[nodiscard]] Duration doubly_owned(const std::string& resource) const;
  [[nodiscard]] Duration unowned(const std::string& resource) const;

 private:
  struct Host {
    std::string name;
    std::unique_ptr<core::Node> node;
    std::uint64_t generation = 1000;
    std::uint64_t life =
        0;  // counts starts and ends: events of an earlier life do not reach a later
    std::set<std::string> running;
    std::vector<GroupKey> left_running;
    Instant paused_until{};
    std::vector<core::Input> waiting;  // packets in the sockets of a paused host
    Instant woken{};
  };
  struct Event {
    Instant at;
    std::uint64_t order;
    std::function<void()> run;
    bool operator>(const Event& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };
  struct Seen {
    Instant at;
    std::string host;
    core::Note note;
  };

  void at(Instant when, std::function<void()> run);
  void step(Host& host, const core::Input& input);
  void perform(Host& host, const core::Effects& effects);
  void send(const Host& from, const wire::Packet& packet);
  void receive(Host& host, std::uint64_t life, const wire::Packet& packet, const std::string& link);
  void run_agent(Host& host, const core::RunAgent& effect);
  void schedule_wake(Host& host);
  void wake(Host& host);
  void observe();
  bool next_event(Instant limit);

  ClusterOptions options_;
  Random random_;
  Instant now_{};
  std::uint64_t order_ = 0;
  std::map<std::string, Host> hosts_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::set<std::string> cuts_;  // "from>to/link"
  AgentScript agents_;
  std::vector<Seen> notes_;
  std::string trace_;
  std::map<std::string, Duration> doubly_, unowned_;
  std::set<std::string> twice_;  // resources that run more than once, for the trace
  Instant observed_{};
};

}  // namespace hb::sim
