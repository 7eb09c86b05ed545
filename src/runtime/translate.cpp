#include "runtime/translate.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/message_text.h"
#include "base/overloaded.h"
#include "config/logging_policy.h"
#include "runtime/environment.h"
#include "wire/digest.h"
#include "wire/groups_digest.h"

namespace hb::runtime {
namespace {

core::Failback to_core(config::AutoFailback failback) {
  switch (failback) {
    case config::AutoFailback::kOff:
      return core::Failback::kOff;
    case config::AutoFailback::kOn:
      return core::Failback::kOn;
    case config::AutoFailback::kLegacy:
      return core::Failback::kLegacy;
  }
  return core::Failback::kLegacy;
}

core::Autojoin to_core(config::Autojoin autojoin) {
  switch (autojoin) {
    case config::Autojoin::kNone:
      return core::Autojoin::kNone;
    case config::Autojoin::kOther:
      return core::Autojoin::kOther;
    case config::Autojoin::kAny:
      return core::Autojoin::kAny;
  }
  return core::Autojoin::kNone;
}

asio::ip::address to_asio(const IpAddress& address) {
  return asio::ip::make_address(address.text());
}

// Adds a peer to the medium of that interface, port and family: all its lines are one medium. A
// peer that is known by name has an IPv4 address.
template <class Config>
void add_peer(std::vector<MediumSpec>& media, const std::string& interface, std::uint16_t port,
              const std::optional<IpAddress>& address, const std::string& name) {
  const bool ipv6 = address && address->family() == AddressFamily::kIpv6;
  Config* medium = nullptr;
  for (MediumSpec& spec : media) {
    auto* const same = std::get_if<Config>(&spec);
    if (same == nullptr || same->interface != interface || same->port != port) continue;
    if ((!same->peers.empty() && same->peers.front().is_v6()) == ipv6) medium = same;
  }
  if (medium == nullptr) {
    media.emplace_back(Config{.interface = interface, .peers = {}, .names = {}, .port = port});
    medium = &std::get<Config>(media.back());
  }
  if (address) {
    medium->peers.push_back(to_asio(*address));
  } else {
    medium->names.push_back(name);
  }
}

}  // namespace

core::Settings to_settings(const config::Configuration& configuration, const Identity& identity,
                           bool resource_management) {
  const config::HaCf& ha_cf = configuration.ha_cf;
  core::Settings settings;
  settings.self = configuration.self;
  settings.uuid = identity.uuid;
  settings.generation = identity.generation;
  for (const auto& node : ha_cf.nodes) settings.nodes.push_back(node.value);
  for (const auto& medium : ha_cf.media) {
    if (auto name = config::ping_node(medium.value)) {
      settings.ping_nodes.push_back(
          {*std::move(name), std::string(config::medium_type(medium.value))});
    }
    if (std::holds_alternative<config::Tcp>(medium.value)) settings.tcp = true;
  }
  settings.keepalive = ha_cf.keepalive;
  settings.warntime = ha_cf.warntime;
  settings.deadtime = ha_cf.deadtime;
  settings.initdead = ha_cf.initdead;
  settings.deadping = ha_cf.deadping;
  settings.max_rexmit_delay = ha_cf.max_rexmit_delay;
  settings.hopfudge = static_cast<std::uint32_t>(ha_cf.hopfudge);
  settings.manage_resources = resource_management;
  settings.failback = to_core(ha_cf.auto_failback);
  settings.groups = configuration.groups;
  settings.stop_retries = stop_retries(ha_cf);
  settings.fencing.configured = !ha_cf.stonith.empty();
  settings.fencing.start_delay = fence_delay(ha_cf);
  settings.autojoin = to_core(ha_cf.autojoin);
  settings.config = digests(configuration);
  settings.seed = identity.seed;
  return settings;
}

wire::ConfigDigests digests(const config::Configuration& configuration) {
  const config::HaCf& ha_cf = configuration.ha_cf;
  std::vector<std::string> nodes;
  nodes.reserve(ha_cf.nodes.size());
  for (const auto& node : ha_cf.nodes) nodes.push_back(node.value.value());
  std::sort(nodes.begin(), nodes.end());
  const std::string common = fmt::format(
      "{}\n{} {} {} {}\n{} {} {}", fmt::join(nodes, " "), ha_cf.keepalive.count(),
      ha_cf.warntime.count(), ha_cf.deadtime.count(), ha_cf.initdead.count(),
      static_cast<int>(ha_cf.auto_failback), static_cast<int>(ha_cf.autojoin), ha_cf.pacemaker);
  return {.ha_cf = wire::crc32_posix_without_length(common),
          .haresources = wire::groups_digest(configuration.groups)};
}

std::vector<MediumSpec> to_media(const config::HaCf& ha_cf) {
  std::vector<MediumSpec> media;
  for (const auto& medium : ha_cf.media) {
    std::visit(Overloaded{
                   [&](const config::Bcast& m) {
                     media.emplace_back(io::BcastConfig{.interface = m.interface, .port = m.port});
                   },
                   [&](const config::Mcast& m) {
                     media.emplace_back(io::McastConfig{.interface = m.interface,
                                                        .group = to_asio(m.group),
                                                        .port = m.port,
                                                        .hops = m.ttl,
                                                        .loop = m.loop});
                   },
                   [&](const config::Mcast6& m) {
                     media.emplace_back(io::McastConfig{.interface = m.interface,
                                                        .group = to_asio(m.group),
                                                        .port = m.port,
                                                        .hops = m.hops,
                                                        .loop = m.loop});
                   },
                   [&](const config::Ucast& m) {
                     add_peer<io::UcastConfig>(media, m.interface, m.port, m.address, m.host);
                   },
                   [&](const config::Ucast6& m) {
                     add_peer<io::UcastConfig>(media, m.interface, m.port, m.address, {});
                   },
                   [&](const config::Tcp& m) {
                     add_peer<io::TcpConfig>(media, m.interface, m.port, m.address, m.host);
                   },
                   [&](const config::Serial& m) {
                     media.emplace_back(io::SerialConfig{.device = m.device, .baud = m.baud});
                   },
                   [](const auto&) {},  // config/ has warned that it has no effect yet
               },
               medium.value);
  }
  return media;
}

std::vector<PingSpec> to_ping_nodes(const config::HaCf& ha_cf) {
  using std::chrono::milliseconds;
  std::vector<PingSpec> pings;
  for (const auto& medium : ha_cf.media) {
    const auto type = [&] { return std::string(config::medium_type(medium.value)); };
    std::visit(Overloaded{
                   [&](const config::Ping& m) {
                     pings.emplace_back(io::PingConfig{
                         .type = type(), .name = m.host, .hosts = {{m.host, m.address}}});
                   },
                   [&](const config::Ping6& m) {
                     pings.emplace_back(io::PingConfig{.type = type(),
                                                       .name = m.host,
                                                       .family = AddressFamily::kIpv6,
                                                       .hosts = {{m.host, m.address}}});
                   },
                   [&](const config::PingGroup& m) {
                     io::PingConfig group{.type = type(), .name = m.name, .hosts = {}};
                     for (const auto& member : m.members)
                       group.hosts.push_back({member.host, member.address});
                     pings.emplace_back(std::move(group));
                   },
                   [&](const config::HbaPing& m) {
                     const auto keepalive = std::chrono::ceil<milliseconds>(ha_cf.keepalive);
                     pings.emplace_back(io::HbaConfig{
                         .card = m.card,
                         .interval = std::clamp(keepalive, milliseconds(100), milliseconds(1000))});
                   },
                   [](const auto&) {},  // media of the nodes
               },
               medium.value);
  }
  return pings;
}

io::LogTargets to_log_targets(const config::HaCf& ha_cf) {
  const config::LogTargets targets = config::log_targets(ha_cf);
  io::LogTargets log;
  log.logfile = targets.logfile.value_or("");
  log.debugfile = targets.debugfile.value_or("");
  log.facility = targets.facility;
  log.syslog_format = ha_cf.syslogmsgfmt;
  if (targets.logd) log.logd = io::LogdTarget{.retry = ha_cf.conn_logd_time};
  return log;
}

wire::CodecOptions to_codec_options(const config::HaCf& ha_cf) {
  wire::CodecOptions options;
  options.form = ha_cf.msgfmt == config::MessageFormat::kClassic ? wire::Form::kClassic
                                                                 : wire::Form::kNetstring;
  options.traditional_compression = ha_cf.traditional_compression;
  options.compression = ha_cf.compression == config::Compression::kZlib ? wire::Compression::kZlib
                                                                        : wire::Compression::kBz2;
  options.compression_threshold = static_cast<std::size_t>(ha_cf.compression_threshold) << 10U;
  return options;
}

io::Message to_message(const core::Note& note) {
  const core::NoteKind& kind = core::kind(note.id);
  return {std::string(kind.name), to_log_severity(kind.severity), core::render(note),
          named_values(kind.text, note.arguments)};
}

io::Severity to_log_severity(core::Severity severity) {
  switch (severity) {
    case core::Severity::kCritical:
      return io::Severity::kCritical;
    case core::Severity::kError:
      return io::Severity::kError;
    case core::Severity::kWarning:
      return io::Severity::kWarning;
    case core::Severity::kNotice:
      return io::Severity::kNotice;
    case core::Severity::kInfo:
      return io::Severity::kInfo;
    case core::Severity::kDebug:
      return io::Severity::kDebug;
  }
  return io::Severity::kInfo;
}

}  // namespace hb::runtime
