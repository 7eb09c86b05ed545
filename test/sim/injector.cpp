#include "sim/injector.h"

#include <algorithm>

#include "base/encoding.h"

namespace hb::sim {
namespace {

using namespace std::chrono_literals;

Duration from_seconds(double s) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(s));
}

ResourceGroup group(HostId host, const std::vector<std::string>& resources) {
  ResourceGroup made{GroupKey(resources.front()), NodeName(host_name(host)), {}};
  for (const std::string& text : resources) {
    made.resources.push_back({text.substr(0, 2) == "ip" ? "IPaddr2" : text, {}, text});
  }
  return made;
}

wire::Hold hold(double strength) {
  constexpr wire::Hold kHolds[] = {wire::kHoldAll, wire::kHoldLocal, wire::kHoldForeign,
                                   wire::kHoldLocal};
  return kHolds[static_cast<std::size_t>(strength) % 4];
}

}  // namespace

std::vector<ResourceGroup> plan_groups(const Plan& plan, bool extra) {
  if (plan.hosts > 2) return {};
  std::vector<ResourceGroup> groups = {group(0, {"ip1", "web"})};
  if (plan.hosts == 2 && !plan.one_sided) groups.push_back(group(1, {"ip2"}));
  if (extra) groups.push_back(group(static_cast<HostId>(plan.hosts - 1), {"ip3"}));
  return groups;
}

Injector::Injector(World& world, const Plan& plan) : world_(world), plan_(plan), fences_(world) {
  fences_.set_devices([this](HostId by, HostId) { return shot(by); });
  fences_.set_boot_time(plan.boot);
  fences_.set_stays_down(plan.away);
  fences_.set_starter([this](HostId host) { start(host); });
  world_.set_agents([this](HostId host, const ResourceSpec& resource, core::AgentOp op) {
    return answer(host, resource, op);
  });
}

void Injector::arm() {
  for (const Fault& fault : plan_.faults) {
    world_.at(Instant{} + fault.at, [this, &fault] {
      if (!healed_) begin(fault);
    });
  }
}

template <class Visit>
void Injector::each_line(const Fault& fault, Visit visit) {
  for (std::size_t to = 0; to < world_.size(); ++to) {
    const auto peer = static_cast<HostId>(to);
    if (peer == fault.host || (fault.peer && *fault.peer != peer)) continue;
    for (std::size_t l = 0; l < world_.options().links.size(); ++l) {
      const auto link = static_cast<LinkId>(l);
      if (!fault.link || *fault.link == link) visit(fault.host, peer, link);
    }
  }
}

