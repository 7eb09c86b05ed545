#include "config/checks.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/overloaded.h"
#include "base/service_address.h"
#include "base/text.h"
#include "config/logging_policy.h"
#include "config/times.h"

namespace hb::config {
namespace {

bool is_listed(const HaCf& ha_cf, const NodeName& name) {
  return std::any_of(ha_cf.nodes.begin(), ha_cf.nodes.end(),
                     [&](const auto& node) { return node.value == name; });
}

// Loopback addresses that no interface lists, such as Debian's 127.0.1.1, as well.
bool is_ours(const IpAddress& address, const World& world) {
  static const IpAddress kLoopback = IpAddress::parse("127.0.0.0").value();
  const bool ipv4 = address.family() == AddressFamily::kIpv4;
  return world.is_own_address(address) || (ipv4 && address.is_within(kLoopback, 8));
}

// The host that a medium of one peer names; none for the others.
std::optional<std::string> peer_host(const Medium& medium) {
  return std::visit(
      Overloaded{
          [](const Ucast& m) -> std::optional<std::string> { return m.host; },
          [](const Tcp& m) -> std::optional<std::string> { return m.host; },
          [](const Ucast6& m) -> std::optional<std::string> { return m.address.text(); },
          [](const auto&) -> std::optional<std::string> { return std::nullopt; },
      },
      medium);
}

// A name is looked up only where there is time for it.
std::optional<IpAddress> address_of(const std::string& host,
                                    const std::optional<IpAddress>& address, AddressFamily family,
                                    const World& world) {
  return address || !world.has_time() ? address : world.resolve(host, family);
}

std::optional<IpAddress> peer_address(const Medium& medium, const World& world) {
  using Found = std::optional<IpAddress>;
  constexpr auto kIpv4 = AddressFamily::kIpv4;
  return std::visit(
      Overloaded{
          [&](const Ucast& m) -> Found { return address_of(m.host, m.address, kIpv4, world); },
          [&](const Tcp& m) -> Found { return address_of(m.host, m.address, kIpv4, world); },
          [&](const Ucast6& m) -> Found { return m.address; },
          [](const auto&) -> Found { return std::nullopt; },
      },
      medium);
}

// What is wrong with pinging a host. A ping node is to tell whether the network beyond the cluster
// can be reached, so it must be neither in the cluster nor wherever the cluster's services are.
class PingCheck {
 public:
  PingCheck(const HaCfResult& parsed, const std::vector<Located<IpAddress>>& service_addresses,
            const World& world)
      : parsed_(parsed), service_addresses_(service_addresses), world_(world) {}

  std::vector<Diagnostic> run() && {
    for (const auto& [medium, where] : parsed_.ha_cf.media) {
      const auto name = ping_node(medium);
      if (name && is_node(name->value())) check_name(name->value(), where);
    }
    if (!parsed_.pinged.empty()) look_up_peers();
    for (const PingTarget& target : parsed_.pinged) check_target(target);
    return std::move(diagnostics_).take();
  }

 private:
  static constexpr std::string_view kOutside = "a host outside of the cluster, such as a router";

  void look_up_peers() {
    for (const auto& [medium, where] : parsed_.ha_cf.media) {
      if (const auto address = peer_address(medium, world_)) {
        peers_.emplace(*address, medium_type(medium));
      }
    }
  }

  [[nodiscard]] bool is_node(std::string_view name) const {
    return is_listed(parsed_.ha_cf, NodeName(to_lower(name)));
  }

  // Ours keeps the two apart. 3.0.6 takes an answer for a sign of the node, and so does not notice
  // that the node is dead.
  void check_name(const std::string& name, const Location& where) {
    diagnostics_.warning(
        where,
        fmt::format("ping node {} is a node of the cluster as well: logs and scripts cannot tell "
                    "the two apart, and to 3.0.6 the node lives as long as that host answers",
                    name),
        name, "the name or address of a machine that does not run heartbeat");
  }

