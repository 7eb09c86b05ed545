#include "io/net/arp_listener.h"

#include "io/net/packet_socket.h"

namespace hb::io {

ArpListener::ArpListener(asio::io_context& loop)
    : socket_(loop), alive_(std::make_shared<bool>(true)) {}

Expected<void, IoError> ArpListener::listen(const IpAddress& address, Handler handler) {
  if (auto opened = open(); !opened) return opened;
  handlers_[address] = std::move(handler);
  set_filter();
  return {};
}

void ArpListener::ignore(const IpAddress& address) {
  if (handlers_.erase(address) != 0) set_filter();
}

void ArpListener::probe(const IpAddress& address, const Link& link) {
  if (!open()) return;
  static_cast<void>(
      send_to_all(socket_.native_handle(), link, kEtherTypeArp, encode(arp_probe(address, link))));
}

Expected<void, IoError> ArpListener::open() {
  if (socket_.is_open()) return {};
  auto socket = open_arp_socket(kAllLinks);
  if (!socket) return unexpected(std::move(socket).error());
  socket_.assign(socket->release());
  wait();
  return {};
}

void ArpListener::set_filter() {
  std::vector<IpAddress> senders;
  senders.reserve(handlers_.size());
  for (const auto& [address, handler] : handlers_) senders.push_back(address);
  let_through_arp_from(socket_.native_handle(), senders);
}

void ArpListener::wait() {
  socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [this, alive = std::weak_ptr(alive_)](const std::error_code& error) {
                       if (error || alive.expired()) return;
                       read_packets();
                       if (!alive.expired()) wait();
                     });
}

// A bounded number of packets a turn, so that a flood of ARP cannot hold up the loop.
void ArpListener::read_packets() {
  constexpr int kPacketsATurn = 64;
  const std::weak_ptr<bool> alive = alive_;
  for (int i = 0; i < kPacketsATurn && !alive.expired(); ++i) {
    const ReceivedPacket received = receive_packet(socket_.native_handle());
    if (received.bytes.empty()) return;
    const auto packet = decode_arp(received.bytes);
    const auto found = packet ? handlers_.find(packet->sender) : handlers_.end();
    if (found == handlers_.end()) continue;
    const Handler handler = found->second;  // it may end the listening
    handler(*packet, received.link);
  }
}

}  // namespace hb::io
