#include "sim/world.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/overloaded.h"
#include "wire/groups_digest.h"
#include "wire/packet_message.h"

namespace hb::sim {
namespace {

constexpr std::uint64_t kInstalledGeneration = 1000;
// What a receive buffer holds; a host that does not run for long loses what comes then.
constexpr std::size_t kSocketBuffer = 400;
constexpr std::size_t kMostKept = 256;
constexpr std::size_t kMostResources = 64;
constexpr std::uint64_t kPingSeed = 0x9106;  // their lines shift nobody else's chance

wire::PacketCodec make_codec() {
  auto keys = wire::KeyRing::make(
      {{.number = 1, .method = wire::DigestMethod::kSha1, .secret = "of the simulation"}}, 1);
  HB_ASSERT(keys.has_value());
  return {wire::CodecOptions{}, std::move(*keys)};
}

std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 1469598103934665603U;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return value;
}

// What a node says of its files: they are the same if the groups are.
wire::ConfigDigests files_of(const std::vector<ResourceGroup>& groups) {
  return {.ha_cf = 0, .haresources = wire::groups_digest(groups)};
}

}  // namespace

World::World(std::uint64_t seed, WorldOptions options)
    : options_(std::move(options)),
      random_(seed),
      network_(options_.nodes.size(), options_.links.size(), random_.next()),
      pings_(options_.nodes.size() + options_.ping_nodes.size(), 1, seed ^ kPingSeed),
      codec_(make_codec()) {
  HB_ASSERT(options_.nodes.size() <= kMostHosts);
  network_.set_noise(options_.noise);
  pings_.set_noise(options_.noise);
  for (const std::string& link : options_.links) link_names_.emplace_back(link);
  options_.settings.nodes.clear();
  options_.settings.groups.clear();
  options_.settings.ping_nodes.clear();
  for (const std::string& name : options_.ping_nodes)
    options_.settings.ping_nodes.push_back({NodeName(name), "ping"});
  for (const std::string& name : options_.nodes) options_.settings.nodes.emplace_back(name);
  for (std::size_t i = 0; i < options_.nodes.size(); ++i) {
    Host host;
    host.id = static_cast<HostId>(i);
    host.clock = LocalClock(std::chrono::seconds(1000 * (i + 1)));
    host.disk = Disk(i < options_.installed.size() ? options_.installed[i] : kInstalledGeneration);
    host.groups = options_.groups;
    hosts_.push_back(std::move(host));
  }
  for (const ResourceGroup& group : options_.groups) {
    for (const ResourceSpec& resource : group.resources) intern(resource.text);
  }
  if (options_.look_every > Duration(0)) look();
}

void World::look() {
  for (Watcher* watcher : watchers_) watcher->look(*this);
  at(now_ + options_.look_every, [this] { look(); });
}

void World::at(Instant when, std::function<void()> action) {
  events_.push(when, EventKind::kAction, 0, 0, actions_.put(std::move(action)));
}

std::optional<HostId> World::find(std::string_view name) const {
  for (std::size_t i = 0; i < options_.nodes.size(); ++i) {
    if (options_.nodes[i] == name) return static_cast<HostId>(i);
  }
  return std::nullopt;
}

const core::Node* World::node(HostId host) const {
  const auto& machine = hosts_[host].machine;
  return machine ? machine->node() : nullptr;
}

bool World::foreign(HostId host) const {
  const auto& machine = hosts_[host].machine;
  return machine && !machine->node();
}

std::string World::resource_status(HostId host) const {
  const auto& machine = hosts_[host].machine;
  return machine ? machine->resource_status() : "down";
}

// --- hosts ---

