#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/service_address.h"
#include "io/media/medium.h"
#include "io/media/ping/echo_rounds.h"
#include "io/media/udp_medium.h"

namespace hb::io {

// One host to be asked. One without an address is a name that the medium looks up, again and again;
// until it has an address it is not asked.
struct PingHost {
  std::string text;  // as written
  std::optional<IpAddress> address;

  friend bool operator==(const PingHost&, const PingHost&) = default;
};

// `ping HOST`, `ping6 HOST`: one host; `ping_group NAME HOST…`: several that count as one ping
// node.
struct PingConfig {
  std::string type;  // the directive
  std::string name;  // of the ping node
  AddressFamily family = AddressFamily::kIpv4;
  std::vector<PingHost> hosts;

  friend bool operator==(const PingConfig&, const PingConfig&) = default;
};

// The way to one ping node (spec: wire-protocol 14.5). send() asks each of its hosts to send the
// packet back; the observer gets it, once a round, when the first of them has, and only if it is
// what was sent to that host (see EchoRounds). Whether the packet is signed by us the observer
// looks at, as with any medium.
//
// A host that cannot be asked (no route, no neighbour, an address that the kernel refuses) is told
// once and counts as silent: the ping node's death is the answer to that, not an error of ours.
class PingMedium : public Medium {
 public:
  // The address of a host, now known or changed.
  virtual void set_address(std::size_t host, const IpAddress& address) = 0;
  [[nodiscard]] virtual const PingConfig& config() const = 0;
  [[nodiscard]] virtual const PingHostStatistics& host_statistics(std::size_t host) const = 0;
};

// Not open yet.
[[nodiscard]] std::unique_ptr<PingMedium> make_ping_medium(const MediaContext& context,
                                                           PingConfig config);

}  // namespace hb::io
