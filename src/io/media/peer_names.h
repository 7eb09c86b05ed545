#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/address.hpp>
#include <asio/steady_timer.hpp>

#include "io/net/name_lookup.h"

namespace hb::io {

// The peers of a medium that are given by name: asks for their addresses when told to, keeps the
// last answer, and asks anew from time to time, since names move. A name that does not resolve any
// more keeps the address that it had: names are often served from behind the very link that fails.
class PeerNames {
 public:
  static constexpr std::chrono::seconds kAgain{60};      // after an answer
  static constexpr std::chrono::seconds kUnresolved{5};  // after none
  static constexpr std::chrono::seconds kSoonest{5};     // for questions that trouble causes

  struct Events {
    std::function<void()> changed;  // addresses() answers otherwise than before
    std::function<void(const std::string& name, bool resolves)> told;  // once for each change
  };

  // Without a lookup, names have no addresses.
  PeerNames(asio::io_context& loop, NameLookup* lookup, std::vector<std::string> names, bool ipv6,
            Events events);

  // Asks now; nothing without names.
  void start() { ask(); }
  // A peer cannot be reached, or the interface has changed: asks again, unless it was just done.
  void doubt();

  [[nodiscard]] std::vector<asio::ip::address> addresses() const;
  // That of one of the names; none before it resolves for the first time.
  [[nodiscard]] std::optional<asio::ip::address> address_of(std::string_view name) const;

 private:
  struct Peer {
    std::string name;
    std::vector<asio::ip::address> addresses;  // of the last lookup that found any
    bool told_unresolved = false;
  };

  void ask();
  void answered(Peer& peer, std::vector<asio::ip::address> addresses);

  NameLookup* lookup_;
  std::vector<Peer> peers_;
  bool ipv6_;
  Events events_;
  asio::steady_timer timer_;
  std::size_t open_questions_ = 0;
  std::chrono::steady_clock::time_point asked_{};
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace hb::io