void World::start(HostId id) {
  Host& host = hosts_[id];
  if (host.machine) return;
  core::Settings settings = options_.settings;
  settings.self = NodeName(name(id));
  const Disk::Identity identity = host.disk.start(host.clock.wall_seconds(now_), random_);
  settings.generation = host.generation = identity.generation;
  settings.uuid = identity.uuid;
  host.largest_generation = std::max(host.largest_generation, host.generation);
  if (options_.joins) {
    settings.nodes.clear();
    settings.autojoin = core::Autojoin::kAny;
    settings.known_hosts = host.disk.hosts();
  }
  settings.groups = host.groups;
  settings.config = files_of(host.groups);
  settings.left_running = host.disk.held;
  settings.seed = random_.next();
  host.settings = settings;
  host.machine = options_.machines ? options_.machines(id, std::move(settings))
                                   : std::make_unique<CoreMachine>(std::move(settings));
  ++host.life;
  host.waiting.clear();
  host.drain_wanted = false;
  host.wake_at = Instant::max();
  host.busy_until = now_;
  host.told_second = 0;
  for (Watcher* watcher : watchers_) watcher->life_began(*this, id);
  report_host(host);
  step(host, core::Started{});
}

void World::end_life(Host& host, LifeEnd how) {
  if (how == LifeEnd::kCrashed) host.disk.reboot();
  if (host.machine) {
    if (!host.machine->node()) host.abandoned |= host.running;
    for (Watcher* watcher : watchers_) watcher->life_ended(*this, host.id, how);
    host.machine.reset();
    ++host.life;
    host.paused_until = Instant{};
    host.waiting.clear();
    host.heartbeats.clear();
  }
  if (how != LifeEnd::kCrashed) return;
  for (ResourceId id = 0; id < resources(); ++id) set_running(host, id, false);
  host.agents_lied = false;
}

// They take as long as an agent does; a host that does not run meanwhile hears of it later.
void World::stop_clients(Host& host) {
  at(now_ + options_.agent_time, [this, id = host.id, life = host.life] {
    if (hosts_[id].machine && hosts_[id].life == life) input(id, core::ClientsStopped{});
  });
}

void World::leave(Host& host) {
  const auto again = host.machine->starts_again_after();
  end_life(host, LifeEnd::kLeft);
  if (!again) return;
  at(now_ + *again, [this, &host, life = host.life] {
    if (host.life == life) start(host.id);
  });
}

void World::crash(HostId host) { end_life(hosts_[host], LifeEnd::kCrashed); }
void World::kill(HostId host) { end_life(hosts_[host], LifeEnd::kKilled); }

void World::pause(HostId id, Duration length) {
  Host& host = hosts_[id];
  if (!host.machine) return;
  host.paused_until = std::max(host.paused_until, now_ + length);
  events_.push(host.paused_until, EventKind::kResume, id, host.life, 0);
}

void World::wake_up(HostId id) {
  Host& host = hosts_[id];
  if (!host.machine || now_ >= host.paused_until) return;
  host.paused_until = now_;
  events_.push(now_, EventKind::kResume, id, host.life, 0);
}

void World::input(HostId id, core::Input input) {
  Host& host = hosts_[id];
  if (host.machine) feed(host, std::move(input));
}

void World::set_groups(HostId id, std::vector<ResourceGroup> groups, bool apply) {
  for (const ResourceGroup& group : groups) {
    for (const ResourceSpec& resource : group.resources) intern(resource.text);
  }
  Host& host = hosts_[id];
  host.groups = groups;
  host.settings.config = files_of(groups);
  input(id, core::SettingsChanged{host.settings});
  input(id, core::GroupsChanged{std::move(groups), apply});
}

// --- the host's side of the core's contract ---

// The loop finds its timer due first; what waits in the sockets it reads when told to.
void World::resume(Host& host) {
  if (!runs(host)) return;
  const std::uint32_t life = host.life;
  const auto due = host.machine->next_deadline();
  if (due && *due <= local_now(host.id)) wake(host);
  if (host.life == life && host.drain_wanted) drain(host);
  if (host.life == life) hand_in_heartbeats(host);
  while (host.life == life && runs(host) && !host.waiting.empty()) {
    const core::Input input = std::move(host.waiting.front());
    host.waiting.pop_front();
    step(host, input);
  }
  if (host.life == life) schedule_wake(host);
}

