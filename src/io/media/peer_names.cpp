#include "io/media/peer_names.h"

#include <algorithm>
#include <utility>

namespace hb::io {

PeerNames::PeerNames(asio::io_context& loop, NameLookup* lookup, std::vector<std::string> names,
                     bool ipv6, Events events)
    : lookup_(lookup), ipv6_(ipv6), events_(std::move(events)), timer_(loop) {
  for (std::string& name : names) peers_.push_back({std::move(name), {}});
}

std::vector<asio::ip::address> PeerNames::addresses() const {
  std::vector<asio::ip::address> all;
  for (const Peer& peer : peers_) {
    // One of them: the same packet to several addresses of a host is of no more use.
    if (!peer.addresses.empty()) all.push_back(peer.addresses.front());
  }
  return all;
}

std::optional<asio::ip::address> PeerNames::address_of(std::string_view name) const {
  const auto peer = std::find_if(peers_.begin(), peers_.end(),
                                 [&](const Peer& each) { return each.name == name; });
  if (peer == peers_.end() || peer->addresses.empty()) return std::nullopt;
  return peer->addresses.front();
}

void PeerNames::doubt() {
  if (std::chrono::steady_clock::now() - asked_ >= kSoonest) ask();
}

void PeerNames::ask() {
  if (lookup_ == nullptr || open_questions_ > 0 || peers_.empty()) return;
  timer_.cancel();
  asked_ = std::chrono::steady_clock::now();
  open_questions_ = peers_.size();
  for (Peer& peer : peers_) {  // never grows or shrinks
    lookup_->look_up(
        peer.name, ipv6_,
        [this, &peer, alive = std::weak_ptr(alive_)](std::vector<asio::ip::address> addresses) {
          if (!alive.expired()) answered(peer, std::move(addresses));
        });
  }
}

void PeerNames::answered(Peer& peer, std::vector<asio::ip::address> addresses) {
  const bool resolves = !addresses.empty();
  if (std::exchange(peer.told_unresolved, !resolves) == resolves) events_.told(peer.name, resolves);
  // The order of several addresses changes from answer to answer; the one in use stays if it may.
  const bool keeps =
      !peer.addresses.empty() &&
      std::find(addresses.begin(), addresses.end(), peer.addresses.front()) != addresses.end();
  if (resolves && !keeps) {
    peer.addresses = std::move(addresses);
    events_.changed();
  }
  if (--open_questions_ > 0) return;
  const bool all = std::none_of(peers_.begin(), peers_.end(),
                                [](const Peer& each) { return each.told_unresolved; });
  timer_.expires_after(all ? kAgain : kUnresolved);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](const std::error_code& error) {
    if (!error && !alive.expired()) ask();
  });
}

}  // namespace hb::io