  void check_target(const PingTarget& target) {
    const bool in_group = target.directive == "ping_group";
    const std::string what =
        fmt::format("{} {}", in_group ? "ping_group: host" : "ping node", target.host);
    if (is_node(target.host)) {
      if (in_group) tell(target, what + " is a node of the cluster");
      return;  // of any other kind, the name was told of
    }
    const auto address = address_of(target.host, target.address, target.family, world_);
    if (!address) return;
    if (is_ours(*address, world_)) {
      tell(target, what + " is this machine, which always answers");
    } else if (const auto peer = peers_.find(*address); peer != peers_.end()) {
      tell(target, fmt::format("{} is a node of the cluster as well: {} has its address", what,
                               peer->second));
    } else if (const auto line = service_line_of(*address)) {
      tell(target, fmt::format("{} is a service address, on line {} of haresources: it answers "
                               "from whichever node has it",
                               what, *line));
    }
  }

  void tell(const PingTarget& target, std::string problem) {
    diagnostics_.warning(target.where, std::move(problem), target.host, std::string(kOutside));
  }

  [[nodiscard]] std::optional<unsigned> service_line_of(const IpAddress& address) const {
    for (const auto& [service_address, where] : service_addresses_) {
      if (service_address == address) return where.line;
    }
    return std::nullopt;
  }

  const HaCfResult& parsed_;
  const std::vector<Located<IpAddress>>& service_addresses_;
  const World& world_;
  std::map<IpAddress, std::string_view> peers_;  // and the type of the medium that leads there
  Diagnostics diagnostics_;
};

class WholeFileCheck {
 public:
  WholeFileCheck(const HaCfResult& parsed, const std::string& file, const NodeName& self,
                 bool resource_management, const World& world)
      : ha_cf_(parsed.ha_cf),
        refused_(parsed.refused),
        file_(file),
        self_(self),
        resource_management_(resource_management),
        world_(world) {}

  std::vector<Diagnostic> run() && {
    check_media();
    check_lines();
    check_nodes();
    check_timers();
    check_units();
    check_autojoin();
    check_failback();
    check_logging();
    check_watchdog();
    return std::move(diagnostics_).take();
  }

 private:
  void check_media() {
    const bool attempted = any_medium_refused();
    if (ha_cf_.media.empty() && !attempted) {
      diagnostics_.error(whole(), "No heartbeat media defined", "",
                         "at least one line such as: bcast eth0");
    }
    if (carries_nothing() && !attempted && !ha_cf_.media.empty()) {
      diagnostics_.error(whole(), "Nothing carries heartbeats: ping nodes are only asked", "",
                         "at least one bcast, ucast, mcast or serial line");
    }
    if (!attempted) check_reach();
  }

  [[nodiscard]] bool any_medium_refused() const {
    constexpr std::array kMedia =
        std::to_array<std::string_view>({"bcast", "ucast", "mcast", "ucast6", "mcast6", "serial",
                                         "tcp", "ping", "ping6", "ping_group", "hbaping"});
    return std::any_of(kMedia.begin(), kMedia.end(),
                       [this](std::string_view name) { return !good(name); });
  }

  // Identical files on all nodes name this one too, but some line must lead to another.
  void check_reach() {
    if (ha_cf_.nodes.size() == 1 && ha_cf_.autojoin == Autojoin::kNone) return;
    const Located<Medium>* first = nullptr;
    for (const Located<Medium>& medium : ha_cf_.media) {
      if (ping_node(medium.value)) continue;
      if (!names_us(medium.value) && !is_loopback(medium.value)) return;
      if (first == nullptr) first = &medium;
    }
    if (first == nullptr) return;
    const std::string_view type = medium_type(first->value);
    if (names_us(first->value)) {
      diagnostics_.warning(
          first->where,
          fmt::format("{} names this machine only: no other node can be reached", type),
          *peer_host(first->value), "the address of the other node");
    } else {
      diagnostics_.warning(
          first->where,
          fmt::format("{} on lo stays on this machine: no other node can be reached", type), "lo",
          "an interface that leads to the other node");
    }
  }

  [[nodiscard]] static bool is_loopback(const Medium& medium) {
    return !std::holds_alternative<Serial>(medium) && link_name(medium).value() == "lo";
  }

  [[nodiscard]] bool names_us(const Medium& medium) const {
    const auto address = peer_address(medium, world_);
    return address && is_ours(*address, world_);
  }

