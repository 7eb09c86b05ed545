#include "sim/invariants/order.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/encoding.h"
#include "sim/injector.h"

namespace hb::sim {
namespace {

bool hands_on(const core::Effects& effects) {
  return std::any_of(effects.begin(), effects.end(), [](const core::Effect& effect) {
    const auto* script = std::get_if<core::RunEventScript>(&effect);
    return script && script->type == kInjectedType;
  });
}

const wire::Other* ordered(const wire::Body& body) {
  const auto* message = std::get_if<wire::Other>(&body);
  return message && message->type == kInjectedType ? message : nullptr;
}

}  // namespace

void OrderedExactlyOnce::life_began(const World&, HostId host) {
  for (Inbox& inbox : inboxes_[host]) inbox = {};
  sent_[host] = {};
  gave_up_[host] = false;
}

void OrderedExactlyOnce::stepped(const World& world, HostId host, const core::Input& input,
                                 const core::Effects& effects) {
  if (const auto* injected = std::get_if<core::Injected>(&input)) {
    const wire::Other* message = ordered(injected->body);
    if (!message) return;
    const auto order = parse_unsigned(message->message.string("oseq").value_or("0"), 16);
    sent_[host] = {order.value_or(0), world.now()};
    return;
  }
  if (world.foreign(host)) return;
  for (const core::Effect& effect : effects) {
    const auto* note = std::get_if<core::Note>(&effect);
    if (!note) continue;
    gave_up_[host] = gave_up_[host] || note->id == core::NoteId::kPacketLost ||
                     note->id == core::NoteId::kGapTooLarge ||
                     note->id == core::NoteId::kTooManyMissing;
    if (note->id != core::NoteId::kNodeDead) continue;
    const auto peer = world.find(note->arguments.front());
    if (!peer) continue;
    inboxes_[host][*peer].stream.node_died();
    inboxes_[host][*peer].anew = true;
  }
  const auto* packet = std::get_if<core::PacketReceived>(&input);
  if (!packet || !ordered(packet->packet.body) || !hands_on(effects)) return;
  if (const auto sender = world.find(packet->packet.header.src.value()))
    received(world, host, *sender, *packet);
}

void OrderedExactlyOnce::received(const World& world, HostId host, HostId sender,
                                  const core::PacketReceived& packet) {
  // As a client gets it: with the numbers of the daemon beside its own.
  const wire::Header& header = packet.packet.header;
  wire::Message message = ordered(packet.packet.body)->message;
  message.set_string("hg", to_hex(header.generation.value()));
  message.set_string("seq", to_hex(header.seq->value()));
  const auto key = client::order_key(message);
  if (!key) return;
  Inbox& inbox = inboxes_[host][sender];
  // By its number it is an earlier life: nobody can tell whose messages these are.
  const bool excused = hearing_.repeats(sender);
  for (const wire::Message& next : inbox.stream.take(*key, std::move(message))) {
    const auto got = client::order_key(next);
    const bool later_life = got->generation > inbox.generation;
    const bool same_life = got->generation == inbox.generation;
    const bool follows = got->order == inbox.order + 1;
    const bool skips = got->order > inbox.order &&
                       (inbox.anew || got->order - inbox.order >= client::kOrderWindow);
    expect(world, later_life || (same_life && (follows || skips)) || excused, [&] {
      return fmt::format("a client on {} gets message {} of {} (generation {}) after {} ({})",
                         world.name(host), got->order, world.name(sender), got->generation.value(),
                         inbox.order, inbox.generation.value());
    });
    inbox.generation = got->generation;
    inbox.order = got->order;
    inbox.anew = false;
  }
}

void OrderedExactlyOnce::finish(const World& world) {
  for (std::size_t i = 0; i < world.size(); ++i) {
    const auto sender = static_cast<HostId>(i);
    if (sent_[sender].order == 0 || !world.up(sender)) continue;
    for (std::size_t k = 0; k < world.size(); ++k) {
      const auto host = static_cast<HostId>(k);
      if (host == sender || gave_up_[host] || world.foreign(host)) continue;
      const auto touch = hearing_.in_touch(world, host, sender);
      if (!touch || *touch >= sent_[sender].at) continue;
      const Inbox& inbox = inboxes_[host][sender];
      expect(world, inbox.order == sent_[sender].order && inbox.stream.waiting() == 0, [&] {
        return fmt::format("a client on {} has message {} of {}, which has sent {}; {} wait",
                           world.name(host), inbox.order, world.name(sender), sent_[sender].order,
                           inbox.stream.waiting());
      });
    }
  }
}

}  // namespace hb::sim
