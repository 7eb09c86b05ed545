#include "config/ha_cf.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "base/overloaded.h"
#include "config/directives.h"

namespace hb::config {
namespace {

std::string words_of(const std::vector<Principal>& principals) {
  std::string words;
  for (const Principal& principal : principals) {
    if (!words.empty()) words += ',';
    words += principal.name;
  }
  return words;
}

std::string line_of(const Medium& medium) {
  return std::visit(
      Overloaded{
          [](const Bcast& m) { return fmt::format("bcast {}", m.interface); },
          [](const Ucast& m) { return fmt::format("ucast {} {}", m.interface, m.host); },
          [](const Mcast& m) {
            return fmt::format("mcast {} {} {} {} {:d}", m.interface, m.group.text(), m.port, m.ttl,
                               m.loop);
          },
          [](const Ucast6& m) {
            return fmt::format("ucast6 {} {}", m.interface, m.address.text());
          },
          [](const Mcast6& m) {
            return fmt::format("mcast6 {} {} {} {} {:d}", m.interface, m.group.text(), m.port,
                               m.hops, m.loop);
          },
          [](const Serial& m) { return fmt::format("serial {}", m.device); },
          [](const Tcp& m) { return fmt::format("tcp {} {}", m.interface, m.host); },
          [](const Ping& m) { return fmt::format("ping {}", m.host); },
          [](const Ping6& m) { return fmt::format("ping6 {}", m.host); },
          [](const PingGroup& m) {
            std::string line = "ping_group " + m.name;
            for (const PingGroup::Member& member : m.members) line += " " + member.host;
            return line;
          },
          [](const HbaPing& m) { return fmt::format("hbaping {}", m.card); },
      },
      medium);
}

// The port that udpport decided for this medium; none where it plays no part.
std::optional<std::uint16_t> decided_port(const Medium& medium) {
  if (const auto* bcast = std::get_if<Bcast>(&medium)) return bcast->port;
  if (const auto* ucast = std::get_if<Ucast>(&medium)) return ucast->port;
  if (const auto* ucast6 = std::get_if<Ucast6>(&medium)) return ucast6->port;
  if (const auto* tcp = std::get_if<Tcp>(&medium)) return tcp->port;
  return std::nullopt;
}

// Writes the media, and udpport and baud where they must stand for the media to mean the same: a
// port is fixed by the first line of its type, so a file may hold one port above a line and another
// below.
class MediaPrinter {
 public:
  explicit MediaPrinter(const HaCf& ha_cf) : ha_cf_(ha_cf) {}

  std::string print() && {
    for (const auto& [medium, where] : ha_cf_.media) {
      print_port(medium);
      print_baud(medium);
      fmt::format_to(std::back_inserter(text_), "{}\n", line_of(medium));
    }
    if (port_ != ha_cf_.udpport) print_port(ha_cf_.udpport);
    if (!baud_printed_) print_baud();
    return std::move(text_);
  }

 private:
  // With the text of the file where the number is the file's, since scripts see the text.
  void print_port(std::uint16_t port) {
    const Parameter* given = find_parameter(ha_cf_, "udpport");
    const bool same = given != nullptr && port == ha_cf_.udpport;
    fmt::format_to(std::back_inserter(text_), "udpport\t{}\n",
                   same ? given->text : std::to_string(port));
    port_ = port;
  }
  void print_port(const Medium& medium) {
    const auto port = decided_port(medium);
    if (!port || !types_.emplace(medium.index(), true).second) return;
    if (port_ != *port) print_port(*port);
  }
  void print_baud() {
    if (const Parameter* baud = find_parameter(ha_cf_, "baud")) {
      fmt::format_to(std::back_inserter(text_), "baud\t{}\n", baud->text);
    }
    baud_printed_ = true;
  }
  void print_baud(const Medium& medium) {
    const auto* serial = std::get_if<Serial>(&medium);
    if (serial != nullptr && !baud_printed_ && serial->baud == ha_cf_.baud) print_baud();
  }

