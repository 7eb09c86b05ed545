#include "sim/invariants/fencing.h"

#include <algorithm>

#include <fmt/format.h>

namespace hb::sim {
namespace {

using namespace std::chrono_literals;

bool configured(const World& world) { return world.options().settings.fencing.configured; }

}  // namespace

void FenceBeforeTakeover::life_began(const World&, HostId host) { others_[host] = {}; }

void FenceBeforeTakeover::stepped(const World& world, HostId host, const core::Input& input,
                                  const core::Effects& effects) {
  if (!configured(world) || !world.node(host)) return;
  heard(world, host, input);
  acted(world, host, effects);
}

void FenceBeforeTakeover::heard(const World& world, HostId host, const core::Input& input) {
  auto& others = others_[host];
  if (const auto* received = std::get_if<core::PacketReceived>(&input)) {
    const auto from = world.find(received->packet.header.src.value());
    if (from && std::holds_alternative<wire::ShutdownDone>(received->packet.body) &&
        received->packet.header.generation == world.generation(*from)) {
      others[*from].left = true;
    }
  } else if (const auto* outcome = std::get_if<core::FenceFinished>(&input)) {
    for (Other& other : others) {
      if (other.shots.erase(outcome->attempt) > 0 && !other.alive &&
          outcome->result == core::FenceOutcome::kConfirmed) {
        other.confirmed = true;
      }
    }
  } else if (const auto* injected = std::get_if<core::Injected>(&input)) {
    const auto* told = std::get_if<wire::FenceResult>(&injected->body);
    const auto who = told ? world.find(told->node.value()) : std::nullopt;
    if (who && !others[*who].alive) others[*who].confirmed = true;
  }
}

// Who is said to have held nothing is not shot.
void FenceBeforeTakeover::excused(const World& world, HostId host, const std::string& name) {
  const auto who = world.find(name);
  if (!who || world.agents_lied(*who)) return;
  for (ResourceId id = 0; id < world.resources(); ++id) {
    expect(world, !world.running(*who, id) || world.abandoned(*who, id), [&] {
      return fmt::format("{} says that {} held nothing, and it runs {}", world.name(host), name,
                         world.resource_name(id));
    });
  }
}

void FenceBeforeTakeover::acted(const World& world, HostId host, const core::Effects& effects) {
  auto& others = others_[host];
  for (const core::PeerView& peer : world.node(host)->peers()) {
    const auto who = world.find(peer.name.value());
    if (!who) continue;
    Other& other = others[*who];
    const bool alive = peer.state != wire::NodeState::kDead && peer.last_heard.has_value();
    if (alive && !other.alive)
      other = {
          .alive = true, .ever_alive = true, .left = other.left, .confirmed = false, .shots = {}};
    other.alive = alive;
  }
  for (const core::Effect& effect : effects) {
    if (const auto* note = std::get_if<core::Note>(&effect)) {
      const bool takes = note->id == core::NoteId::kTakeover;
      const bool anew = note->id == core::NoteId::kNodeRestarted;
      const auto who = takes || anew ? world.find(note->arguments.front()) : std::nullopt;
      if (anew && who) others[*who].left = false;
      if (note->id == core::NoteId::kDeadNodeHeldNothing)
        excused(world, host, note->arguments.front());
      if (takes && who) {
        expect(world, may_take_from(others[*who]), [&] {
          return fmt::format("{} takes over from {}, which is not confirmed to be down",
                             world.name(host), world.name(*who));
        });
      }
    } else if (const auto* fence = std::get_if<core::Fence>(&effect)) {
      const auto who = world.find(fence->peer.value());
      if (!who) continue;
      expect(world, !others[*who].alive, [&] {
        return fmt::format("{} shoots {}, which it hears", world.name(host), world.name(*who));
      });
      others[*who].shots.insert(fence->attempt);
    } else if (const auto* agent = std::get_if<core::RunAgent>(&effect)) {
      if (agent->op != core::AgentOp::kStart) continue;
      for (std::size_t i = 0; i < world.size(); ++i) {
        const Other& other = others[i];
        if (i == host || other.ever_alive) continue;
        expect(world, may_take_from(other), [&] {
          return fmt::format("{} starts {} while {}, never heard, is not confirmed to be down",
                             world.name(host), agent->resource.text,
                             world.name(static_cast<HostId>(i)));
        });
      }
    }
  }
}

void ShootsOn::life_began(const World&, HostId host) { guns_[host] = {}; }

void ShootsOn::stepped(const World& world, HostId host, const core::Input& input,
                       const core::Effects& effects) {
  if (!configured(world)) return;
  auto& under_way = guns_[host].under_way;
  if (const auto* outcome = std::get_if<core::FenceFinished>(&input))
    under_way.erase(outcome->attempt);
  for (const core::Effect& effect : effects) {
    if (const auto* fence = std::get_if<core::Fence>(&effect)) {
      under_way.insert(fence->attempt);
      guns_[host].idle_since.reset();  // it may be over before anybody looks
    }
    if (const auto* none = std::get_if<core::CancelFence>(&effect)) under_way.erase(none->attempt);
  }
}

void ShootsOn::look(const World& world) {
  if (!configured(world)) return;
  const core::FencingSettings& fencing = world.options().settings.fencing;
  const Duration pause = fencing.start_delay + fencing.retry_interval + 1s;
  for (std::size_t i = 0; i < world.size(); ++i) {
    const auto host = static_cast<HostId>(i);
    Gun& gun = guns_[host];
    const core::Node* node = world.node(host);
    bool wanted = false;
    if (node && !world.paused(host) && !world.slow(host) && gun.under_way.empty()) {
      const std::vector<NodeName> targets = node->to_be_fenced();
      for (const core::PeerView& peer : node->peers()) {
        wanted = wanted || (peer.state == wire::NodeState::kDead &&
                            std::find(targets.begin(), targets.end(), peer.name) != targets.end());
      }
    }
    if (!wanted) {
      gun.idle_since.reset();
      continue;
    }
    if (!gun.idle_since) gun.idle_since = world.now();
    expect(world, world.now() - *gun.idle_since <= pause, [&] {
      return fmt::format("{} has somebody to fence, and has not tried for {} ms", world.name(host),
                         to_ms(world.now() - *gun.idle_since));
    });
  }
}

void NeverTwice::resource_changed(const World& world, HostId host, ResourceId resource, bool runs) {
  if (!runs || !configured(world)) return;
  for (std::size_t i = 0; i < world.size(); ++i) {
    const auto other = static_cast<HostId>(i);
    if (other == host || !world.running(other, resource)) continue;
    const bool excused = world.agents_lied(host) || world.agents_lied(other) ||
                         world.foreign(host) || world.foreign(other);
    expect(world, excused, [&] {
      return fmt::format("{} begins to run on {} while it runs on {}, with fencing",
                         world.resource_name(resource), world.name(host), world.name(other));
    });
  }
}

}  // namespace hb::sim
