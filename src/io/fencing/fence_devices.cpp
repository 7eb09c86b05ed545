#include "io/fencing/fence_devices.h"

#include <utility>

#include <asio/post.hpp>
#include <fmt/format.h>

#include "base/assert.h"

namespace hb::io {

struct FenceDevices::Attempt {
  ~Attempt() { let_go(); }
  void take(std::shared_ptr<DeviceSlot> taken) {
    let_go();
    slot = std::move(taken);
    ++slot->attempts;
    tries = 0;
  }
  void let_go() {
    if (slot) --slot->attempts;
    slot.reset();
  }

  FenceRun run;
  NodeName victim;
  Done done;
  DeviceSlots slots;     // to be tried
  std::size_t next = 0;  // of them
  std::shared_ptr<DeviceSlot> slot;
  unsigned tries = 0;  // with this one
  bool only_bad_hosts = true;
  std::string detail;
  std::shared_ptr<Conversation> conversation = std::make_shared<Conversation>();
};

FenceDevices::FenceDevices(ProcessRunner& runner, Duration check_every)
    : runner_(runner),
      check_every_(check_every),
      talk_(runner, on_event_),
      checks_(talk_),
      next_check_(runner.loop()) {}

FenceDevices::~FenceDevices() {
  for (const auto& [run, attempt] : attempts_) talk_.break_off(*attempt->conversation);
}

void FenceDevices::set_devices(const std::vector<FenceDeviceConfig>& configs,
                               const FenceSurroundings& around, std::vector<NodeName> peers) {
  checks_.end();
  self_ = around.self;
  peers_ = std::move(peers);
  slots_.clear();
  for (const FenceDeviceConfig& config : configs) {
    auto slot = std::make_shared<DeviceSlot>();
    slot->name = config.type;
    auto device = make_fence_device(config, around);
    if (device) {
      slot->device = std::move(*device);
    } else {
      slot->reason = device.error();
      talk_.tell(
          {.kind = FenceEvent::Kind::kUnusable, .device = slot->name, .detail = slot->reason});
    }
    slots_.push_back(std::move(slot));
  }
}

void FenceDevices::check() {
  checks_.begin(slots_, peers_);
  next_check_.expires_after(check_every_);
  next_check_.async_wait([this](const asio::error_code& error) {
    if (!error) check();
  });
}

FenceRun FenceDevices::reset(const NodeName& victim, Done done) {
  HB_ASSERT(victim != self_);
  last_run_ = FenceRun(last_run_.value() + 1);
  auto attempt = std::make_shared<Attempt>();
  attempt->run = last_run_;
  attempt->victim = victim;
  attempt->done = std::move(done);
  attempt->slots = slots_;
  attempts_.emplace(last_run_, attempt);
  asio::post(runner_.loop(), [this, attempt] {
    if (!attempt->conversation->over) try_next(attempt);
  });
  return last_run_;
}

void FenceDevices::cancel(FenceRun run) {
  const auto found = attempts_.find(run);
  if (found == attempts_.end()) return;
  talk_.break_off(*found->second->conversation);
  found->second->let_go();
  attempts_.erase(found);
}

void FenceDevices::try_next(const std::shared_ptr<Attempt>& attempt) {
  if (attempt->next == attempt->slots.size()) {
    const bool nobody = attempt->only_bad_hosts && !attempt->slots.empty();
    return finish(attempt, nobody ? FenceOutcome::kBadHost : FenceOutcome::kFailed);
  }
  attempt->take(attempt->slots[attempt->next++]);
  checks_.leave_alone(attempt->slot);
  talk_.introduce(attempt->conversation, attempt->slot,
                  [this, attempt](const Expected<void, std::string>& ready) {
                    if (!ready) return failed(attempt, FenceOutcome::kFailed, ready.error());
                    if (const auto reason = attempt->slot->device->cannot_reset(attempt->victim))
                      return failed(attempt, FenceOutcome::kBadHost, *reason);
                    shoot(attempt);
                  });
}

void FenceDevices::shoot(const std::shared_ptr<Attempt>& attempt) {
  ++attempt->tries;
  const FenceDevice& device = *attempt->slot->device;
  talk_.tell({.kind = FenceEvent::Kind::kResetting,
              .device = attempt->slot->name,
              .peer = attempt->victim.value()});
  if (device.needs_operator())
    talk_.tell({.kind = FenceEvent::Kind::kOperatorNeeded,
                .device = attempt->slot->name,
                .peer = attempt->victim.value()});
  talk_.command(attempt->conversation, attempt->slot, device.reset(attempt->victim),
                [this, attempt](const DeviceTalk::Result& result) { shot(attempt, result); });
}

void FenceDevices::shot(const std::shared_ptr<Attempt>& attempt, const DeviceTalk::Result& result) {
  const FenceDevice& device = *attempt->slot->device;
  const FenceOutcome outcome = result ? device.judge(*result) : FenceOutcome::kFailed;
  if (outcome == FenceOutcome::kConfirmed) {
    attempt->detail = attempt->slot->name;
    return finish(attempt, outcome);
  }
  // One that hung has had time enough: first the others, then the next attempt.
  const bool again = outcome == FenceOutcome::kFailed && result && !result->timed_out &&
                     attempt->tries <= device.retries();
  if (!again) return failed(attempt, outcome, text_of(result));
  talk_.tell({.kind = FenceEvent::Kind::kNotReset,
              .device = attempt->slot->name,
              .peer = attempt->victim.value(),
              .detail = text_of(result)});
  shoot(attempt);
}

void FenceDevices::failed(const std::shared_ptr<Attempt>& attempt, FenceOutcome outcome,
                          const std::string& why) {
  const bool bad_host = outcome == FenceOutcome::kBadHost;
  attempt->only_bad_hosts = attempt->only_bad_hosts && bad_host;
  talk_.tell({.kind = bad_host ? FenceEvent::Kind::kNotItsHost : FenceEvent::Kind::kNotReset,
              .device = attempt->slot->name,
              .peer = attempt->victim.value(),
              .detail = why});
  if (attempt->detail.size() < kMostDetail) {
    attempt->detail +=
        fmt::format("{}{}: {}", attempt->detail.empty() ? "" : "; ", attempt->slot->name, why);
  }
  try_next(attempt);
}

void FenceDevices::finish(const std::shared_ptr<Attempt>& attempt, FenceOutcome result) {
  attempts_.erase(attempt->run);
  attempt->conversation->over = true;
  attempt->let_go();
  if (attempt->slots.empty()) attempt->detail = "no device";
  const Done done = std::move(attempt->done);
  done({result, std::move(attempt->detail)});  // last: it may destroy this object
}

}  // namespace hb::io
