#include "sim/invariants/ownership.h"

#include <algorithm>

#include <fmt/format.h>

namespace hb::sim {
namespace {

using namespace std::chrono_literals;

std::string both(const World& world, ResourceId resource, HostId a, HostId b, Duration touch) {
  return fmt::format("{} runs on {} and on {}, which have heard each other for {} ms",
                     world.resource_name(resource), world.name(a), world.name(b), to_ms(touch));
}

// Of the groups in the host's haresources; a resource of no group there belongs to no side.
std::optional<wire::Hold> side_of(const World& world, HostId host, const std::string& resource) {
  for (const ResourceGroup& group : world.groups(host)) {
    const bool has = std::any_of(group.resources.begin(), group.resources.end(),
                                 [&](const ResourceSpec& each) { return each.text == resource; });
    if (!has) continue;
    return group.preferred.value() == world.name(host) ? wire::kHoldLocal : wire::kHoldForeign;
  }
  return std::nullopt;
}

wire::Hold really_held(const World& world, HostId host) {
  wire::Hold held;
  for (ResourceId id = 0; id < world.resources(); ++id) {
    if (!world.running(host, id)) continue;
    held = held | side_of(world, host, world.resource_name(id)).value_or(wire::kHoldNone);
  }
  return held;
}

// A side without groups is held by a word alone.
wire::Hold sides_with_groups(const World& world, HostId host) {
  wire::Hold sides;
  for (const ResourceGroup& group : world.groups(host))
    sides = sides | side_of(world, host, group.resources.front().text).value_or(wire::kHoldNone);
  return sides;
}

// What a host says of its sides, as the first of two says it.
wire::Hold as_the_first_says(wire::Hold sides, HostId host) {
  return host == 0 ? sides : sides.mirrored();
}

}  // namespace

Duration heal_time(const World& world) {
  const core::Settings& settings = world.options().settings;
  return 2 * settings.deadtime + 20s + 20 * world.options().agent_time;
}

void OneOwner::resource_changed(const World& world, HostId host, ResourceId resource, bool runs) {
  if (!runs) return;
  since_[host][resource] = world.now();
  for (std::size_t i = 0; i < world.size(); ++i) {
    const auto other = static_cast<HostId>(i);
    if (other == host || !world.running(other, resource)) continue;
    expect(world, !calm_, [&] {
      return fmt::format("{} runs on {} and on {}, though nobody was cut off or held up",
                         world.resource_name(resource), world.name(host), world.name(other));
    });
    const auto touch = hearing_.in_touch(world, host, other);
    const bool allowed = !touch || world.now() - *touch <= heal_time(world) ||
                         world.agents_lied(host) || world.agents_lied(other) ||
                         world.foreign(host) || world.foreign(other);
    expect(world, allowed,
           [&] { return both(world, resource, host, other, world.now() - *touch); });
  }
}

void OneOwner::look(const World& world) {
  for (ResourceId id = 0; id < world.resources(); ++id) {
    for (std::size_t i = 0; i < world.size(); ++i) {
      const auto a = static_cast<HostId>(i);
      if (!world.running(a, id)) continue;
      for (std::size_t k = i + 1; k < world.size(); ++k) {
        const auto b = static_cast<HostId>(k);
        if (!world.running(b, id)) continue;
        split_brain_ += world.options().look_every;
        const auto touch = hearing_.in_touch(world, a, b);
        if (!touch || world.agents_lied(a) || world.agents_lied(b)) continue;
        if (world.abandoned(a, id) || world.abandoned(b, id)) continue;
        const Instant since = std::max({*touch, since_[a][id], since_[b][id]});
        expect(world, world.now() - since <= heal_time(world),
               [&] { return both(world, id, a, b, world.now() - since) + ", and still does"; });
      }
    }
  }
}

void ToldAfterDone::stepped(const World& world, HostId host, const core::Input&,
                            const core::Effects& effects) {
  if (world.resources() == 0 || world.foreign(host) || world.agents_lied(host)) return;
  for (const core::Effect& effect : effects) {
    const auto* sent = std::get_if<core::Send>(&effect);
    if (!sent) continue;
    wire::Hold told = wire::kHoldAll;
    if (const auto* report = std::get_if<wire::ResourceReport>(&sent->packet.body)) {
      told = report->hold;
    } else if (std::holds_alternative<wire::ShutdownDone>(sent->packet.body)) {
      told = wire::kHoldNone;
    } else {
      continue;
    }
    // One that is sent again is history, and no claim.
    if (sent->packet.header.seq && *sent->packet.header.seq <= newest_[host]) continue;
    const wire::Hold held = really_held(world, host);
    expect(world, (held - told).none(), [&] {
      return fmt::format("{} tells that it holds {}, and holds {}", world.name(host),
                         wire::word(told), wire::word(held));
    });
  }
  for (const core::Effect& effect : effects) {
    const auto* sent = std::get_if<core::Send>(&effect);
    if (sent && sent->packet.header.seq)
      newest_[host] = std::max(newest_[host], *sent->packet.header.seq);
  }
}

void ToldAfterDone::life_began(const World&, HostId host) { newest_[host] = SeqNo(0); }

void NoAmnesia::life_began(const World& world, HostId host) {
  inherited_[host] = world.disk(host).held;
  spoken_[host] = false;
}

void NoAmnesia::stepped(const World& world, HostId host, const core::Input&,
                        const core::Effects& effects) {
  if (spoken_[host] || world.foreign(host)) return;
  const bool speaks = std::any_of(effects.begin(), effects.end(), [](const core::Effect& effect) {
    const auto* sent = std::get_if<core::Send>(&effect);
    return sent && !std::holds_alternative<wire::Other>(sent->packet.body) &&
           !std::holds_alternative<wire::TakeoverRequest>(sent->packet.body);
  });
  if (!speaks) return;
  spoken_[host] = true;
  if (world.agents_lied(host)) return;
  for (const ResourceGroup& group : inherited_[host]) {
    for (const ResourceSpec& resource : group.resources) {
      expect(world, !world.running(host, resource.text), [&] {
        return fmt::format("{} speaks while {} of its earlier life runs", world.name(host),
                           resource.text);
      });
    }
  }
}

void NoAmnesia::resource_changed(const World& world, HostId host, ResourceId resource, bool runs) {
  if (!runs || world.foreign(host)) return;
  const auto& held = world.disk(host).held;
  for (const ResourceGroup& group : world.groups(host)) {
    const bool concerned = std::any_of(
        group.resources.begin(), group.resources.end(),
        [&](const ResourceSpec& each) { return each.text == world.resource_name(resource); });
    if (!concerned) continue;
    expect(world, std::find(held.begin(), held.end(), group) != held.end(), [&] {
      return fmt::format("{} runs {} without having recorded it", world.name(host),
                         world.resource_name(resource));
    });
  }
}

void HumbleAfterLapse::life_began(const World& world, HostId host) {
  states_[host] = State{.last_step = world.local_now(host), .last_status = {}, .newest = SeqNo(0)};
}

void HumbleAfterLapse::stepped(const World& world, HostId host, const core::Input& input,
                               const core::Effects& effects) {
  if (world.resources() == 0 || world.foreign(host)) return;
  State& state = states_[host];
  if (must_ask(world, host, state, input)) {
    const bool asks = std::any_of(effects.begin(), effects.end(), [](const core::Effect& effect) {
      const auto* sent = std::get_if<core::Send>(&effect);
      return sent && std::holds_alternative<wire::Starting>(sent->packet.body);
    });
    expect(world, asks || world.node(host)->resource_status() == "transition", [&] {
      return fmt::format("{} serves on, silent for {} ms until now, and does not ask its partner",
                         world.name(host), to_ms(world.local_now(host) - *state.last_status));
    });
  }
  remember(input, effects, world.local_now(host), state);
}

bool HumbleAfterLapse::must_ask(const World& world, HostId host, const State& state,
                                const core::Input& input) {
  const core::Settings& settings = world.options().settings;
  const Instant now = world.local_now(host);
  if (now - state.last_step <= settings.keepalive + settings.deadtime / 4) return false;
  if (!state.last_status || now - *state.last_status < settings.deadtime) return false;
  if (!state.certain || state.leaving || state.partner_left ||
      settings.failback == core::Failback::kLegacy)
    return false;
  if (std::holds_alternative<core::PacketReceived>(input) ||
      std::holds_alternative<core::ShutdownRequested>(input))
    return false;
  const auto peers = world.node(host)->peers();
  return std::any_of(peers.begin(), peers.end(), [](const core::PeerView& peer) {
    return peer.state != wire::NodeState::kDead && peer.last_heard;
  });
}

void HumbleAfterLapse::remember(const core::Input& input, const core::Effects& effects, Instant now,
                                State& state) {
  state.last_step = now;
  if (std::holds_alternative<core::ShutdownRequested>(input)) state.leaving = true;
  if (const auto* received = std::get_if<core::PacketReceived>(&input)) {
    if (std::holds_alternative<wire::ShutdownDone>(received->packet.body))
      state.partner_left = true;
  }
  for (const core::Effect& effect : effects) {
    if (const auto* note = std::get_if<core::Note>(&effect)) {
      if (note->id == core::NoteId::kResourceStatus)
        state.certain = note->arguments.front() != "transition";
      if (note->id == core::NoteId::kNodeRestarted || note->id == core::NoteId::kNodeReturned)
        state.partner_left = false;
    }
    const auto* sent = std::get_if<core::Send>(&effect);
    if (!sent || !sent->packet.header.seq || *sent->packet.header.seq <= state.newest) continue;
    state.newest = *sent->packet.header.seq;
    if (std::holds_alternative<wire::Status>(sent->packet.body)) state.last_status = now;
  }
}

void TriedByBoth::stepped(const World& world, HostId host, const core::Input&,
                          const core::Effects& effects) {
  if (world.size() != 2) return;
  const HostId other = host == 0 ? 1 : 0;
  for (const core::Effect& effect : effects) {
    if (const auto* agent = std::get_if<core::RunAgent>(&effect)) {
      if (agent->op != core::AgentOp::kStart) continue;
      tried_[host] = tried_[host] | side_of(world, 0, agent->resource.text).value_or(wire::Hold());
    } else if (const auto* note = std::get_if<core::Note>(&effect)) {
      if (note->id == core::NoteId::kNodeDead || note->id == core::NoteId::kNodeRestarted)
        tried_[other] = wire::kHoldNone;
      if (note->id != core::NoteId::kGroupStuck) continue;
      const wire::Hold said = wire::parse_hold(note->arguments.front()).value_or(wire::Hold());
      const wire::Hold side = as_the_first_says(said, host);
      if (!world.up(other) || world.foreign(other)) continue;
      // Of a side of which its file knows no group it has nothing to try.
      const wire::Hold could_try = as_the_first_says(sides_with_groups(world, other), other);
      expect(world, ((side & could_try) - tried_[other]).none(), [&] {
        return fmt::format("{} says that {} resources fail on both, and {} has not tried",
                           world.name(host), wire::word(said), world.name(other));
      });
    }
  }
}

void EventuallyServed::finish(const World& world) {
  for (const ResourceGroup& group : world.groups(0)) served(world, group);
  for (std::size_t i = 0; i < world.size(); ++i) word_is_true(world, static_cast<HostId>(i));
  for (ResourceId id = 0; id < world.resources(); ++id) {
    if (side_of(world, 0, world.resource_name(id))) continue;
    for (std::size_t i = 0; i < world.size(); ++i) {
      const auto host = static_cast<HostId>(i);
      if (world.foreign(host)) continue;  // a 3.0.6 forgets what it runs with the line
      expect(world, !world.running(host, id), [&] {
        return fmt::format("{} runs {}, which is in no group any more", world.name(host),
                           world.resource_name(id));
      });
    }
  }
}

void EventuallyServed::served(const World& world, const ResourceGroup& group) {
  for (const ResourceSpec& resource : group.resources) {
    std::string hosts;
    int serving = 0;
    int running = 0;
    for (std::size_t i = 0; i < world.size(); ++i) {
      const auto host = static_cast<HostId>(i);
      if (!world.running(host, resource.text)) continue;
      hosts += " " + world.name(host);
      ++running;
      serving += world.up(host) ? 1 : 0;
    }
    expect(world, serving == 1 && running == 1,
           [&] { return fmt::format("{} runs on {} hosts:{}", resource.text, running, hosts); });
  }
}

void EventuallyServed::word_is_true(const World& world, HostId host) {
  if (!world.up(host) || world.resources() == 0) return;
  const std::string word = world.resource_status(host);
  // A 3.0.6 whose partner began a new life in the middle of a hand-over waits for an hour.
  expect(world, word != "transition" || world.handing_over(host),
         [&] { return fmt::format("{} is in transition", world.name(host)); });
  if (world.foreign(host)) return;  // it says what it holds before it has it
  if (world.options().settings.failback == core::Failback::kLegacy) return;
  const std::optional<wire::Hold> said = wire::parse_hold(word);
  const wire::Hold held = really_held(world, host);
  expect(world, said && (*said & sides_with_groups(world, host)) == held, [&] {
    return fmt::format("{} says {} and holds {}", world.name(host), word, wire::word(held));
  });
}

}  // namespace hb::sim