void Injector::begin(const Fault& fault) {
  using enum FaultKind;
  ++counts_[static_cast<std::size_t>(fault.kind)];
  const HostId host = fault.host;
  bool stays = false;  // until it ends
  switch (fault.kind) {
    case kLoss:
    case kDuplicate:
    case kDelay:
    case kReorder:
    case kCorrupt:
    case kReplay:
    case kAgentFails:
    case kAgentHangs:
    case kAgentSlow:
    case kAgentLies:
    case kFenceFails:
    case kFenceHangs:
    case kFenceSlow:
    case kFlap:
      stays = true;
      break;
    case kCut:
    case kIsolate:
      stays = true;
      cut(fault, true);
      break;
    case kPingLoss:
      stays = true;
      break;
    case kPingCut:
    case kPingDown:
      stays = true;
      cut_ping(fault, true);
      break;
    case kCrash:
      world_.crash(host);
      restart_after(fault);
      break;
    case kKill:
      world_.kill(host);
      restart_after(fault);
      break;
    case kStop:
      world_.input(host, core::ShutdownRequested{});
      restart_after(fault);
      break;
    case kCrashInStart:
      world_.crash(host);
      world_.start(host);
      world_.at(world_.now() + fault.lasts, [this, host] {
        if (healed_) return;
        world_.crash(host);
        world_.start(host);
      });
      break;
    case kPause:
      world_.pause(host, fault.lasts);
      break;
    case kSlow:
      stays = true;
      world_.slow_down(host, from_seconds(fault.strength));
      break;
    case kDrift:
      stays = true;
      world_.clock(host).set_drift(static_cast<std::int64_t>(fault.strength), world_.now());
      break;
    case kWallJump:
      stays = true;
      world_.clock(host).set_wall_offset(from_seconds(fault.strength));
      break;
    case kLoseDisk:
      world_.disk(host).lose();
      break;
    case kTearDisk: {
      Random random(plan_.seed + counts_[static_cast<std::size_t>(kTearDisk)]);
      world_.disk(host).tear(random);
      break;
    }
    case kRestoreDisk:
      world_.disk(host).restore_old();
      break;
    case kStandby:
      world_.input(host, core::Injected{wire::StandbyMessage{hold(fault.strength),
                                                             wire::StandbyMessage::Phase::kMe},
                                        {}});
      break;
    case kTakeover:
      world_.input(host, core::Injected{
                             wire::TakeoverRequest{hold(fault.strength), fault.strength == 3}, {}});
      break;
    case kStart:
      world_.start(host);
      break;
    case kReload: {
      const int bits = static_cast<int>(fault.strength);
      extra_group_ = (bits & 1) != 0;
      world_.set_groups(host, plan_groups(plan_, extra_group_), (bits & 2) != 0);
      break;
    }
    case kInject:
      inject(fault);
      break;
    case kDeleteNode:
      world_.input(host, core::Injected{wire::DeleteNodes{{NodeName(host_name(*fault.peer))}}, {}});
      break;
    case kAddNode:
      world_.input(host, core::Injected{wire::AddNodes{{NodeName(host_name(*fault.peer))}}, {}});
      break;
    case kStray:
      stray(fault);
      break;
    case kFenceByHand:
      confirm_by_hand(host, fault.strength >= 1, world_.now() + fault.lasts);
      break;
  }
  if (!stays) return;
  const std::uint32_t id = next_id_++;
  active_.emplace_back(id, Active{fault, false});
  apply_noise();
  if (fault.kind == kFlap) toggle(id);
  world_.at(world_.now() + fault.lasts, [this, id] { end(id); });
}

void Injector::end(std::uint32_t id) {
  using enum FaultKind;
  const auto found = std::find_if(active_.begin(), active_.end(),
                                  [&](const auto& each) { return each.first == id; });
  if (found == active_.end()) return;
  const Active ended = found->second;
  active_.erase(found);
  const Fault& fault = ended.fault;
  if (fault.kind == kCut || fault.kind == kIsolate || ended.cutting) cut(fault, false);
  if (fault.kind == kPingCut || fault.kind == kPingDown) cut_ping(fault, false);
  if (fault.kind == kSlow) world_.slow_down(fault.host, Duration(0));
  if (fault.kind == kDrift) world_.clock(fault.host).set_drift(0, world_.now());
  if (fault.kind == kWallJump) world_.clock(fault.host).set_wall_offset(Duration(0));
  apply_noise();
}

void Injector::toggle(std::uint32_t id) {
  const auto found = std::find_if(active_.begin(), active_.end(),
                                  [&](const auto& each) { return each.first == id; });
  if (found == active_.end()) return;
  Active& flap = found->second;
  flap.cutting = !flap.cutting;
  cut(flap.fault, flap.cutting);
  world_.at(world_.now() + from_seconds(flap.fault.strength), [this, id] { toggle(id); });
}

void Injector::cut(const Fault& fault, bool on) {
  const bool both = fault.kind == FaultKind::kIsolate || fault.strength >= 1;
  each_line(fault, [&](HostId from, HostId to, LinkId link) {
    Network& network = world_.network();
    on ? network.cut(from, to, link) : network.mend(from, to, link);
    if (both) on ? network.cut(to, from, link) : network.mend(to, from, link);
  });
}

void Injector::cut_ping(const Fault& fault, bool on) {
  const auto all = fault.kind == FaultKind::kPingDown ? std::nullopt : std::optional(fault.host);
  world_.cut_ping(all, static_cast<std::size_t>(fault.strength), on);
}

