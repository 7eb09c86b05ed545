#include "sim/invariants/membership.h"

#include <algorithm>

#include <fmt/format.h>

namespace hb::sim {

void NoFalseDeath::stepped(const World& world, HostId host, const core::Input&,
                           const core::Effects& effects) {
  if (world.foreign(host)) return;
  const core::Settings& settings = world.options().settings;
  for (const core::Effect& effect : effects) {
    if (std::holds_alternative<core::CommunicationUp>(effect)) active_[host] = true;
    const auto* note = std::get_if<core::Note>(&effect);
    if (!note || note->id != core::NoteId::kNodeDead) continue;
    const auto peer = world.find(note->arguments.front());
    if (!peer || hearing_.repeats(*peer)) continue;
    const Duration needed = active_[host] ? hearing_.ear(host, *peer).deadtime : settings.initdead;
    const Duration silence = world.local_now(host) - hearing_.ear(host, *peer).last_local;
    expect(world, silence >= needed, [&] {
      return fmt::format("{} declares {} dead after {} us of silence", world.name(host),
                         world.name(*peer), silence / 1us);
    });
    expect(world, !hearing_.news_waits(world, host, *peer), [&] {
      return fmt::format("{} declares {} dead with news of it in its sockets", world.name(host),
                         world.name(*peer));
    });
  }
}

void EveryDeathNoticed::stepped(const World& world, HostId host, const core::Input& input,
                                const core::Effects& effects) {
  // Whom a list, or an operator, brings back is waited for anew.
  const auto* received = std::get_if<core::PacketReceived>(&input);
  if (received && std::holds_alternative<wire::NodesReply>(received->packet.body))
    known_since_[host] = {};
  for (const core::Effect& effect : effects) {
    if (std::holds_alternative<core::CommunicationUp>(effect))
      active_since_[host] = world.local_now(host);
    const auto* note = std::get_if<core::Note>(&effect);
    if (!note) continue;
    const bool dead = note->id == core::NoteId::kNodeDead;
    const bool added =
        note->id == core::NoteId::kNodeAdded || note->id == core::NoteId::kNodeJoined;
    const bool deleted = note->id == core::NoteId::kNodeDeleted;
    if (!dead && !added && !deleted) continue;
    const auto peer = world.find(note->arguments.front());
    if (!peer) continue;
    if (deleted) forgotten_[host][*peer] = true;
    if (added) known_since_[host][*peer].reset();
    if (dead && can_judge(world, host)) judge(world, host, *peer);
  }
}

void EveryDeathNoticed::look(const World& world) {
  for (std::size_t i = 0; i < world.size(); ++i) {
    const auto host = static_cast<HostId>(i);
    if (!can_judge(world, host)) continue;
    for (const core::PeerView& view : world.node(host)->peers()) {
      if (view.state == wire::NodeState::kDead) continue;
      if (const auto peer = world.find(view.name.value())) judge(world, host, *peer);
    }
  }
}

bool EveryDeathNoticed::can_judge(const World& world, HostId host) const {
  const bool awake = world.now() > world.held_until(host) + kNoticeTime;
  return world.node(host) != nullptr && awake && !world.slow(host) && !hearing_.was_held_up(host);
}

// That it is not too late now for the one to notice that the other is silent.
void EveryDeathNoticed::judge(const World& world, HostId host, HostId peer) {
  if (hearing_.repeats(peer) || forgotten_[host][peer]) return;
  const core::Settings& settings = world.options().settings;
  const Instant now = world.local_now(host);
  const Hearing::Ear& ear = hearing_.ear(host, peer);
  Instant last = ear.last_local;
  if (world.options().joins) {
    std::optional<Instant>& known = known_since_[host][peer];
    if (!known) known = now;
    last = std::max(last, *known);
  }
  // A deadtime that was announced late may be over already.
  const Instant due = active_since_[host]
                          ? std::max({last + ear.deadtime, ear.announced_at, *active_since_[host]})
                          : last + settings.initdead;
  expect(world, now <= due + kNoticeTime, [&] {
    return fmt::format("{} has not noticed that {} is silent, {} us after it should have",
                       world.name(host), world.name(peer), (now - due) / 1us);
  });
}

void GenerationNeverBack::life_began(const World& world, HostId host) {
  const Generation now = world.generation(host);
  const bool counts_on = behind_[host] && now.value() == last_[host].value() + 1;
  const bool excused = world.disk(host).restored() || counts_on ||
                       world.clock(host).wall_seconds(world.now()) <= largest_[host].value();
  expect(world, now > largest_[host] || excused, [&] {
    return fmt::format("{} starts with generation {} after {}", world.name(host), now.value(),
                       largest_[host].value());
  });
  behind_[host] = now <= largest_[host];
  last_[host] = now;
  largest_[host] = std::max(largest_[host], now);
}

namespace {

std::size_t others_up(const World& world, HostId host) {
  std::size_t count = 0;
  for (std::size_t other = 0; other < world.size(); ++other)
    count += other != host && world.up(static_cast<HostId>(other)) ? 1U : 0U;
  return count;
}

}  // namespace

void AllSeeEachOther::finish(const World& world) {
  for (std::size_t i = 0; i < world.size(); ++i) {
    const auto host = static_cast<HostId>(i);
    const core::Node* node = world.node(host);
    if (!node) continue;
    expect(world, node->state() == wire::NodeState::kActive,
           [&] { return fmt::format("{} is {}", world.name(host), wire::word(node->state())); });
    std::size_t known = 0;
    for (const core::PeerView& view : node->peers()) {
      const auto peer = world.find(view.name.value());
      if (!peer) continue;
      known += world.up(*peer) ? 1U : 0U;
      const auto wanted = world.up(*peer) ? wire::NodeState::kActive : wire::NodeState::kDead;
      expect(world, view.state == wanted, [&] {
        return fmt::format("to {}, {} is {}", world.name(host), view.name.value(),
                           wire::word(view.state));
      });
    }
    expect(world, known == others_up(world, host),
           [&] { return fmt::format("{} does not know all that are up", world.name(host)); });
  }
}

}  // namespace hb::sim