  // Each line of a ring carries what every node says.
  void check_lines() {
    constexpr int kStatusBytes = 300;  // with its signature, in the classic form
    constexpr int kBitsPerByte = 10;
    if (!good("keepalive") || ha_cf_.keepalive <= Duration::zero()) return;
    for (const auto& [medium, where] : ha_cf_.media) {
      const auto* serial = std::get_if<Serial>(&medium);
      if (serial == nullptr) continue;
      const auto bytes =
          static_cast<double>(ha_cf_.nodes.size() * kStatusBytes) *
          (std::chrono::seconds(1) / std::chrono::duration<double>(ha_cf_.keepalive));
      const double carried = serial->baud / static_cast<double>(kBitsPerByte);
      if (bytes <= carried) continue;
      diagnostics_.warning(
          where,
          fmt::format(
              "{} carries {:.0f} bytes a second at {} baud; heartbeats of {} nodes every {} "
              "ms are about {:.0f}",
              serial->device, carried, serial->baud, ha_cf_.nodes.size(), to_ms(ha_cf_.keepalive),
              bytes),
          serial->device, "a faster line, or a longer keepalive");
    }
  }

  // A node that only pings would hear nobody, and take everything.
  [[nodiscard]] bool carries_nothing() const {
    return std::none_of(ha_cf_.media.begin(), ha_cf_.media.end(), [](const auto& medium) {
      return std::holds_alternative<Bcast>(medium.value) ||
             std::holds_alternative<Ucast>(medium.value) ||
             std::holds_alternative<Mcast>(medium.value) ||
             std::holds_alternative<Ucast6>(medium.value) ||
             std::holds_alternative<Mcast6>(medium.value) ||
             std::holds_alternative<Serial>(medium.value) ||
             std::holds_alternative<Tcp>(medium.value);
    });
  }

  void check_nodes() {
    if (ha_cf_.autojoin == Autojoin::kAny || refused_.count("node") != 0) return;
    if (ha_cf_.nodes.empty()) {
      diagnostics_.error(whole(), "no nodes defined", "", "a line such as: node ada bob");
    }
    if (!is_listed(ha_cf_, self_)) {
      diagnostics_.error(whole(),
                         fmt::format("Current node [{}] not in configuration!", self_.value()),
                         names(), fmt::format("a line: node {}", self_.value()));
      diagnostics_.info(whole(),
                        "nodes are known by the name that uname -n prints (or the first line of "
                        "/etc/ha.d/nodeinfo), in lower case" +
                            other_domain());
    }
    if (ha_cf_.nodes.size() == 1) {
      diagnostics_.info(ha_cf_.nodes.front().where, "only one node: nobody can take over from it");
    }
    if (resource_management_ && ha_cf_.nodes.size() > 2) {
      diagnostics_.warning(
          ha_cf_.nodes[2].where,
          fmt::format("{} nodes: haresources are made for two", ha_cf_.nodes.size()));
    }
  }

  void check_timers() {
    const HaCf& c = ha_cf_;
    if (good("keepalive") && good("deadtime") && c.deadtime <= 2 * c.keepalive) {
      diagnostics_.error(where("deadtime", "keepalive"),
                         fmt::format("Dead time [{} ms] is too small compared to keepalive [{} ms]",
                                     to_ms(c.deadtime), to_ms(c.keepalive)),
                         text("deadtime"), fmt::format("more than {}", format_ms(2 * c.keepalive)));
    }
    if (good("initdead") && good("deadtime")) check_initdead();
    if (is_given("deadping") && good("deadping") && good("keepalive") &&
        c.deadping <= 2 * c.keepalive) {
      diagnostics_.error(where("deadping", "keepalive"),
                         fmt::format("Ping dead time [{} ms] is too small compared to keepalive "
                                     "[{} ms]",
                                     to_ms(c.deadping), to_ms(c.keepalive)),
                         text("deadping"), fmt::format("more than {}", format_ms(2 * c.keepalive)));
    }
    if (good("warntime") && good("deadtime") && is_given("warntime") && c.warntime >= c.deadtime) {
      diagnostics_.warning(where("warntime", "deadtime"),
                           fmt::format("warntime [{} ms] is not below deadtime [{} ms]: no late "
                                       "heartbeat is ever reported",
                                       to_ms(c.warntime), to_ms(c.deadtime)),
                           text("warntime"), fmt::format("less than {}", format_ms(c.deadtime)));
    }
  }