// The noise of a line follows from all faults that concern it, in the order of their begin.
void Injector::apply_noise() {
  using enum FaultKind;
  world_.network().set_noise(world_.options().noise);
  for (HostId host = 0; host < world_.size(); ++host) world_.set_ping_loss(host, 0);
  for (const auto& [id, active] : active_) {
    const Fault& fault = active.fault;
    if (fault.kind == kPingLoss) world_.set_ping_loss(fault.host, fault.strength);
    if (row(fault.kind).of != FaultClass::kNetwork) continue;
    each_line(fault,
              [&, kind = fault.kind, x = fault.strength](HostId from, HostId to, LinkId link) {
                Noise& noise = world_.network().noise(from, to, link);
                if (kind == kLoss) noise.loss = std::max(noise.loss, x);
                if (kind == kDuplicate) noise.duplicate = x;
                if (kind == kDelay) noise.most_delay += from_seconds(x);
                if (kind == kReorder) noise.reorder = x, noise.late = 50ms;
                if (kind == kCorrupt) noise.corrupt = x;
                if (kind == kReplay) noise.replay = x;
              });
  }
}

void Injector::restart_after(const Fault& fault) {
  if (fault.lasts == Duration(0)) return;
  world_.at(world_.now() + fault.lasts, [this, host = fault.host] {
    if (!healed_) world_.start(host);
  });
}

// Ordered messages of a local client.
void Injector::inject(const Fault& fault) {
  Client& client = clients_[fault.host];
  if (client.life != world_.life(fault.host)) client = {world_.life(fault.host), 0};
  if (!world_.up(fault.host)) return;
  for (int i = 0; i < static_cast<int>(fault.strength); ++i) {
    wire::Other message{.type = std::string(kInjectedType), .message = {}};
    message.message.add_string("t", message.type);
    message.message.add_string("n", std::to_string(next_message_++));
    message.message.add_string("client_gen", "1");
    message.message.add_string("oseq", to_hex(++client.order));
    world_.input(fault.host, core::Injected{std::move(message), {}});
  }
}

// An authentic packet that no node of this cluster has sent.
void Injector::stray(const Fault& fault) {
  wire::Header header;
  header.src = NodeName(kStranger);
  header.timestamp = 1;
  wire::Body body = wire::PingStatus{};
  if (fault.strength >= 1) {
    const auto peer = static_cast<HostId>(fault.host == 0 ? 1 : 0);
    header.src = NodeName(fault.peer ? host_name(*fault.peer) : host_name(peer));
  } else {
    header.generation = Generation(1);
    header.seq = SeqNo(1);
    body = wire::Status{.state = wire::NodeState::kActive,
                        .deadtime_ms = 1000,
                        .protocol = 1,
                        .extended = std::nullopt};
  }
  world_.input(fault.host, core::PacketReceived{{std::move(header), std::move(body)},
                                                LinkName(world_.options().links.front())});
}

AgentAnswer Injector::answer(HostId host, const ResourceSpec&, core::AgentOp op) {
  using enum FaultKind;
  AgentAnswer answer;
  for (const auto& [id, active] : active_) {
    const Fault& fault = active.fault;
    if (fault.host != host) continue;
    const bool running = fault.strength >= 1;
    if (fault.kind == kAgentFails && op == (running ? core::AgentOp::kStop : core::AgentOp::kStart))
      answer = {.result = core::AgentResult::kFailed, .acts = false};
    if (fault.kind == kAgentHangs && op != core::AgentOp::kStatus)
      answer = {.result = core::AgentResult::kTimedOut,
                .acts = false,
                .takes = from_seconds(fault.strength)};
    if (fault.kind == kAgentSlow) answer.takes = from_seconds(fault.strength);
    if (fault.kind == kAgentLies && op == core::AgentOp::kStatus)
      answer.result = running ? core::AgentResult::kRunning : core::AgentResult::kStopped;
  }
  return answer;
}

