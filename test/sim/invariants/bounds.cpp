#include "sim/invariants/bounds.h"

#include <numeric>

#include <fmt/format.h>

#include "core/sequence/send_history.h"
#include "core/sequence/sequence_tracker.h"

namespace hb::sim {

void BoundedState::stepped(const World& world, HostId host, const core::Input&,
                           const core::Effects& effects) {
  expect(world, effects.size() <= kMostEffects, [&] {
    return fmt::format("{} returns {} effects from one step", world.name(host), effects.size());
  });
}

void BoundedState::look(const World& world) {
  for (std::size_t i = 0; i < world.size(); ++i) {
    const auto host = static_cast<HostId>(i);
    const core::Node* node = world.node(host);
    if (!node) continue;
    const core::TableSizes sizes = node->table_sizes();
    const bool bounded =
        sizes.history <= core::kHistoryLength && sizes.missing <= core::kMostMissing &&
        sizes.asked_for <= core::kMostMissing && sizes.links <= world.options().links.size();
    expect(world, bounded, [&] {
      return fmt::format("{}: history {}, missing {}, asked for {}, links {}", world.name(host),
                         sizes.history, sizes.missing, sizes.asked_for, sizes.links);
    });
  }
}

void NoSpin::stepped(const World& world, HostId host, const core::Input&, const core::Effects&) {
  if (at_[host] != world.now()) {
    at_[host] = world.now();
    steps_[host] = 0;
  }
  expect(world, ++steps_[host] <= kMostSteps,
         [&] { return fmt::format("{} steps without end", world.name(host)); });
}

void CalmInTheEnd::begin(const World& world) {
  since_ = world.now();
  sent_ = {};
  passed_on_ = {};
  agents_ = {};
}

void CalmInTheEnd::stepped(const World&, HostId host, const core::Input&,
                           const core::Effects& effects) {
  if (!since_) return;
  for (const core::Effect& effect : effects) {
    if (std::holds_alternative<core::Send>(effect)) ++sent_[host];
    if (std::holds_alternative<core::PassOn>(effect)) ++passed_on_[host];
    if (std::holds_alternative<core::RunAgent>(effect)) ++agents_[host];
  }
}

void CalmInTheEnd::finish(const World& world) {
  if (!since_) return;
  const core::Settings& settings = world.options().settings;
  const auto beats = static_cast<std::uint32_t>((world.now() - *since_) / settings.keepalive);
  for (std::size_t i = 0; i < world.size(); ++i) {
    const auto host = static_cast<HostId>(i);
    // Beside the heartbeats one acknowledgement for each ten of every other node; those follow each
    // other's beat, and may beat up to twice as often.
    const auto most = 2 * beats + beats * static_cast<std::uint32_t>(world.size()) / 4 + 10;
    expect(world, sent_[host] <= most, [&] {
      return fmt::format("{} sends {} packets in the time of {} heartbeats", world.name(host),
                         sent_[host], beats);
    });
    const auto of_others = std::accumulate(sent_.begin(), sent_.end(), 0U) - sent_[host];
    expect(world, passed_on_[host] <= of_others + 10, [&] {
      return fmt::format("{} passes on {} packets, though the others send {}", world.name(host),
                         passed_on_[host], of_others);
    });
    const core::Node* node = world.node(host);
    expect(world, node == nullptr || !node->clients_paused(),
           [&] { return fmt::format("{} still lets its clients wait", world.name(host)); });
    expect(world, agents_[host] == 0, [&] {
      return fmt::format("{} runs {} agents although nothing happens", world.name(host),
                         agents_[host]);
    });
  }
}

}  // namespace hb::sim
