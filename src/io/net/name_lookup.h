#pragma once

#include <functional>
#include <string>
#include <vector>

#include <asio/ip/address.hpp>

namespace hb::io {

// Finds the addresses of names, taking its time elsewhere than on the loop.
class NameLookup {
 public:
  // `addresses` is empty if the name does not resolve now.
  using Done = std::function<void(std::vector<asio::ip::address> addresses)>;

  // Answers once, from the loop, never from within the call, within a bounded time.
  virtual void look_up(const std::string& name, bool ipv6, Done done) = 0;

 protected:
  ~NameLookup() = default;
};

}  // namespace hb::io
