#include "config/checks.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

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
    check_ucast();
    check_lines();
    check_nodes();
    check_timers();
    check_units();
    check_autojoin();
    check_failback();
    check_logging();
    return std::move(diagnostics_).take();
  }

 private:
  void check_media() {
    const auto was_refused = [&](std::string_view name) { return refused_.count(name) != 0; };
    const bool attempted = was_refused("bcast") || was_refused("ucast") || was_refused("mcast") ||
                           was_refused("ucast6") || was_refused("mcast6") ||
                           was_refused("serial") || was_refused("tcp") || was_refused("ping") ||
                           was_refused("ping6") || was_refused("ping_group") ||
                           was_refused("hbaping");
    if (ha_cf_.media.empty() && !attempted) {
      diagnostics_.error(whole(), "No heartbeat media defined", "",
                         "at least one line such as: bcast eth0");
    }
    if (carries_nothing() && !attempted && !ha_cf_.media.empty()) {
      diagnostics_.error(whole(), "Nothing carries heartbeats: ping nodes are only asked", "",
                         "at least one bcast, ucast, mcast or serial line");
    }
    for (const auto& [medium, where] : ha_cf_.media) {
      const auto ping = ping_node(medium);
      if (ping && is_listed(ha_cf_, NodeName(to_lower(ping->value())))) {
        diagnostics_.error(
            where, fmt::format("ping node {} is a node of the cluster as well", ping->value()),
            ping->value(), "the name or address of a machine that does not run heartbeat");
      }
    }
  }

  // Identical files on all nodes name this one too, but one of them must name another.
  void check_ucast() {
    const auto is_ucast = [](const auto& medium) {
      return std::holds_alternative<Ucast>(medium.value);
    };
    const auto& media = ha_cf_.media;
    const bool only_ucast =
        !media.empty() && std::all_of(media.begin(), media.end(), [&](const auto& medium) {
          return is_ucast(medium) || ping_node(medium.value).has_value();
        });
    const auto first = std::find_if(media.begin(), media.end(), is_ucast);
    if (only_ucast && first != media.end() && good("ucast") &&
        std::all_of(media.begin(), media.end(), [&](const auto& medium) {
          return !is_ucast(medium) || names_us(std::get<Ucast>(medium.value));
        })) {
      diagnostics_.warning(first->where,
                           "ucast names this machine only: no other node can be reached",
                           std::get<Ucast>(first->value).host, "the address of the other node");
    }
    for (const auto& [medium, where] : media) {
      const auto* ping = std::get_if<Ping>(&medium);
      if (ping == nullptr || is_listed(ha_cf_, NodeName(to_lower(ping->host)))) continue;
      if (!ping->address || !is_listed_peer(*ping->address)) continue;
      diagnostics_.warning(
          where,
          fmt::format("ping node {} is a node of the cluster as well: ucast has its address",
                      ping->host),
          ping->host, "a host outside of the cluster, such as a router");
    }
  }

  [[nodiscard]] bool names_us(const Ucast& ucast) const {
    return ucast.address && world_.is_own_address(*ucast.address);
  }

  [[nodiscard]] bool is_listed_peer(const IpAddress& address) const {
    return std::any_of(ha_cf_.media.begin(), ha_cf_.media.end(), [&](const auto& medium) {
      const auto* ucast = std::get_if<Ucast>(&medium.value);
      return ucast != nullptr && ucast->address == address;
    });
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
    for (const auto& [name, path] :
         {std::pair{"logfile", &ha_cf_.logfile}, std::pair{"debugfile", &ha_cf_.debugfile}}) {
      if (!*path || (*path)->starts_with('/')) continue;
      diagnostics_.warning(where(name, name),
                           fmt::format("{} is not an absolute path: it is taken from coreroot, "
                                       "where the daemon works",
                                       name),
                           **path, "an absolute path");
    }
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