  const HaCf& ha_cf_;
  std::string text_;
  std::optional<std::uint16_t> port_;
  std::map<std::size_t, bool> types_;
  bool baud_printed_ = false;
};

// Printed with the media, or standing for "none" in the environment only.
bool is_printed_elsewhere(const HaCf& ha_cf, std::string_view name) {
  return name == "udpport" || name == "baud" || (name == "logfile" && !ha_cf.logfile) ||
         (name == "debugfile" && !ha_cf.debugfile);
}

std::string print_parameters(const HaCf& ha_cf) {
  std::string text;
  for (const Parameter& parameter : ha_cf.parameters) {
    if (is_printed_elsewhere(ha_cf, parameter.name)) continue;
    const Directive* directive = find_directive(parameter.name);
    fmt::format_to(std::back_inserter(text), "{}\t{}\t#\t{}\n", parameter.name, parameter.text,
                   directive != nullptr ? directive->help : "");
  }
  return text;
}

std::string print_clients(const HaCf& ha_cf) {
  std::string text;
  const auto out = std::back_inserter(text);
  for (const ApiAuth& auth : ha_cf.apiauth) {
    fmt::format_to(out, "apiauth {}", auth.client);
    if (!auth.users.empty() || auth.groups.empty()) {
      fmt::format_to(out, " uid={}", words_of(auth.users));
    }
    if (!auth.groups.empty()) fmt::format_to(out, " gid={}", words_of(auth.groups));
    text += '\n';
  }
  for (const ManagedClient& client : ha_cf.clients) {
    fmt::format_to(out, "{} {} {}\n", client.failfast ? "failfast" : "respawn", client.user,
                   client.command);
  }
  for (const StonithDevice& device : ha_cf.stonith) {
    if (device.config_file.empty()) {
      fmt::format_to(out, "stonith_host {} {} {}\n", device.host, device.type, device.parameters);
    } else {
      fmt::format_to(out, "stonith {} {}\n", device.type, device.config_file);
    }
  }
  return text;
}

}  // namespace

std::string_view medium_type(const Medium& medium) {
  return std::visit(Overloaded{
                        [](const Bcast&) { return "bcast"; },
                        [](const Ucast&) { return "ucast"; },
                        [](const Mcast&) { return "mcast"; },
                        [](const Ucast6&) { return "ucast6"; },
                        [](const Mcast6&) { return "mcast6"; },
                        [](const Serial&) { return "serial"; },
                        [](const Tcp&) { return "tcp"; },
                        [](const Ping&) { return "ping"; },
                        [](const Ping6&) { return "ping6"; },
                        [](const PingGroup&) { return "ping_group"; },
                        [](const HbaPing&) { return "hbaping"; },
                    },
                    medium);
}

LinkName link_name(const Medium& medium) {
  return LinkName(std::visit(Overloaded{
                                 [](const Serial& m) { return m.device; },
                                 [](const Ping& m) { return m.host; },
                                 [](const Ping6& m) { return m.host; },
                                 [](const PingGroup& m) { return m.name; },
                                 [](const HbaPing& m) { return m.card; },
                                 [](const auto& m) { return m.interface; },
                             },
                             medium));
}

std::optional<NodeName> ping_node(const Medium& medium) {
  const bool is_ping =
      std::holds_alternative<Ping>(medium) || std::holds_alternative<Ping6>(medium) ||
      std::holds_alternative<PingGroup>(medium) || std::holds_alternative<HbaPing>(medium);
  if (!is_ping) return std::nullopt;
  return NodeName(link_name(medium).value());
}

const Parameter* find_parameter(const HaCf& ha_cf, std::string_view name) {
  const auto found =
      std::find_if(ha_cf.parameters.begin(), ha_cf.parameters.end(),
                   [&](const Parameter& parameter) { return parameter.name == name; });
  return found == ha_cf.parameters.end() ? nullptr : &*found;
}

std::string print(const Medium& medium) { return line_of(medium); }

std::string print(const HaCf& ha_cf) {
  std::string text = print_parameters(ha_cf);
  const auto out = std::back_inserter(text);
  for (const auto& [node, where] : ha_cf.nodes) fmt::format_to(out, "node {}\n", node.value());
  text += MediaPrinter(ha_cf).print();
  for (const EnvironmentEntry& entry : ha_cf.env) {
    fmt::format_to(out, "env {}={}\n", entry.name, entry.value);
  }
  text += print_clients(ha_cf);
  return text;
}

}  // namespace hb::config
