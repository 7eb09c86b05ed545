#include "io/net/announcer.h"

#include <algorithm>

#include "io/net/arp_packet.h"
#include "io/net/packet_socket.h"

namespace hb::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::vector<Duration> kRefreshes = {seconds(1), seconds(5), seconds(30)};

// Packets of one round: for IPv4 an ARP request and an ARP reply.
std::size_t packets_a_round(const IpAddress& address) {
  return address.family() == AddressFamily::kIpv4 ? 2 : 1;
}

}  // namespace

AnnounceSchedule ipaddr2_announcements() { return {5, milliseconds(100), kRefreshes}; }
AnnounceSchedule ipaddr_announcements() { return {10, milliseconds(250), kRefreshes}; }
AnnounceSchedule ipv6addr_announcements() { return {5, milliseconds(200), kRefreshes}; }

std::vector<Duration> packet_times(const AnnounceSchedule& schedule, std::size_t packets_a_round) {
  std::vector<Duration> times;
  Duration at = Duration::zero();
  for (std::size_t packet = 0; packet < schedule.rounds * packets_a_round; ++packet) {
    times.push_back(at);
    at += schedule.spacing;
  }
  const Duration end = times.empty() ? Duration::zero() : times.back();
  for (const Duration& refresh : schedule.refreshes) {
    at = end + refresh;
    for (std::size_t packet = 0; packet < packets_a_round; ++packet) {
      times.push_back(at);
      at += schedule.spacing;
    }
  }
  return times;
}

Announcer::Announcer(asio::io_context& loop, LinkMonitor& monitor)
    : loop_(loop), monitor_(monitor), alive_(std::make_shared<bool>(true)) {
  subscription_ = monitor_.subscribe([this](const LinkEvent& event) { on_link_event(event); });
}

Expected<void, IoError> Announcer::start(const IpAddress& address, int link,
                                         const AnnounceSchedule& schedule) {
  announcements_.erase(address);
  const Link* on = monitor_.find(link);
  if (on == nullptr) {
    return unexpected(IoError{ENODEV, "announce " + address.text()});
  }
  if (!on->arp || schedule.rounds == 0) return {};
  if (!socket_) {
    auto socket = open_sending_packet_socket();
    if (!socket) return unexpected(std::move(socket).error());
    socket_ = std::move(*socket);
  }
  const auto [entry, is_new] =
      announcements_.emplace(address, Announcement{link,
                                                   packet_times(schedule, packets_a_round(address)),
                                                   0,
                                                   {},
                                                   asio::steady_timer(loop_)});
  return begin(address, entry->second);
}

void Announcer::stop(const IpAddress& address) { announcements_.erase(address); }

Expected<void, IoError> Announcer::begin(const IpAddress& address, Announcement& announcement) {
  announcement.next = 0;
  announcement.begun = std::chrono::steady_clock::now();
  return go_on(address, announcement);
}

Expected<void, IoError> Announcer::go_on(const IpAddress& address, Announcement& announcement) {
  auto sent = send_packet(address, announcement);
  ++(sent ? sent_ : refused_);  // refused: the link is down now; its return begins anew
  ++announcement.next;
  // A finished announcement is kept, for the link may lose and regain its carrier.
  if (announcement.next == announcement.times.size()) return sent;

  announcement.timer.expires_at(announcement.begun + announcement.times[announcement.next]);
  announcement.timer.async_wait(
      [this, address, alive = std::weak_ptr(alive_)](const std::error_code& error) {
        if (error || alive.expired()) return;
        const auto found = announcements_.find(address);
        if (found == announcements_.end() || found->second.next == found->second.times.size()) {
          return;
        }
        static_cast<void>(go_on(address, found->second));
      });
  return sent;
}

Expected<void, IoError> Announcer::send_packet(const IpAddress& address,
                                               const Announcement& announcement) {
  const Link* link = monitor_.find(announcement.link);
  if (link == nullptr) return unexpected(IoError{ENODEV, "announce " + address.text()});
  if (address.family() == AddressFamily::kIpv6) {
    return send_to_all(socket_.get(), *link, kEtherTypeIpv6,
                       neighbour_advertisement(address, *link));
  }
  const ArpOperation operation =
      announcement.next % 2 == 0 ? ArpOperation::kRequest : ArpOperation::kReply;
  return send_to_all(socket_.get(), *link, kEtherTypeArp,
                     encode(gratuitous_arp(operation, address, *link)));
}

bool Announcer::is_on(const IpAddress& address, int link) const {
  const auto& present = monitor_.addresses();
  return std::any_of(present.begin(), present.end(), [&](const LinkAddress& candidate) {
    return candidate.address == address && candidate.link == link;
  });
}

void Announcer::on_link_event(const LinkEvent& event) {
  if (event.change == LinkChange::kAddressRemoved && event.address) {
    const auto found = announcements_.find(event.address->address);
    // Events tell the past: the address may be back by now.
    if (found != announcements_.end() && !is_on(event.address->address, found->second.link)) {
      announcements_.erase(found);
    }
  }
  if (event.change != LinkChange::kCarrierGained) return;
  for (auto& [address, announcement] : announcements_) {
    if (announcement.link != event.link.index) continue;
    static_cast<void>(begin(address, announcement));
  }
}

bool Announcer::idle() const {
  return std::all_of(announcements_.begin(), announcements_.end(), [](const auto& entry) {
    return entry.second.next == entry.second.times.size();
  });
}

}  // namespace hb::io
