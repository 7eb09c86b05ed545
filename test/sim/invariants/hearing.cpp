#include "sim/invariants/hearing.h"

#include <algorithm>

namespace hb::sim {
namespace {

bool is_news(const Hearing::Ear& ear, const wire::Header& header) {
  if (!header.seq || header.generation < ear.generation) return false;
  return header.generation > ear.generation || *header.seq > ear.newest;
}

}  // namespace

void Invariant::violated(const World& world, std::string text) {
  violation_ = Violation{name(), world.now(), std::move(text)};
}

Hearing::Hearing(const World& world)
    : names_(world.options().settings.nodes),
      lapse_(world.options().settings.keepalive + world.options().settings.deadtime / 4),
      keepalive_(world.options().settings.keepalive),
      deadtime_(world.options().settings.deadtime),
      gap_(world.options().settings.deadtime * 9 / 10) {}

void Hearing::life_began(const World& world, HostId host) {
  ears_[host] = {};
  held_up_[host] = false;
  repeats_[host] = world.generation(host) <= largest_[host];
  largest_[host] = std::max(largest_[host], world.generation(host));
  for (Ear& ear : ears_[host]) {
    ear.last_local = world.local_now(host);
    ear.deadtime = deadtime_;
  }
  last_step_[host] = world.local_now(host);
}

void Hearing::stepped(const World& world, HostId host, const core::Input& input,
                      const core::Effects&) {
  const Instant now = world.local_now(host);
  const Duration since = now - last_step_[host];
  last_step_[host] = now;
  if (since > lapse_) {
    held_up_[host] = true;
    for (Ear& ear : ears_[host])
      ear.last_local = std::min(ear.last_local + since - keepalive_, now);
  }
  const auto* received = std::get_if<core::PacketReceived>(&input);
  if (!received || !received->packet.header.seq) return;
  const wire::Header& header = received->packet.header;
  const auto found = std::find(names_.begin(), names_.end(), header.src);
  if (found == names_.end()) return;
  Ear& ear = ears_[host][static_cast<std::size_t>(found - names_.begin())];
  const bool later_life = header.generation > ear.generation;
  if (later_life) ear.announced_in = SeqNo(0);
  // One that was missing and comes late is no sign of life, but what it announces holds.
  const auto* status = std::get_if<wire::Status>(&received->packet.body);
  if (status && status->deadtime_ms && header.generation >= ear.generation &&
      *header.seq > ear.announced_in) {
    ear.deadtime = std::chrono::milliseconds(*status->deadtime_ms);
    ear.announced_in = *header.seq;
    ear.announced_at = now;
  }
  if (!is_news(ear, header)) return;
  ear.generation = header.generation;
  ear.newest = *header.seq;
  ear.last_local = std::max(ear.last_local, now - received->waited);
  const Instant came = world.now() - received->waited;
  if (later_life || !ear.last || came - *ear.last >= gap_) ear.touch_since = world.now();
  ear.last = came;
}

bool Hearing::news_waits(const World& world, HostId listener, HostId speaker) const {
  const auto news = [&](const core::PacketReceived& received) {
    return received.packet.header.src == names_[speaker] &&
           is_news(ears_[listener][speaker], received.packet.header);
  };
  const auto& heartbeats = world.heartbeats(listener);
  const auto& waiting = world.waiting(listener);
  return std::any_of(heartbeats.begin(), heartbeats.end(),
                     [&](const Heartbeat& heartbeat) { return news(heartbeat.received); }) ||
         std::any_of(waiting.begin(), waiting.end(), [&](const core::Input& input) {
           const auto* received = std::get_if<core::PacketReceived>(&input);
           return received && news(*received);
         });
}

bool Hearing::hears(const World& world, HostId listener, HostId speaker) const {
  const Ear& ear = ears_[listener][speaker];
  return world.up(listener) && !world.paused(listener) && ear.last &&
         world.now() - *ear.last < gap_ && ear.generation == world.generation(speaker);
}

std::optional<Instant> Hearing::in_touch(const World& world, HostId a, HostId b) const {
  if (!hears(world, a, b) || !hears(world, b, a)) return std::nullopt;
  return std::max(ears_[a][b].touch_since, ears_[b][a].touch_since);
}

}  // namespace hb::sim
