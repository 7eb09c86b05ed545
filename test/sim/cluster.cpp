#include "sim/cluster.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/overloaded.h"

namespace hb::sim {

Cluster::Cluster(std::uint64_t seed, ClusterOptions options)
    : options_(std::move(options)), random_(seed) {
  for (const std::string& name : options_.nodes) {
    options_.settings.nodes.emplace_back(name);
    hosts_[name].name = name;
  }
  options_.settings.groups = options_.groups;
}

void Cluster::at(Instant when, std::function<void()> run) {
  events_.push({when, order_++, std::move(run)});
}

// --- hosts ---

void Cluster::start(const std::string& name) {
  Host& host = hosts_.at(name);
  HB_ASSERT(!host.node);
  core::Settings settings = options_.settings;
  settings.self = NodeName(name);
  Uuid::Bytes bytes{};
  std::copy_n(name.begin(), std::min<std::size_t>(name.size(), bytes.size()), bytes.begin());
  settings.uuid = Uuid(bytes);
  settings.generation = Generation(++host.generation);
  settings.seed = random_.next();
  settings.left_running = host.left_running;
  host.node = std::make_unique<core::Node>(std::move(settings));
  ++host.life;
  host.waiting.clear();
  step(host, core::HostReport{.wall_seconds = 1'700'000'000, .load = "0.00 0.00 0.00 1/1 1"});
  step(host, core::Started{});
}

void Cluster::start_all() {
  for (const std::string& name : options_.nodes) start(name);
}

void Cluster::kill(const std::string& name) {
  observe();
  Host& host = hosts_.at(name);
  host.node.reset();
  ++host.life;
  host.paused_until = Instant{};
}

void Cluster::crash(const std::string& name) {
  kill(name);
  hosts_.at(name).running.clear();
  hosts_.at(name).left_running.clear();  // the record lies in /run
}

void Cluster::pause(const std::string& name, Duration length) {
  Host& host = hosts_.at(name);
  host.paused_until = now_ + length;
  at(host.paused_until, [this, &host, life = host.life] {
    if (host.life != life || now_ < host.paused_until) return;
    // The loop finds its timer due first; what waits in the sockets it reads when told to.
    step(host, core::DeadlineReached{});
    for (const core::Input& input : std::exchange(host.waiting, {})) step(host, input);
  });
}

void Cluster::standby(const std::string& host, wire::Hold set) {
  input(host, core::Injected{wire::StandbyMessage{set, wire::StandbyMessage::Phase::kMe}, {}});
}

void Cluster::takeover(const std::string& host, wire::Hold set, bool failback) {
  input(host, core::Injected{wire::TakeoverRequest{set, failback}, {}});
}

void Cluster::input(const std::string& name, core::Input input) {
  Host& host = hosts_.at(name);
  if (host.node) step(host, input);
}

// --- network ---

void Cluster::cut(const std::string& from, const std::string& to, const std::string& link) {
  for (const std::string& each : options_.links) {
    if (link.empty() || link == each) cuts_.insert(from + ">" + to + "/" + each);
  }
}

void Cluster::partition(const std::string& a, const std::string& b) {
  cut(a, b);
  cut(b, a);
}

void Cluster::heal() { cuts_.clear(); }

void Cluster::send(const Host& from, const wire::Packet& packet) {
  for (const std::string& link : options_.links) {
    for (auto& [name, host] : hosts_) {
      if (!host.node || cuts_.contains(from.name + ">" + name + "/" + link)) continue;
      const int copies = random_.chance(options_.network.loss)        ? 0
                         : random_.chance(options_.network.duplicate) ? 2
                                                                      : 1;
      for (int i = 0; i < copies; ++i) {
        const Instant arrival =
            now_ + random_.between(options_.network.least_delay, options_.network.most_delay);
        at(arrival,
           [this, &to = host, life = host.life, packet, link] { receive(to, life, packet, link); });
      }
    }
  }
}

void Cluster::receive(Host& host, std::uint64_t life, const wire::Packet& packet,
                      const std::string& link) {
  if (host.life != life || !host.node) return;
  core::Input input = core::PacketReceived{packet, LinkName(link)};
  if (now_ < host.paused_until) {
    host.waiting.push_back(std::move(input));
  } else {
    step(host, input);
  }
}

// --- the host's side of the core's contract ---

void Cluster::step(Host& host, const core::Input& input) {
  observe();
  perform(host, host.node->step(now_, input));
  if (host.node) schedule_wake(host);
}

void Cluster::perform(Host& host, const core::Effects& effects) {
  for (const core::Effect& effect : effects) {
    if (!host.node) return;
    std::visit(Overloaded{
                   [&](const core::Send& e) { send(host, e.packet); },
                   [&](const core::DrainMedia&) {
                     for (const core::Input& input : std::exchange(host.waiting, {}))
                       step(host, input);
                     step(host, core::MediaDrained{});
                   },
                   [&](const core::RunAgent& e) { run_agent(host, e); },
                   [&](const core::RecordHeld& e) { host.left_running = e.groups; },
                   [&](const core::RunEventScript&) {},
                   [&](const core::CommunicationUp&) {},
                   [&](const core::Reboot&) { crash(host.name); },
                   [&](const core::Exit&) { kill(host.name); },
                   [&](const core::Note& note) {
                     trace_ += std::to_string(to_ms(now_.time_since_epoch())) + "ms " + host.name +
                               ": " + core::render(note) + "\n";
                     notes_.push_back({now_, host.name, note});
                   },
               },
               effect);
  }
}

void Cluster::run_agent(Host& host, const core::RunAgent& effect) {
  at(now_ + options_.agent_time, [this, &host, life = host.life, effect] {
    if (host.life != life || !host.node) return;
    const std::string& resource = effect.resource.text;
    std::optional<core::AgentResult> scripted;
    if (agents_) scripted = agents_(host.name, effect.resource, effect.op);
    observe();
    core::AgentResult result = core::AgentResult::kSuccess;
    if (effect.op == core::AgentOp::kStatus) {
      result = host.running.contains(resource) ? core::AgentResult::kRunning
                                               : core::AgentResult::kStopped;
    } else if (!scripted || *scripted == core::AgentResult::kSuccess) {
      if (effect.op == core::AgentOp::kStart) host.running.insert(resource);
      if (effect.op == core::AgentOp::kStop) host.running.erase(resource);
    }
    core::Input outcome = core::AgentFinished{effect.run, scripted.value_or(result), ""};
    if (now_ < host.paused_until) {
      host.waiting.push_back(std::move(outcome));
    } else {
      step(host, outcome);
    }
  });
}

void Cluster::schedule_wake(Host& host) {
  const std::optional<Instant> due = host.node->next_deadline();
  if (!due || *due == host.woken) return;
  host.woken = *due;
  at(std::max(*due, now_), [this, &host, life = host.life] {
    if (host.life == life && host.node && now_ >= host.paused_until) wake(host);
  });
}

void Cluster::wake(Host& host) {
  host.woken = Instant{};
  const std::optional<Instant> due = host.node->next_deadline();
  if (due && *due <= now_) {
    step(host, core::DeadlineReached{});
  } else {
    schedule_wake(host);
  }
}

bool Cluster::next_event(Instant limit) {
  if (events_.empty() || events_.top().at > limit) return false;
  Event event = events_.top();
  events_.pop();
  now_ = event.at;
  event.run();
  return true;
}

void Cluster::run_for(Duration length) {
  const Instant limit = now_ + length;
  while (next_event(limit)) {
  }
  now_ = limit;
  observe();
}

bool Cluster::run_until(const std::function<bool()>& holds, Duration limit) {
  const Instant end = now_ + limit;
  while (!holds()) {
    if (!next_event(end)) return false;
  }
  return true;
}

// --- observation ---

void Cluster::observe() {
  for (const ResourceGroup& group : options_.groups) {
    for (const ResourceSpec& resource : group.resources) {
      const std::size_t count = owners(resource.text).size();
      if (count > 1) doubly_[resource.text] += now_ - observed_;
      const bool twice_before = twice_.contains(resource.text);
      if (count > 1 && !twice_before) {
        trace_ += std::to_string(to_ms(now_.time_since_epoch())) + "ms " + resource.text +
                  " runs more than once\n";
        twice_.insert(resource.text);
      } else if (count < 2) {
        twice_.erase(resource.text);
      }
      if (count == 0) unowned_[resource.text] += now_ - observed_;
    }
  }
  observed_ = now_;
}

bool Cluster::running(const std::string& host, const std::string& resource) const {
  return hosts_.at(host).running.contains(resource);
}

std::vector<std::string> Cluster::owners(const std::string& resource) const {
  std::vector<std::string> names;
  for (const auto& [name, host] : hosts_) {
    if (host.running.contains(resource)) names.push_back(name);
  }
  return names;
}

std::string Cluster::status(const std::string& host) const {
  const auto& node = hosts_.at(host).node;
  return node ? node->resource_status() : "down";
}

bool Cluster::up(const std::string& host) const { return hosts_.at(host).node != nullptr; }

int Cluster::noted(const std::string& host, core::NoteId id) const {
  return static_cast<int>(std::count_if(notes_.begin(), notes_.end(), [&](const Seen& seen) {
    return seen.host == host && seen.note.id == id;
  }));
}

std::optional<Instant> Cluster::first_noted(const std::string& host, core::NoteId id) const {
  for (const Seen& seen : notes_) {
    if (seen.host == host && seen.note.id == id) return seen.at;
  }
  return std::nullopt;
}

Duration Cluster::doubly_owned(const std::string& resource) const {
  const auto found = doubly_.find(resource);
  return found == doubly_.end() ? Duration(0) : found->second;
}

Duration Cluster::unowned(const std::string& resource) const {
  const auto found = unowned_.find(resource);
  return found == unowned_.end() ? Duration(0) : found->second;
}

}  // namespace hb::sim
