#include "sim/probes.h"

#include <algorithm>

namespace hb::sim {
namespace {

constexpr std::array<std::string_view, kProbes - kNoteCount> kProbeNames = {
    "retransmit-asked",      "retransmit-refused", "sent-again",      "acknowledged",
    "media-drained",         "clients-paused",     "reboot",          "stop-retried-to-end",
    "generation-from-clock", "ran-twice",          "held-up-briefly", "ping-node-returned",
    "shot-at-each-other",    "passed-on"};

// No cluster here is full, nobody sets weights and sites, two hosts have no disk in common, files
// have no digests and no link is a stream (core/membership/membership_test.cpp,
// core/node_test.cpp).
constexpr std::array kElsewhere = {core::NoteId::kNodeNotAdded,  core::NoteId::kWeightSet,
                                   core::NoteId::kSiteSet,       core::NoteId::kSameUuid,
                                   core::NoteId::kConfigDiffers, core::NoteId::kPeerWithoutTcp};

}  // namespace

bool reached_elsewhere(std::size_t probe) {
  return std::any_of(kElsewhere.begin(), kElsewhere.end(),
                     [&](core::NoteId id) { return static_cast<std::size_t>(id) == probe; });
}

std::string_view probe_name(std::size_t probe) {
  if (probe < kNoteCount) return core::kind(static_cast<core::NoteId>(probe)).name;
  return kProbeNames[probe - kNoteCount];
}

void Probes::life_began(const World& world, HostId host) {
  newest_[host] = 0;
  std::erase_if(dead_pings_, [host](const auto& dead) { return dead.first == host; });
  shooting_[host] = false;
  last_step_[host] = world.local_now(host);
  if (world.generation(host).value() >= static_cast<std::uint64_t>(LocalClock::kEpoch) - 20'000)
    count(Probe::kGenerationFromClock);
}

void Probes::stepped(const World& world, HostId host, const core::Input& input,
                     const core::Effects& effects) {
  if (std::holds_alternative<core::MediaDrained>(input)) count(Probe::kMediaDrained);
  const Duration since =
      world.local_now(host) - std::exchange(last_step_[host], world.local_now(host));
  const core::Settings& settings = world.options().settings;
  if (since > settings.keepalive * 3 / 2 && since < settings.deadtime) count(Probe::kHeldUpBriefly);
  if (std::holds_alternative<core::FenceFinished>(input)) shooting_[host] = false;
  for (const core::Effect& effect : effects) {
    if (const auto* note = std::get_if<core::Note>(&effect)) {
      const auto index = static_cast<std::size_t>(note->id);
      if (index < kNoteCount) ++counts_[index];  // clients of respawn lines are not simulated
      if (note->id == core::NoteId::kStopFailed || note->id == core::NoteId::kStopNotCompliant)
        count(Probe::kStopRetriedToEnd);
      if (note->id == core::NoteId::kPingNodeDead) dead_pings_.emplace(host, note->arguments[0]);
      if (note->id == core::NoteId::kStatusUpdate && dead_pings_.erase({host, note->arguments[0]}))
        count(Probe::kPingNodeReturned);
    } else if (const auto* send = std::get_if<core::Send>(&effect)) {
      sent(send->packet, host);
    } else if (std::holds_alternative<core::Reboot>(effect)) {
      count(Probe::kReboot);
    } else if (std::holds_alternative<core::PassOn>(effect)) {
      count(Probe::kPassedOn);
    } else if (const auto* fence = std::get_if<core::Fence>(&effect)) {
      shooting_[host] = true;
      const auto victim = world.find(fence->peer.value());
      if (victim && world.up(*victim) && shooting_[*victim]) count(Probe::kShotAtEachOther);
    } else if (std::holds_alternative<core::CancelFence>(effect)) {
      shooting_[host] = false;
    }
  }
  if (std::holds_alternative<core::Injected>(input)) {
    const core::Node* node = world.node(host);
    if (node && node->clients_paused()) count(Probe::kClientsPaused);
  }
}

void Probes::sent(const wire::Packet& packet, HostId host) {
  if (std::holds_alternative<wire::RetransmitRequest>(packet.body)) count(Probe::kRetransmitAsked);
  if (std::holds_alternative<wire::RetransmitNak>(packet.body)) count(Probe::kRetransmitRefused);
  if (std::holds_alternative<wire::Ack>(packet.body)) count(Probe::kAcknowledged);
  if (!packet.header.seq) return;
  const std::uint64_t number = packet.header.seq->value();
  if (number <= newest_[host]) count(Probe::kSentAgain);
  newest_[host] = std::max(newest_[host], number);
}

void Probes::resource_changed(const World& world, HostId host, ResourceId resource, bool runs) {
  if (!runs) return;
  for (std::size_t i = 0; i < world.size(); ++i) {
    const auto other = static_cast<HostId>(i);
    if (other != host && world.running(other, resource)) count(Probe::kRanTwice);
  }
}

}  // namespace hb::sim
