#include "io/fencing/device_checks.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace hb::io {

void DeviceChecks::begin(const DeviceSlots& slots, std::vector<NodeName> peers) {
  peers_ = std::move(peers);
  if (!is_done()) {
    next_ = slots;
    return;
  }
  looks_.clear();
  for (const std::shared_ptr<DeviceSlot>& slot : slots) {
    if (slot->attempts > 0) continue;
    looks_.push_back(std::make_shared<Look>(Look{.slot = slot}));
  }
  for (const std::shared_ptr<Look>& look : std::vector(looks_)) look_at(look);
}

void DeviceChecks::leave_alone(const std::shared_ptr<DeviceSlot>& slot) {
  for (const std::shared_ptr<Look>& look : looks_) {
    if (look->slot != slot || look->done) continue;
    talk_.break_off(*look->conversation);
    look->broken_off = true;
    return finish(*look);
  }
}

void DeviceChecks::end() {
  for (const std::shared_ptr<Look>& look : looks_) talk_.break_off(*look->conversation);
  looks_.clear();
  next_.reset();
}

bool DeviceChecks::is_done() const {
  return std::all_of(looks_.begin(), looks_.end(), [](const auto& each) { return each->done; });
}

void DeviceChecks::look_at(const std::shared_ptr<Look>& look) {
  talk_.tell({.kind = FenceEvent::Kind::kChecking, .device = look->slot->name});
  talk_.introduce(look->conversation, look->slot,
                  [this, look](const Expected<void, std::string>& ready) {
                    if (ready) return ask_status(look);
                    talk_.tell({.kind = FenceEvent::Kind::kNotOperational,
                                .device = look->slot->name,
                                .detail = ready.error()});
                    finish(*look);
                  });
}

void DeviceChecks::ask_status(const std::shared_ptr<Look>& look) {
  talk_.command(look->conversation, look->slot, look->slot->device->status(),
                [this, look](const DeviceTalk::Result& result) {
                  look->works = result && result->succeeded();
                  if (look->works) return ask_hosts(look);
                  talk_.tell({.kind = FenceEvent::Kind::kNotOperational,
                              .device = look->slot->name,
                              .detail = "its status: " + text_of(result)});
                  finish(*look);
                });
}

void DeviceChecks::ask_hosts(const std::shared_ptr<Look>& look) {
  std::optional<ProcessRequest> request = look->slot->device->list_hosts();
  if (!request) return finish(*look);
  talk_.ask(look->conversation, std::move(*request),
            [this, look](const DeviceTalk::Result& result, const std::string& answer) {
              // What cannot be told is not held against it.
              if (result && result->succeeded() && !hosts_of(answer).empty())
                look->slot->device->hosts_listed(answer);
              finish(*look);
            });
}

void DeviceChecks::finish(Look& look) {
  look.done = true;
  if (!is_done()) return;
  const bool complete =
      std::none_of(looks_.begin(), looks_.end(), [](const auto& each) { return each->broken_off; });
  if (complete) compare();
  if (const auto next = std::exchange(next_, std::nullopt)) begin(*next, peers_);
}

// One device may be there for one node each, so a peer is in danger only if none takes it.
void DeviceChecks::compare() const {
  for (const NodeName& peer : peers_) {
    std::string reasons;
    bool taken = false;
    for (const std::shared_ptr<Look>& look : looks_) {
      if (!look->works) continue;
      const auto doubt = look->slot->device->doubt(peer);
      taken = taken || !doubt;
      if (doubt)
        reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", look->slot->name, *doubt);
    }
    if (taken || reasons.empty()) continue;
    talk_.tell(
        {.kind = FenceEvent::Kind::kNobodyFor, .peer = peer.value(), .detail = std::move(reasons)});
  }
}

}  // namespace hb::io