// What the core lets wait lies in a socket of its own, with the instant at which it came.
bool World::may_wait(const Host& host, const core::PacketReceived& received) {
  const core::Node* node = host.machine->node();
  if (node == nullptr || received.by_serial || !node->heartbeats_may_wait()) return false;
  const auto* status = std::get_if<wire::Status>(&received.packet.body);
  return status != nullptr && status->state == wire::NodeState::kActive && !status->follows_news;
}

void World::hand_in_heartbeats(Host& host) {
  const std::uint32_t life = host.life;
  while (host.life == life && !host.heartbeats.empty()) {
    Heartbeat heartbeat = std::move(host.heartbeats.front());
    host.heartbeats.pop_front();
    heartbeat.received.waited = local_now(host.id) - heartbeat.came;
    step(host, std::move(heartbeat.received));
  }
}

void World::feed(Host& host, core::Input input) {
  if (runs(host) && host.waiting.empty()) {
    step(host, input);
  } else if (host.waiting.size() < kSocketBuffer ||
             !std::holds_alternative<core::PacketReceived>(input)) {
    host.waiting.push_back(std::move(input));
  }
}

void World::drain(Host& host) {
  if (!host.drain_wanted || now_ < host.paused_until) return;
  host.drain_wanted = false;
  const std::uint32_t life = host.life;
  hand_in_heartbeats(host);
  for (std::size_t left = host.waiting.size(); left > 0 && host.life == life; --left) {
    const core::Input input = std::move(host.waiting.front());
    host.waiting.pop_front();
    step(host, input);
  }
  if (host.life == life) step(host, core::MediaDrained{});
}

void World::report_host(Host& host) {
  const std::uint64_t second = host.clock.wall_seconds(now_);
  if (std::exchange(host.told_second, second) == second) return;
  step(host, core::HostReport{.wall_seconds = second, .load = "0.00 1/99 1"});
}

void World::wake(Host& host) {
  host.wake_at = Instant::max();
  const auto due = host.machine->next_deadline();
  if (due && *due <= local_now(host.id)) {
    const std::uint32_t life = host.life;
    report_host(host);
    if (host.life != life) return;
    const core::Node* node = host.machine->node();
    const bool read = node == nullptr || node->wants_heartbeats(local_now(host.id));
    if (read) hand_in_heartbeats(host);
    if (host.life == life) step(host, core::DeadlineReached{read});
  } else {
    schedule_wake(host);
  }
}

void World::schedule_wake(Host& host) {
  const auto due = host.machine->next_deadline();
  if (!due) return;
  const Instant when = host.clock.when(*due, now_);
  if (when >= host.wake_at) return;  // it will look again then
  host.wake_at = when;
  events_.push(when, EventKind::kWake, host.id, host.life, 0);
}

void World::step(Host& host, const core::Input& input) {
  ++steps_;
  const std::uint32_t life = host.life;
  core::Effects effects = host.machine->step(local_now(host.id), input);
  mix(host, effects);
  for (Watcher* watcher : watchers_) watcher->stepped(*this, host.id, input, effects);
  if (host.step_cost > Duration(0)) {
    host.busy_until = std::max(host.busy_until, now_) + host.step_cost;
    events_.push(host.busy_until, EventKind::kResume, host.id, host.life, 0);
  }
  perform(host, input, effects);
  if (host.life == life) schedule_wake(host);
}

void World::mix(const Host& host, const core::Effects& effects) {
  mix(static_cast<std::uint64_t>(now_.time_since_epoch().count()) + host.id);
  for (const core::Effect& effect : effects) {
    mix(effect.index());
    if (const auto* sent = std::get_if<core::Send>(&effect)) {
      mix(sent->packet.body.index() << 32U |
          (sent->packet.header.seq ? sent->packet.header.seq->value() : 0));
    } else if (const auto* note = std::get_if<core::Note>(&effect)) {
      mix(static_cast<std::uint64_t>(note->id));
      for (const std::string& argument : note->arguments) mix(hash(argument));
    }
  }
}

