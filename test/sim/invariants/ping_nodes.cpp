#include "sim/invariants/ping_nodes.h"

#include <algorithm>

#include <fmt/format.h>

namespace hb::sim {
namespace {

std::optional<std::size_t> index_of(const World& world, const std::string& ping_node) {
  const auto& all = world.options().ping_nodes;
  const auto found = std::find(all.begin(), all.end(), ping_node);
  if (found == all.end()) return std::nullopt;
  return static_cast<std::size_t>(found - all.begin());
}

}  // namespace

void DeadIffSilent::life_began(const World& world, HostId host) {
  const Instant now = world.local_now(host);
  judges_[host] = {now, std::nullopt, std::vector<Instant>(world.options().ping_nodes.size(), now)};
}

Duration DeadIffSilent::needed(const World& world, HostId host) const {
  const core::Settings& settings = world.options().settings;
  return judges_[host].active_since ? settings.deadping
                                    : std::max(settings.initdead, settings.deadping);
}

void DeadIffSilent::stepped(const World& world, HostId host, const core::Input& input,
                            const core::Effects& effects) {
  if (world.options().ping_nodes.empty() || world.foreign(host)) return;
  Judge& judge = judges_[host];
  const core::Settings& settings = world.options().settings;
  const Instant now = world.local_now(host);
  const Duration since = now - std::exchange(judge.last_step, now);
  if (since > settings.keepalive + settings.deadtime / 4) {
    for (Instant& last : judge.last_answer) last = std::min(last + since - settings.keepalive, now);
  }
  if (const auto* answer = std::get_if<core::PingAnswered>(&input)) {
    if (const auto index = index_of(world, answer->node.value())) judge.last_answer[*index] = now;
  }
  for (const core::Effect& effect : effects) {
    if (std::holds_alternative<core::CommunicationUp>(effect)) judge.active_since = now;
    const auto* note = std::get_if<core::Note>(&effect);
    if (!note || note->id != core::NoteId::kPingNodeDead) continue;
    if (const auto index = index_of(world, note->arguments.front()))
      judged_dead(world, host, *index);
  }
}

void DeadIffSilent::judged_dead(const World& world, HostId host, std::size_t ping_node) {
  const std::string& name = world.options().ping_nodes[ping_node];
  const Duration silence = world.local_now(host) - judges_[host].last_answer[ping_node];
  expect(world, silence >= needed(world, host), [&] {
    return fmt::format("{} declares ping node {} dead after {} us of silence", world.name(host),
                       name, silence / 1us);
  });
  const auto& waiting = world.waiting(host);
  const bool unread = std::any_of(waiting.begin(), waiting.end(), [&](const core::Input& input) {
    const auto* answer = std::get_if<core::PingAnswered>(&input);
    return answer && answer->node.value() == name;
  });
  expect(world, !unread, [&] {
    return fmt::format("{} declares ping node {} dead with an answer of it in its sockets",
                       world.name(host), name);
  });
}

void DeadIffSilent::look(const World& world) {
  for (HostId host = 0; host < world.size(); ++host) {
    const core::Node* node = world.node(host);
    if (!node || world.paused(host)) continue;
    const Judge& judge = judges_[host];
    const Instant now = world.local_now(host);
    const bool prompt = !world.slow(host) && !hearing_.was_held_up(host);
    for (std::size_t i = 0; i < judge.last_answer.size(); ++i) {
      const core::PingNodeView view = node->ping_nodes()[i];
      const Instant due = std::max(judge.last_answer[i] + needed(world, host),
                                   judge.active_since.value_or(Instant{}));
      if (view.state == wire::NodeState::kDead) {
        expect(world, now - judge.last_answer[i] >= world.options().settings.deadping, [&] {
          return fmt::format("to {}, ping node {} is dead, though it answered {} us ago",
                             world.name(host), view.name.value(),
                             (now - judge.last_answer[i]) / 1us);
        });
      } else if (prompt) {
        expect(world, now <= due + kNoticeTime, [&] {
          return fmt::format(
              "{} has not noticed that ping node {} is silent, {} us after it should",
              world.name(host), view.name.value(), (now - due) / 1us);
        });
      }
    }
  }
}

void DeadIffSilent::finish(const World& world) {
  for (HostId host = 0; host < world.size(); ++host) {
    const core::Node* node = world.node(host);
    if (!node) continue;
    for (const core::PingNodeView& view : node->ping_nodes()) {
      // Noise that never ends may lose so many answers in a row as deadping is long.
      expect(world, view.state == wire::NodeState::kPing || world.options().noise.loss > 0, [&] {
        return fmt::format("to {}, ping node {} is {}", world.name(host), view.name.value(),
                           wire::word(view.state));
      });
    }
  }
}

}  // namespace hb::sim
