#pragma once

#include <string>
#include <vector>

#include "config/configuration.h"
#include "config/world.h"

// The real machine behind the checks, and the real files. A target of its own (hb_config_system),
// so that the parsers cannot reach it.
namespace hb::config {

// Asks the system each time. May block for as long as the resolver does.
class SystemWorld final : public World {
 public:
  enum class Occasion { kCheck, kCheckOfReload, kStart, kReload };
  explicit SystemWorld(Occasion occasion = Occasion::kCheck) : occasion_(occasion) {}

  [[nodiscard]] bool has_time() const override {
    return occasion_ == Occasion::kCheck || occasion_ == Occasion::kCheckOfReload;
  }
  [[nodiscard]] bool daemon_runs() const override {
    return occasion_ == Occasion::kReload || occasion_ == Occasion::kCheckOfReload;
  }
  [[nodiscard]] std::optional<InterfaceFacts> interface(std::string_view name) const override;
  [[nodiscard]] std::optional<IpAddress> resolve(std::string_view host,
                                                 AddressFamily family) const override;
  [[nodiscard]] bool is_own_address(const IpAddress& address) const override;
  [[nodiscard]] std::optional<std::uint32_t> user_id(std::string_view name) const override;
  [[nodiscard]] std::optional<std::uint32_t> group_id(std::string_view name) const override;
  [[nodiscard]] std::optional<UserFacts> user(std::string_view name) const override;
  [[nodiscard]] std::optional<PathFacts> path(std::string_view path) const override;
  [[nodiscard]] std::vector<std::string> names_in(std::string_view directory) const override;
  [[nodiscard]] std::optional<std::string> read(std::string_view path) const override;
  [[nodiscard]] std::optional<std::uint16_t> udp_port(std::string_view service) const override;
  [[nodiscard]] std::optional<std::string> udp_service(std::uint16_t port) const override;

 private:
  Occasion occasion_;
};

// A configuration file larger than this is none; it is refused with EFBIG.
inline constexpr std::size_t kLargestSource = 16U << 20U;

// Contents, mode and owner of one and the same file; on failure no text and errno. A directory is
// refused with EISDIR, a device or FIFO with EINVAL.
[[nodiscard]] SourceFile read_source(const std::string& path);

// Name of this node by the file `nodeinfo`, if there is one, and by `uname -n` as it is now; see
// local_node_name().
[[nodiscard]] NodeName read_node_name(const std::string& nodeinfo);

struct SourcePaths {
  std::string ha_cf = "/etc/ha.d/ha.cf";
  std::string authkeys = "/etc/ha.d/authkeys";
  std::string haresources = "/etc/ha.d/haresources";
  std::string nodeinfo = "/etc/ha.d/nodeinfo";
};

// Everything that check() wants to see, as it is at this moment; this node by nodeinfo or uname -n.
[[nodiscard]] Sources read_sources(const SourcePaths& paths, bool resource_management);

}  // namespace hb::config