void World::perform(Host& host, const core::Input& input, core::Effects& effects) {
  const std::uint32_t life = host.life;
  for (core::Effect& effect : effects) {
    if (host.life != life) return;
    std::visit(Overloaded{
                   [&](core::Send& e) { send(host, e.packet); },
                   [&](core::Ping& e) { ask_ping_node(host, e.packet.header.src); },
                   [&](core::PassOn& e) { pass_on(host, e, input); },
                   [&](core::DrainMedia&) {
                     host.drain_wanted = true;
                     events_.push(now_, EventKind::kDrain, host.id, life, 0);
                   },
                   [&](core::RunAgent& e) { run_agent(host, e); },
                   [&](core::RecordHeld& e) { host.disk.held = e.groups; },
                   [&](core::RecordHosts& e) { host.disk.write_hosts(e.hosts); },
                   [](core::RunEventScript&) {},
                   [](core::CommunicationUp&) {},
                   [&](core::Fence& e) {
                     if (fences_) fences_->fence(host.id, e);
                   },
                   [&](core::CancelFence& e) {
                     if (fences_) fences_->cancel(host.id, e.attempt);
                   },
                   [&](core::Reboot&) { end_life(host, LifeEnd::kCrashed); },
                   [&](core::StopClients&) { stop_clients(host); },
                   [&](core::Exit&) { leave(host); },
                   [](core::Note&) {},
               },
               effect);
  }
}

// --- network ---

void World::send(Host& from, wire::Packet& packet) {
  if (options_.keep_for_replay) {
    if (kept_.size() < kMostKept) {
      kept_.push_back(packet);
    } else if (random_.chance(0.1)) {
      kept_[next_kept_++ % kMostKept] = packet;
    }
  }
  if (options_.through_bytes) {
    const auto bytes = codec_.seal(wire::to_message(packet));
    HB_ASSERT(bytes.has_value());
    const auto message = codec_.open(*bytes);
    HB_ASSERT(message.has_value());
    const auto again = wire::parse_packet(*message);
    HB_ASSERT(again.has_value());
    packet = *again;
  }
  for (std::size_t link = 0; link < link_names_.size(); ++link) {
    send_by(from, packet, static_cast<LinkId>(link));
  }
}

void World::send_by(Host& from, const wire::Packet& packet, LinkId link) {
  std::optional<std::uint32_t> slot;  // made for the first who gets it
  for (const Host& to : hosts_) {
    if (!reaches(from.id, to.id, link)) continue;
    const Network::Fate fate = network_.draw(from.id, to.id, link);
    for (int i = 0; i < fate.count; ++i) {
      const Network::Copy& copy = fate.copies[i];
      const Instant arrival = now_ + copy.delay;
      if (fate.replay) replay(from.id, to.id, link, arrival);
      if (copy.corrupt) {
        deliver_damaged(packet, from.id, to.id, link, arrival);
        continue;
      }
      if (!slot) slot = flights_.put({received(packet, link), 0});
      ++flights_[*slot].receivers;
      events_.push(arrival, EventKind::kArrival, to.id, 0, *slot);
    }
  }
}

bool World::reaches(HostId from, HostId to, LinkId link) const {
  if (!options_.ring) return to != from;
  const std::size_t step = link == 0 ? 1 : hosts_.size() - 1;
  return to == (from + step) % hosts_.size();
}

core::PacketReceived World::received(const wire::Packet& packet, LinkId link) const {
  if (!options_.ring) return {packet, link_names_[link]};
  return {packet, link_names_[1 - link], true};  // each line has a name of its own at either end
}

void World::pass_on(Host& host, const core::PassOn& effect, const core::Input& input) {
  const auto& came = std::get<core::PacketReceived>(input);
  wire::Packet packet = came.packet;
  packet.header.ttl = effect.ttl;
  for (std::size_t link = 0; link < link_names_.size(); ++link) {
    if (link_names_[link] != effect.came_by) send_by(host, packet, static_cast<LinkId>(link));
  }
}