Shot Injector::shot(HostId by) {
  using enum FaultKind;
  Shot shot;
  for (const auto& [id, active] : active_) {
    const Fault& fault = active.fault;
    if (fault.host != by) continue;
    if (fault.kind == kFenceFails)
      shot = {.told = core::FenceOutcome::kFailed, .acts = fault.strength >= 1};
    if (fault.kind == kFenceHangs)
      shot = {.told = core::FenceOutcome::kFailed,
              .acts = false,
              .takes = from_seconds(fault.strength)};
    if (fault.kind == kFenceSlow)
      shot = {.takes = from_seconds(fault.strength), .unstoppable = true};
  }
  return shot;
}

// The operator looks now and then whom the host waits for, switches that one off, and says so.
void Injector::confirm_by_hand(HostId host, bool the_wrong_one_first, Instant until) {
  if (healed_) return;
  const core::Node* node = world_.node(host);
  const bool asked = node && !world_.paused(host) && !node->to_be_fenced().empty();
  if (!asked) {
    const Instant again = world_.now() + plan_.deadtime / 4;
    if (again > until) return;
    world_.at(again, [this, host, the_wrong_one_first, until] {
      confirm_by_hand(host, the_wrong_one_first, until);
    });
    return;
  }
  const auto confirm = [&](const std::string& name) {
    world_.input(
        host,
        core::Injected{wire::FenceResult{NodeName(name), std::string(core::kFenceByOperator)}, {}});
  };
  const std::string victim = node->to_be_fenced().front().value();
  if (the_wrong_one_first) confirm(world_.name(host));
  world_.crash(*world_.find(victim));
  confirm(victim);
}

void Injector::heal() {
  healed_ = true;
  fences_.set_boot_time(plan_.boot > Duration(0) ? plan_.boot : Duration(2s));
  while (!active_.empty()) end(active_.back().first);
  world_.network().mend_all();
  world_.mend_pings();
  for (std::size_t i = 0; i < world_.size(); ++i) {
    const auto host = static_cast<HostId>(i);
    world_.wake_up(host);
    // An operator cannot trust a host whose scripts lied, nor one whose files were played back, nor
    // one on which a killed 3.0.6 has left something running.
    if (world_.agents_lied(host) || world_.abandoned(host)) world_.crash(host);
    if (world_.disk(host).restored() || world_.went_back(host)) world_.crash(host);
    if (plan_.hosts <= 2) world_.set_groups(host, plan_groups(plan_, extra_group_), true);
    // A 3.0.6 stops only what is in the file.
    if (world_.foreign(host) && runs_what_was_removed(host)) world_.crash(host);
  }
}

bool Injector::runs_what_was_removed(HostId host) const {
  const auto& groups = world_.groups(host);
  for (ResourceId id = 0; id < world_.resources(); ++id) {
    const bool listed = std::any_of(groups.begin(), groups.end(), [&](const ResourceGroup& group) {
      return std::any_of(
          group.resources.begin(), group.resources.end(),
          [&](const ResourceSpec& resource) { return resource.text == world_.resource_name(id); });
    });
    if (!listed && world_.running(host, id)) return true;
  }
  return false;
}

void Injector::start_all() {
  for (std::size_t i = 0; i < world_.size(); ++i) {
    const auto host = static_cast<HostId>(i);
    bool another_up = false;
    for (std::size_t k = 0; k < world_.size(); ++k) {
      another_up = another_up || (k != i && world_.up(static_cast<HostId>(k)));
    }
    if (plan_.away == host && another_up) {
      // Switched off: a daemon that was killed has left its resources running.
      if (!world_.up(host)) world_.crash(host);
      continue;
    }
    // Its number must not lie below one that the others know, whatever has become of the file. A
    // 3.0.6 may have started by itself since the heal.
    if (world_.went_back(host)) world_.crash(host);
    start(host);
  }
}

// Once all is healed its number must not lie below one that the others know, whatever has become of
// the file.
void Injector::start(HostId host) {
  if (healed_ && !world_.up(host))
    world_.disk(host).write_generation(world_.largest_generation(host));
  world_.start(host);
}

}  // namespace hb::sim
