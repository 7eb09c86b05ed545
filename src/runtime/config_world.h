#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/world.h"

namespace hb::runtime {

// What the checks of configuration ask about the machine, answered by this machine. Blocks (name
// resolution, files), so for start, check and reload only.
class ConfigWorld final : public config::World {
 public:
  std::optional<config::InterfaceFacts> interface(std::string_view name) const override;
  std::optional<IpAddress> resolve_ipv4(std::string_view host) const override;
  std::optional<std::uint32_t> user_id(std::string_view name) const override;
  std::optional<std::uint32_t> group_id(std::string_view name) const override;
  std::optional<config::PathFacts> path(std::string_view path) const override;
  std::optional<std::string> read(std::string_view path) const override;
  std::optional<std::uint16_t> udp_port(std::string_view service) const override;
  std::optional<std::string> udp_service(std::uint16_t port) const override;
};

}  // namespace hb::runtime
