#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/net/name_lookup.h"
#include "io/process/process_runner.h"

namespace hb::io {

// Looks names up by getent(1) in a child process: whatever /etc/nsswitch.conf names is asked, hosts
// file and name servers alike, and a resolver that hangs costs a child that is killed, not a thread
// that nobody can end. It takes a few milliseconds of its own; names are asked for once a minute.
class GetentLookup final : public NameLookup {
 public:
  static constexpr Duration kTimeLimit = std::chrono::seconds(20);

  // The runner must outlive it.
  explicit GetentLookup(ProcessRunner& runner, std::string program = "/usr/bin/getent")
      : runner_(runner), program_(std::move(program)) {}

  void look_up(const std::string& name, bool ipv6, Done done) override;

 private:
  ProcessRunner& runner_;
  std::string program_;
};

// The address at the beginning of a line of `getent ahostsv4` or `ahostsv6`; none if there is none,
// or if it is an IPv4 address in the clothes of IPv6.
[[nodiscard]] std::optional<asio::ip::address> address_of_getent(std::string_view line);

}  // namespace hb::io