  // `; node1.example.com is listed, with its domain`, the commonest way not to be.
  [[nodiscard]] std::string other_domain() const {
    const auto host = [](std::string_view name) { return name.substr(0, name.find('.')); };
    for (const auto& [node, where] : ha_cf_.nodes) {
      if (host(node.value()) != host(self_.value())) continue;
      return fmt::format("; {} is listed, and the domain is part of the name", node.value());
    }
    return "";
  }

  // Somebody who thinks in milliseconds writes `deadtime 10000`: nearly three hours.
  void check_units() {
    constexpr Duration kUnlikely = std::chrono::hours(1);
    for (const std::string_view name :
         {"keepalive", "warntime", "deadtime", "initdead", "deadping", "conn_logd_time"}) {
      const Parameter* parameter = find_parameter(ha_cf_, name);
      if (parameter == nullptr || !parameter->given || !good(name)) continue;
      if (parameter->text.find_first_not_of("0123456789.") != std::string::npos) continue;
      const auto time = parse_time(parameter->text, parameter->where);
      if (!time || *time < kUnlikely) continue;
      diagnostics_.warning(parameter->where,
                           fmt::format("{} is {} seconds: a number without a unit counts seconds",
                                       name, parameter->text),
                           parameter->text, fmt::format("{}ms, if that is meant", parameter->text));
    }
  }

  void check_initdead() {
    constexpr Duration kSlowNetwork = std::chrono::seconds(10);
    if (ha_cf_.initdead < ha_cf_.deadtime) {
      diagnostics_.error(where("initdead", "deadtime"),
                         fmt::format("Initial dead time [{} ms] is smaller than deadtime [{} ms]",
                                     to_ms(ha_cf_.initdead), to_ms(ha_cf_.deadtime)),
                         text("initdead"), fmt::format("at least {}", format_ms(ha_cf_.deadtime)));
    } else if (ha_cf_.initdead < kSlowNetwork) {
      diagnostics_.warning(where("initdead", "deadtime"),
                           fmt::format("Initial dead time [{} ms] may be too small! A network may "
                                       "need longer to come up at boot",
                                       to_ms(ha_cf_.initdead)),
                           text("initdead"), "at least 10 seconds");
    }
  }

  void check_autojoin() {
    if (!resource_management_ || ha_cf_.autojoin == Autojoin::kNone) return;
    diagnostics_.error(where("autojoin", "autojoin"),
                       "autojoin cannot be used with haresources: their nodes must be listed",
                       text("autojoin"), "autojoin none");
  }

  void check_failback() {
    if (!resource_management_ || ha_cf_.auto_failback != AutoFailback::kLegacy ||
        !good("auto_failback")) {
      return;
    }
    diagnostics_.warning(where("auto_failback", "auto_failback"),
                         "auto_failback is legacy: standby and takeover on request are not "
                         "available, and resources move whenever a node comes",
                         is_given("auto_failback") ? text("auto_failback") : "",
                         "auto_failback on or off");
  }

  void check_logging() {
    check_log_path("logfile", ha_cf_.logfile);
    check_log_path("debugfile", ha_cf_.debugfile);
    const bool log_refused = refused_.count("logfacility") != 0;
    if (log_refused) return;
    if (has_log_entry(ha_cf_)) {
      if (ha_cf_.use_logd == true) {
        diagnostics_.info(where("use_logd", "use_logd"),
                          "use_logd: logfile, debugfile and logfacility stand in for the logging "
                          "daemon when it cannot be reached");
      }
      return;
    }
    if (ha_cf_.use_logd == false) {
      diagnostics_.error(where("use_logd", "use_logd"),
                         "use_logd is off and no log entry is found: nothing could be logged",
                         text("use_logd"), "a logfile, debugfile or logfacility");
    } else {
      diagnostics_.info(whole(),
                        "No log entry found in ha.cf -- use logd; where it cannot be reached, "
                        "syslog facility daemon");
    }
  }

