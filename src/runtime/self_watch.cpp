#include "runtime/self_watch.h"

#include <filesystem>

#include <unistd.h>

namespace hb::runtime {

SelfWatch::SelfWatch(asio::io_context& loop, io::Log& log) : loop_(loop), log_(log) {}

void SelfWatch::configure(const config::HaCf& ha_cf) {
  const bool other_times = deadtime_ != ha_cf.deadtime || warntime_ != ha_cf.warntime;
  deadtime_ = ha_cf.deadtime;
  warntime_ = ha_cf.warntime;
  if (ha_cf.watchdog != device_) {
    if (watchdog_) disarm();
    device_ = ha_cf.watchdog;
    arm_wanted_ = device_.has_value();
  } else if (watchdog_ && other_times) {
    set_timeout();
  } else if (device_ && !watchdog_) {
    arm_wanted_ = true;  // it was not to be had; a reload tries again
  }
  if (other_times || ha_cf.use_apphbd != (apphbd_ != nullptr)) configure_apphbd(ha_cf);
}

void SelfWatch::configure_apphbd(const config::HaCf& ha_cf) {
  if (apphbd_) apphbd_->stop();
  apphbd_.reset();
  if (!ha_cf.use_apphbd) return;
  std::error_code ignored;
  io::ApphbdClient::Options options{
      .registration = {.application = "heartbeat",
                       .instance = "master_control_process",  // as 3.0.6
                       .directory = std::filesystem::current_path(ignored).string(),
                       .pid = ::getpid(),
                       .uid = ::getuid(),
                       .gid = ::getgid()},
      .interval = deadtime_,
      .warntime = warntime_};
  apphbd_ = std::make_unique<io::ApphbdClient>(
      loop_, std::move(options), [this](const io::ApphbdClient::News& news) {
        if (news.registered) return log_.say<"apphbd-registered">(news.text);
        log_.say<"apphbd-away">(news.text, io::ApphbdClient::kRetry.count());
      });
  apphbd_->start();
}

void SelfWatch::alive() {
  if (std::exchange(arm_wanted_, false)) arm();
  if (watchdog_) {
    if (const auto failed = watchdog_->tickle()) {
      log_.say<"watchdog-lost">(failed->text());
      watchdog_.reset();
    }
  }
  if (apphbd_) apphbd_->heartbeat();
}

void SelfWatch::arm() {
  auto opened = io::Watchdog::open(*device_);
  if (!opened) {
    log_.say<"watchdog-not-opened">(opened.error().text());
    return;
  }
  watchdog_ = std::move(*opened);
  set_timeout();
}

void SelfWatch::set_timeout() {
  const auto timeout = io::watchdog_timeout(deadtime_);
  if (const auto failed = watchdog_->set_timeout(timeout)) {
    log_.say<"watchdog-timeout-kept">(failed->text());
    return;
  }
  log_.say<"watchdog-armed">(*device_, timeout.count());
}

void SelfWatch::disarm() {
  if (const auto failed = watchdog_->disarm()) {
    log_.say<"watchdog-not-disarmed">(failed->text());
  }
  watchdog_.reset();
}

void SelfWatch::leave() {
  if (watchdog_) disarm();
  arm_wanted_ = false;
  device_.reset();
  if (apphbd_) apphbd_->stop();
  apphbd_.reset();
}

}  // namespace hb::runtime