// Some bytes are changed; whatever is taken for authentic all the same must be the same packet.
void World::deliver_damaged(const wire::Packet& packet, HostId from, HostId to, LinkId link,
                            Instant at_time) {
  Random& random = network_.random(from, to, link);
  auto bytes = codec_.seal(wire::to_message(packet));
  HB_ASSERT(bytes.has_value());
  const std::uint64_t changes = 1 + random.below(4);
  for (std::uint64_t i = 0; i < changes; ++i) {
    char& byte = (*bytes)[random.below(bytes->size())];
    byte = static_cast<char>(byte ^ static_cast<char>(1 + random.below(255)));
  }
  if (random.chance(0.2)) bytes->resize(random.below(bytes->size()) + 1);
  const auto message = codec_.open(*bytes);
  if (!message) return;
  const auto parsed = wire::parse_packet(*message);
  if (!parsed) return;
  if (!(*parsed == packet)) {
    for (Watcher* watcher : watchers_) watcher->forged(*this, to);
  }
  const auto slot = flights_.put({received(*parsed, link), 1});
  events_.push(at_time, EventKind::kArrival, to, 0, slot);
}

// A packet of anybody's past, authentic as it was.
void World::replay(HostId from, HostId to, LinkId link, Instant at_time) {
  if (kept_.empty()) return;
  Random& random = network_.random(from, to, link);
  const wire::Packet& packet = kept_[random.below(kept_.size())];
  const auto slot = flights_.put({core::PacketReceived{packet, link_names_[link]}, 1});
  events_.push(at_time + random.between(0ns, 100ms), EventKind::kArrival, to, 0, slot);
}

// It sends back whatever it gets, at once. Of an answer to an earlier life the medium knows that it
// did not ask.
void World::ask_ping_node(const Host& host, const NodeName& ping_node) {
  const auto found =
      std::find(options_.ping_nodes.begin(), options_.ping_nodes.end(), ping_node.value());
  HB_ASSERT(found != options_.ping_nodes.end());
  const auto there = static_cast<HostId>(
      options_.nodes.size() + static_cast<std::size_t>(found - options_.ping_nodes.begin()));
  const Network::Fate question = pings_.draw(host.id, there, 0);
  const Network::Fate answer = pings_.draw(there, host.id, 0);
  if (question.count == 0 || question.copies[0].corrupt) return;
  for (int i = 0; i < answer.count; ++i) {
    if (answer.copies[i].corrupt) continue;
    at(now_ + question.copies[0].delay + answer.copies[i].delay,
       [this, id = host.id, life = host.life, ping_node] {
         if (hosts_[id].life == life) input(id, core::PingAnswered{ping_node});
       });
  }
}

void World::cut_ping(std::optional<HostId> host, std::size_t ping_node, bool on) {
  if (ping_node >= options_.ping_nodes.size()) return;
  const auto there = static_cast<HostId>(options_.nodes.size() + ping_node);
  for (HostId id = 0; id < options_.nodes.size(); ++id) {
    if (host.value_or(id) != id) continue;
    on ? pings_.cut(id, there, 0) : pings_.mend(id, there, 0);
  }
}

void World::set_ping_loss(HostId host, double probability) {
  for (std::size_t i = 0; i < options_.ping_nodes.size(); ++i) {
    const auto there = static_cast<HostId>(options_.nodes.size() + i);
    pings_.noise(host, there, 0).loss = std::max(options_.noise.loss, probability);
  }
}

void World::arrive(const Event& event) {
  Flight& flight = flights_[event.slot];
  Host& host = hosts_[event.host];
  const auto& received = std::get<core::PacketReceived>(flight.input);
  if (host.machine && may_wait(host, received)) {
    if (host.heartbeats.size() < kSocketBuffer)
      host.heartbeats.push_back({received, local_now(host.id)});
  } else if (host.machine && runs(host) && host.waiting.empty()) {
    hand_in_heartbeats(host);
    if (host.machine) step(host, flight.input);
  } else if (host.machine) {
    feed(host, flight.input);
  }
  if (--flight.receivers == 0) flights_.drop(event.slot);
}