  void check_log_path(std::string_view name, const std::optional<std::string>& path) {
    if (!path) return;
    const auto tell = [&](std::string_view problem, std::string expected) {
      diagnostics_.warning(where(name, name), fmt::format("{}{}", name, problem), *path,
                           std::move(expected));
    };
    if (!path->starts_with('/')) {
      return tell(" is not an absolute path: it is taken from coreroot, where the daemon works",
                  "an absolute path");
    }
    if (is_directory(*path)) return tell(" is a directory: nothing is logged there", "a file");
    const std::size_t slash = path->rfind('/');
    const std::string directory = slash == 0 ? "/" : path->substr(0, slash);
    if (!is_directory(directory)) {
      tell(fmt::format(": there is no directory {}: nothing is logged there", directory),
           "a file in a directory that exists");
    }
  }

  [[nodiscard]] bool is_directory(const std::string& path) const {
    const auto facts = world_.path(path);
    return facts && facts->is_directory;
  }

  void check_watchdog() {
    if (!ha_cf_.watchdog) return;
    const auto facts = world_.path(*ha_cf_.watchdog);
    if (facts && facts->is_character_device) return;
    diagnostics_.warning(
        where("watchdog", "watchdog"),
        fmt::format("watchdog: {}: nothing resets this machine when it hangs",
                    facts ? "not a character device" : "there is no such device at present"),
        *ha_cf_.watchdog, "the path of a watchdog device, such as /dev/watchdog");
  }

  [[nodiscard]] bool good(std::string_view name) const { return refused_.count(name) == 0; }

  [[nodiscard]] bool is_given(std::string_view name) const {
    const Parameter* parameter = find_parameter(ha_cf_, name);
    return parameter != nullptr && parameter->given;
  }

  [[nodiscard]] std::string text(std::string_view name) const {
    const Parameter* parameter = find_parameter(ha_cf_, name);
    return parameter != nullptr ? parameter->text : "";
  }

  // Where the first of two directives was given; else the second; else the file.
  [[nodiscard]] Location where(std::string_view name, std::string_view other) const {
    for (const std::string_view candidate : {name, other}) {
      if (is_given(candidate)) return find_parameter(ha_cf_, candidate)->where;
    }
    return whole();
  }

  [[nodiscard]] std::string names() const {
    std::string all;
    for (const auto& [node, where] : ha_cf_.nodes) {
      if (!all.empty()) all += ' ';
      all += node.value();
    }
    return all;
  }

  [[nodiscard]] Location whole() const { return {file_, 0, 0}; }

  const HaCf& ha_cf_;
  const std::set<std::string, std::less<>>& refused_;
  const std::string& file_;
  const NodeName& self_;
  bool resource_management_;
  const World& world_;
  Diagnostics diagnostics_;
};

}  // namespace

std::vector<Diagnostic> check_whole_ha_cf(const HaCfResult& parsed, const std::string& file,
                                          const NodeName& self, bool resource_management,
                                          const World& world) {
  return WholeFileCheck(parsed, file, self, resource_management, world).run();
}

std::vector<Diagnostic> check_pings(const HaCfResult& parsed,
                                    const std::vector<Located<IpAddress>>& service_addresses,
                                    const World& world) {
  return PingCheck(parsed, service_addresses, world).run();
}

std::vector<Diagnostic> check_groups(const std::vector<LocatedGroup>& groups,
                                     const HaCfResult& ha_cf, const std::string& file) {
  Diagnostics diagnostics;
  if (ha_cf.ha_cf.nodes.empty()) return {};  // told already, and it is not the groups' fault
  for (const LocatedGroup& located : groups) {
    const NodeName& node = located.group.preferred;
    if (is_listed(ha_cf.ha_cf, node) || ha_cf.refused.count("node") != 0) continue;
    const bool is_address = parse_service_address(located.group.preferred.value()).has_value();
    diagnostics.error(
        located.node, fmt::format("Bad nodename in {} [{}]", file, node.value().substr(0, 100)),
        node.value(), is_address ? "a node of ha.cf in front of the resources" : "a node of ha.cf");
  }
  return std::move(diagnostics).take();
}

}  // namespace hb::config
