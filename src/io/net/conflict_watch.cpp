#include "io/net/conflict_watch.h"

#include <algorithm>

#include <fmt/format.h>

namespace hb::io {
namespace {

constexpr unsigned kProbes = 3;

std::string hardware_text(const HardwareAddress& address) {
  return fmt::format("{:02x}", fmt::join(address, ":"));
}

}  // namespace

Expected<std::unique_ptr<ConflictWatch>, IoError> ConflictWatch::start(
    asio::io_context& loop, ArpListener& listener, const IpAddress& address, const Link& link,
    std::vector<HardwareAddress> ours, Duration duration, Done done) {
  if (!link.arp || address.family() != AddressFamily::kIpv4) {
    return unexpected(IoError{EOPNOTSUPP, "probe for " + address.text() + " on " + link.name});
  }
  auto watch = std::make_unique<ConflictWatch>(loop, listener, address, link, std::move(ours),
                                               std::move(done));
  if (auto listening = watch->listen(); !listening) {
    return unexpected(std::move(listening).error());
  }
  watch->probe(kProbes, duration / kProbes);
  return watch;
}

ConflictWatch::ConflictWatch(asio::io_context& loop, ArpListener& listener,
                             const IpAddress& address, Link link, std::vector<HardwareAddress> ours,
                             Done done)
    : listener_(listener),
      address_(address),
      link_(std::move(link)),
      ours_(std::move(ours)),
      done_(std::move(done)),
      timer_(loop),
      alive_(std::make_shared<bool>(true)) {}

ConflictWatch::~ConflictWatch() {
  if (listening_) listener_.ignore(address_);
}

Expected<void, IoError> ConflictWatch::listen() {
  auto listening = listener_.listen(address_, [this](const ArpPacket& packet, int link) {
    const bool is_ours =
        std::find(ours_.begin(), ours_.end(), packet.sender_hardware) != ours_.end();
    if (link != link_.index || is_ours) return;
    finish(AddressConflict{address_, link_.name, hardware_text(packet.sender_hardware)});
  });
  listening_ = listening.has_value();
  return listening;
}

void ConflictWatch::probe(unsigned left, Duration spacing) {
  if (left == 0) {
    finish(std::nullopt);
    return;
  }
  listener_.probe(address_, link_);
  timer_.expires_after(spacing);
  timer_.async_wait(
      [this, left, spacing, alive = std::weak_ptr(alive_)](const std::error_code& error) {
        if (!error && !alive.expired()) probe(left - 1, spacing);
      });
}

void ConflictWatch::finish(std::optional<AddressConflict> conflict) {
  timer_.cancel();
  listener_.ignore(address_);
  listening_ = false;
  alive_.reset();
  // The callback may destroy this object.
  const Done done = std::move(done_);
  done(std::move(conflict));
}

}  // namespace hb::io
