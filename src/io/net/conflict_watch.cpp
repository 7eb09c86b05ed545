#include "io/net/conflict_watch.h"

#include <algorithm>

#include <fmt/format.h>

#include "io/net/arp_packet.h"
#include "io/net/packet_socket.h"

namespace hb::io {
namespace {

constexpr unsigned kProbes = 3;

std::string hardware_text(const HardwareAddress& address) {
  return fmt::format("{:02x}", fmt::join(address, ":"));
}

}  // namespace

Expected<std::unique_ptr<ConflictWatch>, IoError> ConflictWatch::start(
    asio::io_context& loop, const IpAddress& address, const Link& link,
    std::vector<HardwareAddress> ours, Duration duration, Done done) {
  if (!link.arp || address.family() != AddressFamily::kIpv4) {
    return unexpected(IoError{EOPNOTSUPP, "probe for " + address.text() + " on " + link.name});
  }
  auto watch =
      std::make_unique<ConflictWatch>(loop, address, link, std::move(ours), std::move(done));
  if (auto opened = watch->open(); !opened) return unexpected(std::move(opened).error());
  watch->listen();
  watch->probe(kProbes, duration / kProbes);
  return watch;
}

ConflictWatch::ConflictWatch(asio::io_context& loop, const IpAddress& address, Link link,
                             std::vector<HardwareAddress> ours, Done done)
    : address_(address),
      link_(std::move(link)),
      ours_(std::move(ours)),
      done_(std::move(done)),
      socket_(loop),
      timer_(loop),
      alive_(std::make_shared<bool>(true)) {}

Expected<void, IoError> ConflictWatch::open() {
  auto socket = open_arp_socket(link_);
  if (!socket) return unexpected(std::move(socket).error());
  socket_.assign(socket->release());
  return {};
}

void ConflictWatch::probe(unsigned left, Duration spacing) {
  if (left == 0) {
    finish(std::nullopt);
    return;
  }
  // A probe that cannot be sent is no reason not to listen.
  static_cast<void>(send_to_all(socket_.native_handle(), link_, kEtherTypeArp,
                                encode(arp_probe(address_, link_))));
  timer_.expires_after(spacing);
  timer_.async_wait(
      [this, left, spacing, alive = std::weak_ptr(alive_)](const std::error_code& error) {
        if (!error && !alive.expired()) probe(left - 1, spacing);
      });
}

void ConflictWatch::listen() {
  socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [this, alive = std::weak_ptr(alive_)](const std::error_code& error) {
                       if (error || alive.expired()) return;
                       if (const auto conflict = read_conflict()) {
                         finish(conflict);
                       } else {
                         listen();
                       }
                     });
}

// A bounded number of packets a turn, so that a flood of ARP cannot hold up the loop.
std::optional<AddressConflict> ConflictWatch::read_conflict() {
  constexpr int kPacketsATurn = 64;
  for (int i = 0; i < kPacketsATurn; ++i) {
    const auto bytes = receive_packet(socket_.native_handle());
    if (bytes.empty()) return std::nullopt;
    const auto packet = decode_arp(bytes);
    if (packet && packet->sender == address_ &&
        std::find(ours_.begin(), ours_.end(), packet->sender_hardware) == ours_.end()) {
      return AddressConflict{address_, link_.name, hardware_text(packet->sender_hardware)};
    }
  }
  return std::nullopt;
}

void ConflictWatch::finish(std::optional<AddressConflict> conflict) {
  timer_.cancel();
  socket_.close();
  // The callback may destroy this object.
  const Done done = std::move(done_);
  done(std::move(conflict));
}

}  // namespace hb::io