// --- agents ---

ResourceId World::intern(const std::string& text) {
  const auto found = resource_ids_.find(text);
  if (found != resource_ids_.end()) return found->second;
  HB_ASSERT(resource_names_.size() < kMostResources);
  const auto id = static_cast<ResourceId>(resource_names_.size());
  resource_names_.push_back(text);
  resource_ids_.emplace(text, id);
  return id;
}

std::optional<ResourceId> World::find_resource(const std::string& text) const {
  const auto found = resource_ids_.find(text);
  return found == resource_ids_.end() ? std::nullopt : std::optional(found->second);
}

bool World::running(HostId host, const std::string& text) const {
  const auto id = find_resource(text);
  return id && running(host, *id);
}

void World::set_running(Host& host, ResourceId id, bool runs) {
  if (running(host.id, id) == runs) return;
  host.running ^= std::uint64_t{1} << id;
  host.abandoned &= host.running;
  for (Watcher* watcher : watchers_) watcher->resource_changed(*this, host.id, id, runs);
}

void World::run_agent(Host& host, const core::RunAgent& effect) {
  AgentAnswer answer;
  if (agents_) answer = agents_(host.id, effect.resource, effect.op);
  const Duration takes = answer.takes > Duration(0) ? answer.takes : options_.agent_time;
  const auto slot = jobs_.put({effect, answer});
  events_.push(now_ + takes, EventKind::kAgent, host.id, host.life, slot);
}

void World::agent_ended(const Event& event) {
  const AgentJob job = jobs_.take(event.slot);
  Host& host = hosts_[event.host];
  // A daemon that ends takes the agents that it runs with it.
  if (host.life != event.life || !host.machine) return;
  const auto& [what, answer] = job;
  const ResourceId id = intern(what.resource.text);
  core::AgentResult truth = core::AgentResult::kSuccess;
  if (what.op == core::AgentOp::kStatus) {
    truth = running(host.id, id) ? core::AgentResult::kRunning : core::AgentResult::kStopped;
  } else if (answer.acts) {
    set_running(host, id, what.op == core::AgentOp::kStart);
  }
  const bool done = what.op == core::AgentOp::kStatus || answer.acts;
  const core::AgentResult told = answer.result.value_or(truth);
  if ((told == truth) != done) host.agents_lied = true;
  feed(host, core::AgentFinished{what.run, told, ""});
}

// --- time ---

bool World::next_event(Instant limit) {
  if (events_.empty() || events_.next().at > limit) return false;
  const Event event = events_.pop();
  HB_ASSERT(event.at >= now_);
  now_ = event.at;
  if (event.kind == EventKind::kAction) {
    const std::function<void()> action = actions_.take(event.slot);
    action();
    return true;
  }
  if (event.kind == EventKind::kArrival) {
    arrive(event);
    return true;
  }
  if (event.kind == EventKind::kAgent) {
    agent_ended(event);
    return true;
  }
  Host& host = hosts_[event.host];
  if (host.life != event.life || !host.machine) return true;
  switch (event.kind) {
    case EventKind::kWake:
      if (event.at != host.wake_at) break;
      host.wake_at = Instant::max();
      if (runs(host)) wake(host);  // else resume() looks
      break;
    case EventKind::kResume:
      resume(host);
      break;
    case EventKind::kDrain:
      drain(host);
      break;
    case EventKind::kArrival:
    case EventKind::kAgent:
    case EventKind::kAction:
      break;
  }
  return true;
}

void World::run_for(Duration length) {
  const Instant limit = now_ + length;
  while (next_event(limit)) {
  }
  now_ = limit;
}

}  // namespace hb::sim
