#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What `crm`/`pacemaker` stands for: lines that nobody has to write (spec: ha-cf 5.5).
namespace hb::config {

enum class ManagerMode : std::uint8_t {
  kOff,
  kOn,        // some of its daemons are failfast
  kRespawn,   // none is
  kMinimal,   // `minimal` or `manual`: without stonithd and attrd
  kCcmOnly,   // the membership service alone
  kValgrind,  // as respawn, some daemons below valgrind
};

// A value of the directive, in any case; none if it is not one.
[[nodiscard]] std::optional<ManagerMode> parse_manager_mode(std::string_view text);

struct ManagerOptions {
  std::string daemon_dir = "/usr/libexec/pacemaker";  // `crm_daemon_dir`
  bool crmd_spawns_pengine = true;
};

// As if these lines stood in the file, in this order.
struct ManagerLines {
  struct Auth {  // apiauth CLIENT uid=USER; a line of the file's own for the client wins
    std::string client, user;
    friend bool operator==(const Auth&, const Auth&) = default;
  };
  struct Client {  // respawn or failfast USER COMMAND
    std::string user, command;
    bool failfast = false;
    friend bool operator==(const Client&, const Client&) = default;
  };
  std::vector<Auth> auth;
  std::vector<Client> clients;
  std::vector<std::string> missing;  // daemons that were not found; with any, the line is refused
  std::vector<std::pair<std::string, std::string>> environment;  // exported to all
};

/// @param is_program  whether there is an executable file of this path.
[[nodiscard]] ManagerLines expand_manager(
    ManagerMode mode, const ManagerOptions& options,
    const std::function<bool(const std::string& path)>& is_program);

}  // namespace hb::config
