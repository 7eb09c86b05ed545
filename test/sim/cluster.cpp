#include "sim/cluster.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace hb::sim {
namespace {

Noise to_noise(const ClusterNetwork& network) {
  return {.loss = network.loss,
          .duplicate = network.duplicate,
          .least_delay = network.least_delay,
          .most_delay = network.most_delay};
}

WorldOptions to_world(ClusterOptions options) {
  WorldOptions world;
  world.nodes = std::move(options.nodes);
  world.links = std::move(options.links);
  world.groups = std::move(options.groups);
  world.settings = std::move(options.settings);
  world.noise = to_noise(options.network);
  world.agent_time = options.agent_time;
  return world;
}

}  // namespace

Cluster::Cluster(std::uint64_t seed, ClusterOptions options)
    : world_(seed, to_world(std::move(options))) {
  world_.watch(*this);
}

HostId Cluster::id(const std::string& host) const {
  const auto found = world_.find(host);
  HB_ASSERT(found.has_value());
  return *found;
}

// --- hosts ---

void Cluster::start(const std::string& host) {
  HB_ASSERT(!up(host));
  world_.start(id(host));
}

void Cluster::start_all() {
  for (const std::string& host : world_.options().nodes) start(host);
}

void Cluster::crash(const std::string& host) { world_.crash(id(host)); }
void Cluster::kill(const std::string& host) { world_.kill(id(host)); }
void Cluster::pause(const std::string& host, Duration length) { world_.pause(id(host), length); }

void Cluster::standby(const std::string& host, wire::Hold set) {
  input(host, core::Injected{wire::StandbyMessage{set, wire::StandbyMessage::Phase::kMe}, {}});
}

void Cluster::takeover(const std::string& host, wire::Hold set, bool failback) {
  input(host, core::Injected{wire::TakeoverRequest{set, failback}, {}});
}

void Cluster::input(const std::string& host, core::Input input) {
  world_.input(id(host), std::move(input));
}

// --- network ---

void Cluster::cut(const std::string& from, const std::string& to, const std::string& link) {
  const auto& links = world_.options().links;
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (link.empty() || link == links[i])
      world_.network().cut(id(from), id(to), static_cast<LinkId>(i));
  }
}

void Cluster::partition(const std::string& a, const std::string& b) {
  cut(a, b);
  cut(b, a);
}

void Cluster::set_network(const ClusterNetwork& network) {
  world_.network().set_noise(to_noise(network));
}

void Cluster::set_agents(AgentScript script) {
  world_.set_agents([this, script = std::move(script)](HostId host, const ResourceSpec& resource,
                                                       core::AgentOp op) {
    AgentAnswer answer;
    answer.result = script(world_.name(host), resource, op);
    answer.acts = !answer.result || *answer.result == core::AgentResult::kSuccess;
    return answer;
  });
}

// --- time ---

void Cluster::run_for(Duration length) {
  world_.run_for(length);
  observe();
}

bool Cluster::run_until(const std::function<bool()>& holds, Duration limit) {
  const Instant end = now() + limit;
  while (!holds()) {
    if (!world_.next_event(end)) return false;
  }
  observe();
  return true;
}

// --- observation ---

void Cluster::tell(HostId host, const std::string& text) {
  trace_ += std::to_string(to_ms(now().time_since_epoch())) + "ms " + world_.name(host) + ": " +
            text + "\n";
}

void Cluster::stepped(const World&, HostId host, const core::Input&, const core::Effects& effects) {
  for (const core::Effect& effect : effects) {
    const auto* note = std::get_if<core::Note>(&effect);
    if (!note) continue;
    tell(host, core::render(*note));
    notes_.push_back({now(), host, *note});
  }
}

void Cluster::resource_changed(const World&, HostId host, ResourceId resource, bool runs) {
  const std::string& name = world_.resource_name(resource);
  const Duration passed = now() - observed_;
  // The change has just happened: the time until now belongs to what was before.
  for (ResourceId id = 0; id < world_.resources(); ++id) {
    const std::string& each = world_.resource_name(id);
    auto owned = static_cast<std::ptrdiff_t>(owners(each).size());
    if (id == resource) owned += runs ? -1 : 1;
    if (owned > 1) doubly_[each] += passed;
    if (owned == 0) unowned_[each] += passed;
  }
  observed_ = now();
  if (runs && owners(name).size() > 1) tell(host, name + " runs more than once");
}

void Cluster::observe() {
  const Duration passed = now() - observed_;
  for (ResourceId id = 0; id < world_.resources(); ++id) {
    const std::string& name = world_.resource_name(id);
    const std::size_t owned = owners(name).size();
    if (owned > 1) doubly_[name] += passed;
    if (owned == 0) unowned_[name] += passed;
  }
  observed_ = now();
}

bool Cluster::running(const std::string& host, const std::string& resource) const {
  return world_.running(id(host), resource);
}

std::vector<std::string> Cluster::owners(const std::string& resource) const {
  std::vector<std::string> names;
  for (const std::string& host : world_.options().nodes) {
    if (running(host, resource)) names.push_back(host);
  }
  return names;
}

std::string Cluster::status(const std::string& host) const {
  return world_.resource_status(id(host));
}

int Cluster::noted(const std::string& host, core::NoteId note) const {
  return static_cast<int>(std::count_if(notes_.begin(), notes_.end(), [&](const Seen& seen) {
    return seen.host == id(host) && seen.note.id == note;
  }));
}

std::optional<Instant> Cluster::first_noted(const std::string& host, core::NoteId note) const {
  for (const Seen& seen : notes_) {
    if (seen.host == id(host) && seen.note.id == note) return seen.at;
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
