#include "sim/invariants/delivery.h"

#include <fmt/format.h>

#include "sim/injector.h"

namespace hb::sim {
namespace {

std::string number_of(const core::RunEventScript& script) {
  for (const auto& [name, value] : script.fields) {
    if (name == "n") return value;
  }
  return {};
}

}  // namespace

void ExactlyOnce::life_began(const World&, HostId host) {
  got_[host].clear();
  gave_up_[host] = false;
}

void ExactlyOnce::stepped(const World& world, HostId host, const core::Input& input,
                          const core::Effects& effects) {
  if (world.foreign(host)) return;
  const bool injected = std::holds_alternative<core::Injected>(input);
  for (const core::Effect& effect : effects) {
    if (const auto* note = std::get_if<core::Note>(&effect)) {
      gave_up_[host] = gave_up_[host] || note->id == core::NoteId::kPacketLost ||
                       note->id == core::NoteId::kGapTooLarge ||
                       note->id == core::NoteId::kTooManyMissing;
    }
    const auto* script = std::get_if<core::RunEventScript>(&effect);
    if (!script || script->type != kInjectedType) continue;
    const std::string number = number_of(*script);
    if (injected) sent_[number] = {host, world.life(host), world.now()};
    const int times = ++got_[host][number];
    expect(world, times == 1, [&] {
      return fmt::format("{} got message {} {} times", world.name(host), number, times);
    });
  }
}

void ExactlyOnce::finish(const World& world) {
  for (const auto& entry : sent_) {
    const std::string& number = entry.first;
    const Message& message = entry.second;
    if (world.life(message.sender) != message.sender_life) continue;
    for (std::size_t i = 0; i < world.size(); ++i) {
      const auto host = static_cast<HostId>(i);
      if (host == message.sender || gave_up_[host] || world.foreign(host)) continue;
      const auto touch = hearing_.in_touch(world, host, message.sender);
      if (!touch || *touch >= message.sent) continue;
      expect(world, got_[host].contains(number), [&] {
        return fmt::format("{} never got message {} of {}", world.name(host), number,
                           world.name(message.sender));
      });
    }
  }
}

void NumbersFollow::stepped(const World& world, HostId host, const core::Input&,
                            const core::Effects& effects) {
  if (world.foreign(host)) return;
  for (const core::Effect& effect : effects) {
    const auto* sent = std::get_if<core::Send>(&effect);
    if (!sent || !sent->packet.header.seq) continue;
    const std::uint64_t number = sent->packet.header.seq->value();
    expect(world, number >= 1 && number <= newest_[host] + 1, [&] {
      return fmt::format("{} sends number {} after {}", world.name(host), number, newest_[host]);
    });
    newest_[host] = std::max(newest_[host], number);
  }
}

void NothingForged::forged(const World& world, HostId to) {
  expect(world, false, [&] {
    return fmt::format("{} takes a packet that was changed on the way", world.name(to));
  });
}

}  // namespace hb::sim
