#include "sim/plan.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace hb::sim {
namespace {

using namespace std::chrono_literals;
using enum FaultKind;

const std::array<std::string, kMostHosts> kHostNames = {"ada", "bob", "cyd", "dan", "eve", "fay",
                                                        "gil", "hal", "ida", "jan", "kim", "leo",
                                                        "mia", "ned", "oda", "pia"};

constexpr std::array<std::string_view, 3> kFailbacks = {"off", "on", "legacy"};

struct Timing {
  Duration keepalive, deadtime, initdead;
};
constexpr Timing kTimings[] = {
    {20ms, 200ms, 500ms}, {20ms, 500ms, 1s}, {200ms, 1s, 3s},
    {200ms, 2s, 3s},      {1s, 10s, 30s},    {1s, 5s, 10s},
};

constexpr std::array kCalmKinds = {kDuplicate, kCrash, kCrashInStart, kStandby,
                                   kTakeover,  kStop,  kStart,        kInject};

double rounded(double value) { return std::round(value * 1000) / 1000; }
Duration rounded(Duration value) { return std::chrono::floor<std::chrono::microseconds>(value); }

// --- drawing ---

class Drawer {
 public:
  Drawer(std::uint64_t seed, const DrawOptions& options) : random_(seed) {
    plan_.seed = random_.next() >> 16U;
    shape(options);
    timing();
    plan_.trouble = options.trouble.value_or(
        std::max<Duration>(plan_.deadtime * static_cast<int>(2 + random_.below(30)), 5s));
    faults(options.trouble.has_value());
    if (plan_.old == 0) story();
    ping_nodes();
    plan_.joins = plan_.hosts > 2 && !plan_.more && random_.chance(0.4);
    if (plan_.old == 0 && plan_.hosts == 2 && !plan_.more) fencing();
    if (plan_.joins) members();
    plan_.ring = plan_.hosts > 2 && plan_.links == 2 && random_.chance(0.6);
    plan_.one_sided = plan_.hosts == 2 && random_.chance(0.3);
    if (plan_.one_sided && plan_.fence && plan_.failback != core::Failback::kLegacy)
      different_files();
  }

  Plan take() { return std::move(plan_); }

 private:
  void shape(const DrawOptions& options) {
    // In a soak as many hours of large clusters as cost about as much as those of pairs.
    const std::uint64_t size = random_.below(options.trouble ? 30 : 10);
    plan_.hosts = size == 9                ? 6 + static_cast<unsigned>(random_.below(11))
                  : size == 7 || size == 8 ? 3 + static_cast<unsigned>(random_.below(3))
                                           : 2;
    plan_.links = 1 + static_cast<unsigned>(random_.below(3));
    plan_.failback = static_cast<core::Failback>(random_.below(3));
    plan_.bytes = random_.chance(options.trouble ? 0.01 : 0.05);
    plan_.fresh = random_.chance(0.1);
    if (random_.chance(0.15)) plan_.away = any_host();
    if (options.old_peers && plan_.hosts == 2) {
      plan_.old = 1;
      plan_.ancient = random_.chance(0.1);
    } else if (random_.chance(0.05)) {
      plan_.more = any_host();
    }
  }

  void timing() {
    // Many hosts, or fast ones, cost most and show least: fewer of them.
    const std::size_t fastest = plan_.hosts > 3 ? 4 : random_.chance(0.15) ? 0 : 2;
    const Timing& timing = kTimings[fastest + random_.below(std::size(kTimings) - fastest)];
    plan_.keepalive = timing.keepalive;
    plan_.deadtime = timing.deadtime;
    plan_.initdead = timing.initdead;
    plan_.agent_time = random_.chance(0.5) ? Duration(1ms) : Duration(20ms);
    if (random_.chance(0.3)) plan_.loss = rounded(0.001 + 0.05 * unit());
  }

  void faults(bool soak) {
    std::vector<FaultKind> kinds;
    if (!soak && random_.chance(0.1)) {
      kinds.assign(kCalmKinds.begin(), kCalmKinds.end());
      plan_.loss = 0;
    }
    while (kinds.empty()) {
      for (std::size_t i = 0; i < kFaultKinds; ++i) {
        const auto kind = static_cast<FaultKind>(i);
        if (row(kind).of == FaultClass::kPing) continue;   // ping_nodes() draws them
        if (row(kind).of == FaultClass::kFence) continue;  // and fencing() these
        if (plan_.hosts > 2 && no_use_without_resources(kind)) continue;
        if (kind == kDeleteNode || kind == kAddNode) continue;  // and members() these
        if (kind == kReload && plan_.failback == core::Failback::kLegacy) continue;
        if (random_.chance(0.25)) kinds.push_back(kind);
      }
    }
    const double severity = 0.1 + 0.9 * unit();
    // In a soak one each minute on average; else a handful, however long the run.
    const double mean =
        soak ? 60.0 : seconds(plan_.trouble) / static_cast<double>(3 + random_.below(25));
    for (double at = 0;;) {
      at += -std::log(1.0 - unit()) * mean;
      if (at >= seconds(plan_.trouble)) break;
      plan_.faults.push_back(fault(kinds[random_.below(kinds.size())], at, severity));
    }
  }

  // Some paths need faults that meet at the right moment; chance alone brings them together too
  // seldom. Drawn last, so that all else of a plan does not depend on it.
  void story() {
    if (!random_.chance(0.3)) return;
    const Duration at = rounded(from_seconds(seconds(plan_.trouble) * (0.1 + 0.6 * unit())));
    const HostId host = any_host();
    switch (random_.below(plan_.hosts > 2 ? 2 : 4)) {
      case 0:
        late_reader(at, host);
        break;
      case 1:
        burst(at, host);
        break;
      case 2:
        stuck_stop(at, host);
        break;
      case 3:
        failing_start(at, host);
        break;
    }
    sort_faults();
  }

  // A node falls silent for nearly its deadtime; another one does not run, too shortly to notice
  // it itself, while that ends and heartbeats come again.
  void late_reader(Duration at, HostId host) {
    const HostId peer = other_than(host);
    const Duration pause_at = plan_.deadtime - plan_.keepalive;
    const Duration cut = pause_at + rounded(from_seconds(seconds(plan_.keepalive) * unit() * 0.4));
    plan_.faults.push_back(
        {.kind = kCut, .at = at, .host = peer, .peer = host, .link = {}, .lasts = cut});
    plan_.faults.push_back({.kind = kPause,
                            .at = at + pause_at,
                            .host = host,
                            .peer = {},
                            .link = {},
                            .lasts = plan_.deadtime / 4});
  }

  // More messages at one instant than a sender keeps, while some are lost: what is asked for
  // afterwards nobody has any more.
  void burst(Duration at, HostId host) {
    plan_.faults.push_back({.kind = kLoss,
                            .at = at,
                            .host = host,
                            .peer = {},
                            .link = {},
                            .strength = rounded(0.1 + 0.5 * unit()),
                            .lasts = plan_.keepalive});
    plan_.faults.push_back({.kind = kInject,
                            .at = at + 1ms,
                            .host = host,
                            .peer = {},
                            .link = {},
                            .strength = static_cast<double>(501 + random_.below(700))});
  }

  // Scripts that cannot stop what they started, for longer than a stop is tried again, and somebody
  // who wants it stopped.
  void stuck_stop(Duration at, HostId host) {
    plan_.faults.push_back({.kind = kAgentFails,
                            .at = at,
                            .host = host,
                            .peer = {},
                            .link = {},
                            .strength = 1,
                            .lasts = 15s + plan_.deadtime});
    plan_.faults.push_back({.kind = random_.chance(0.5) ? kStandby : kStop,
                            .at = at + 1s,
                            .host = host,
                            .peer = {},
                            .link = {},
                            .lasts = 0s});
    plan_.trouble = std::max<Duration>(plan_.trouble, at + 16s + plan_.deadtime);
  }

  // Scripts that start nothing, first on one host, then on both, and somebody who moves what runs.
  void failing_start(Duration at, HostId host) {
    const auto add = [&](FaultKind kind, Duration when, HostId where, double strength) {
      plan_.faults.push_back({.kind = kind,
                              .at = when,
                              .host = where,
                              .peer = {},
                              .link = {},
                              .strength = strength,
                              .lasts = kind == kAgentFails ? 10s + plan_.deadtime : Duration()});
    };
    add(kAgentFails, at, host, 0);
    if (random_.chance(0.6)) add(kAgentFails, at, other_than(host), 0);
    add(random_.chance(0.5) ? kTakeover : kStandby, at + 1s, host, 0);
    if (random_.chance(0.5)) add(kCrash, at + 2s, other_than(host), 0);
    plan_.trouble = std::max<Duration>(plan_.trouble, at + 11s + plan_.deadtime);
  }

  // In some runs hosts that only answer pings, and what befalls them. Drawn last, as above.
  void ping_nodes() {
    if (!random_.chance(0.25)) return;
    plan_.pings = 1 + static_cast<unsigned>(random_.below(kMostPingNodes));
    if (random_.chance(0.7)) {
      plan_.deadping = rounded(from_seconds(seconds(plan_.keepalive) * (2.1 + 10 * unit())));
    }
    constexpr FaultKind kKinds[] = {kPingLoss, kPingCut, kPingDown};
    for (std::uint64_t left = random_.below(8); left > 0; --left) {
      const FaultKind kind = kKinds[random_.below(std::size(kKinds))];
      plan_.faults.push_back(fault(kind, seconds(plan_.trouble) * unit(), unit()));
    }
    sort_faults();
  }

  // Nodes that are deleted from the cluster and added again. What may be deleted is down and known
  // to be; at another time it is refused, and a living node that is named leaves.
  void members() {
    for (std::uint64_t left = random_.chance(0.5) ? random_.below(6) : 0; left > 0; --left) {
      const HostId host = any_host();
      const HostId peer = other_than(host);
      const Duration at = rounded(from_seconds(seconds(plan_.trouble) * unit()));
      const Duration away =
          plan_.deadtime * 2 + rounded(from_seconds(seconds(plan_.deadtime) * unit()));
      const auto add = [&](FaultKind kind, Duration when, HostId where,
                           std::optional<HostId> whom) {
        plan_.faults.push_back({.kind = kind, .at = when, .host = where, .peer = whom, .link = {}});
      };
      if (random_.chance(0.7)) {
        add(random_.chance(0.5) ? kCrash : kStop, at, peer, {});
        plan_.faults.back().lasts = 2 * away;
      }
      add(kDeleteNode, at + away, host, peer);
      if (random_.chance(0.7))
        add(kAddNode, at + rounded(from_seconds(seconds(away) * (1 + 2 * unit()))), any_host(),
            peer);
    }
    sort_faults();
  }

  // Drawn last of all, so that the rest of a plan does not depend on it either.
  void fencing() {
    if (!random_.chance(0.4)) return;
    plan_.fence = true;
    if (random_.chance(0.7))
      plan_.boot = rounded(from_seconds(seconds(plan_.deadtime) * 3 * unit()));
    if (random_.chance(0.3)) return;  // all devices work
    constexpr FaultKind kKinds[] = {kFenceFails, kFenceHangs, kFenceSlow, kFenceByHand};
    const std::uint64_t count = 1 + random_.below(5);
    for (std::uint64_t i = 0; i < count; ++i) {
      plan_.faults.push_back(
          fault(kKinds[random_.below(std::size(kKinds))], seconds(plan_.trouble) * unit(), 1));
    }
    if (random_.chance(0.3)) helpless();
    sort_faults();
  }

  // The host without groups gets one of its own, of which the other's file knows nothing, and is
  // cut off: it must be shot.
  void different_files() {
    if (!random_.chance(0.5)) return;
    const Duration at = rounded(from_seconds(seconds(plan_.trouble) * 0.6 * unit()));
    const HostId host = 1;
    plan_.faults.push_back(
        {.kind = kReload, .at = at, .host = host, .peer = {}, .link = {}, .strength = 3});
    plan_.faults.push_back({.kind = kIsolate,
                            .at = at + plan_.deadtime,
                            .host = host,
                            .peer = {},
                            .link = {},
                            .lasts = 4 * plan_.deadtime});
    sort_faults();
  }

  void sort_faults() {
    std::stable_sort(plan_.faults.begin(), plan_.faults.end(),
                     [](const Fault& a, const Fault& b) { return a.at < b.at; });
  }

  // A crash, devices that fail, and an operator who comes to help.
  void helpless() {
    const Duration at = rounded(from_seconds(seconds(plan_.trouble) * 0.6 * unit()));
    const HostId host = any_host();
    const Duration down = plan_.deadtime * 6;
    plan_.faults.push_back(
        {.kind = kFenceFails, .at = at, .host = host, .peer = {}, .link = {}, .lasts = down});
    plan_.faults.push_back({.kind = kCrash,
                            .at = at,
                            .host = other_than(host),
                            .peer = {},
                            .link = {},
                            .lasts = down});
    plan_.faults.push_back({.kind = kFenceByHand,
                            .at = at,
                            .host = host,
                            .peer = {},
                            .link = {},
                            .strength = random_.chance(0.5) ? 1.0 : 0.0,
                            .lasts = down});
  }

  static bool no_use_without_resources(FaultKind kind) {
    return row(kind).of == FaultClass::kAgent || kind == kStandby || kind == kTakeover ||
           kind == kReload;
  }

  Fault fault(FaultKind kind, double at, double severity) {
    Fault f{
        .kind = kind, .at = rounded(from_seconds(at)), .host = any_host(), .peer = {}, .link = {}};
    const Duration dead = plan_.deadtime;
    // Mostly shorter than the deadtime or not much longer: that is where decisions are made.
    f.lasts = rounded(from_seconds(seconds(dead) * std::exp(3.5 * unit() - 2.0)));
    switch (kind) {
      case kLoss:
      case kDuplicate:
      case kReorder:
      case kCorrupt:
      case kReplay:
        where(f);
        f.strength = rounded(0.02 + severity * unit() * 0.6);
        break;
      case kDelay:
        where(f);
        f.strength = rounded(seconds(dead) * unit() * severity);
        break;
      case kCut:
        where(f);
        f.strength = random_.chance(0.5) ? 1 : 0;
        break;
      case kFlap:
        where(f);
        f.lasts *= 3;
        f.strength = std::max(0.005, rounded(seconds(dead) * unit()));
        break;
      case kStray:
        f.strength = random_.chance(0.5) ? 1 : 0;
        f.lasts = 0s;
        break;
      case kIsolate:
        if (plan_.links > 1 && random_.chance(0.3)) f.link = any_link();
        break;
      case kPingLoss:
        f.strength = rounded(severity * unit());
        break;
      case kPingCut:
      case kPingDown:
        f.strength = static_cast<double>(random_.below(plan_.pings));
        break;
      case kCrash:
      case kKill:
      case kStop:
        if (random_.chance(0.3)) f.lasts = rounded(random_.between(0ms, 50ms)) + 1us;
        if (random_.chance(0.1)) f.lasts = 0s;
        break;
      case kCrashInStart:
        f.lasts = rounded(from_seconds(seconds(plan_.initdead) * unit() * unit()));
        break;
      case kPause:
        if (random_.chance(0.3)) f.lasts = rounded(random_.between(1us, plan_.keepalive));
        break;
      case kSlow:
        f.strength = std::max(0.001, rounded(seconds(plan_.keepalive) * unit() * 0.2));
        break;
      case kDrift:
        f.strength = std::floor((unit() - 0.5) * 2000);
        break;
      case kWallJump:
        f.strength = std::floor((unit() - 0.5) * 20000);
        break;
      case kLoseDisk:
      case kTearDisk:
      case kRestoreDisk:
      case kStart:
      case kDeleteNode:
      case kAddNode:
        f.lasts = 0s;
        break;
      case kAgentFails:
      case kAgentLies:
        f.strength = random_.chance(0.5) ? 1 : 0;
        break;
      case kAgentHangs:
        f.strength = rounded(seconds(dead) * 3 * unit());
        break;
      case kAgentSlow:
        f.strength = rounded(seconds(dead) * unit());
        break;
      case kStandby:
        f.strength = static_cast<double>(random_.below(3));
        f.lasts = 0s;
        break;
      case kTakeover:
      case kReload:
        f.strength = static_cast<double>(random_.below(4));
        f.lasts = 0s;
        break;
      case kInject:
        f.strength = static_cast<double>(1 + random_.below(random_.chance(0.2) ? 400 : 5));
        f.lasts = 0s;
        break;
      case kFenceFails:
        f.lasts = 4 * f.lasts;  // for some attempts
        f.strength = random_.chance(0.3) ? 1 : 0;
        break;
      case kFenceHangs:
      case kFenceSlow:
        f.lasts = 4 * f.lasts;
        f.strength = rounded(seconds(dead) * 5 * unit());
        break;
      case kFenceByHand:
        f.strength = random_.chance(0.5) ? 1 : 0;
        f.lasts = 4 * f.lasts;
        break;
    }
    return f;
  }

  void where(Fault& f) {
    if (random_.chance(0.6)) f.peer = other_than(f.host);
    if (plan_.links > 1 && random_.chance(0.4)) f.link = any_link();
  }

  HostId any_host() { return static_cast<HostId>(random_.below(plan_.hosts)); }
  HostId other_than(HostId host) {
    const auto other = static_cast<HostId>(random_.below(plan_.hosts - 1));
    return other < host ? other : static_cast<HostId>(other + 1);
  }
  LinkId any_link() { return static_cast<LinkId>(random_.below(plan_.links)); }
  double unit() { return static_cast<double>(random_.next() >> 11U) * 0x1.0p-53; }
  static double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }
  static Duration from_seconds(double s) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(s));
  }

  Random random_;
  Plan plan_;
};

// --- text ---

std::string print(Duration d) {
  const auto us = std::chrono::floor<std::chrono::microseconds>(d).count();
  if (us % 1'000'000 == 0) return fmt::format("{}s", us / 1'000'000);
  if (us % 1000 == 0) return fmt::format("{}ms", us / 1000);
  return fmt::format("{}us", us);
}

std::optional<Duration> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || count < 0 || count > 1'000'000'000'000) return std::nullopt;
  const std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  if (unit == "s" && count < 1'000'000'000) return std::chrono::seconds(count);
  if (unit == "ms") return std::chrono::milliseconds(count);
  if (unit == "us") return std::chrono::microseconds(count);
  return std::nullopt;
}

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<HostId> parse_host(std::string_view name) {
  const auto found = std::find(kHostNames.begin(), kHostNames.end(), name);
  if (found == kHostNames.end()) return std::nullopt;
  return static_cast<HostId>(found - kHostNames.begin());
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

template <class T>
bool assign(T& target, const std::optional<T>& value) {
  if (value) target = *value;
  return value.has_value();
}

bool parse_setting(Plan& plan, std::string_view word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view name = word.substr(0, equals);
  const std::string_view value = word.substr(equals + 1);
  if (name == "seed") return assign(plan.seed, parse_number<std::uint64_t>(value));
  if (name == "hosts")
    return assign(plan.hosts, parse_number<unsigned>(value)) && plan.hosts >= 1 &&
           plan.hosts <= kMostHosts;
  if (name == "links")
    return assign(plan.links, parse_number<unsigned>(value)) && plan.links >= 1 && plan.links <= 8;
  if (name == "keepalive")
    return assign(plan.keepalive, parse_duration(value)) && plan.keepalive >= 1ms;
  if (name == "pings")
    return assign(plan.pings, parse_number<unsigned>(value)) && plan.pings <= kMostPingNodes;
  if (name == "deadping") return assign(plan.deadping, parse_duration(value));
  if (name == "deadtime") return assign(plan.deadtime, parse_duration(value));
  if (name == "initdead") return assign(plan.initdead, parse_duration(value));
  if (name == "agent") return assign(plan.agent_time, parse_duration(value));
  if (name == "trouble") return assign(plan.trouble, parse_duration(value));
  if (name == "loss") return assign(plan.loss, parse_number<double>(value));
  if (name == "old") return assign(plan.old, parse_number<unsigned>(value));
  if (name == "away") {
    plan.away = parse_host(value);
    return plan.away.has_value();
  }
  if (name == "boot") return assign(plan.boot, parse_duration(value));
  if (name == "fence") return plan.fence = value == "yes";
  if (name == "bytes") return plan.bytes = value == "yes";
  if (name == "fresh") return plan.fresh = value == "yes";
  if (name == "one-sided") return plan.one_sided = value == "yes";
  if (name == "ring") return plan.ring = value == "yes";
  if (name == "joins") return plan.joins = value == "yes";
  if (name == "ancient") return plan.ancient = value == "yes";
  if (name == "more") {
    plan.more = parse_host(value);
    return plan.more.has_value();
  }
  if (name == "failback") {
    const auto found = std::find(kFailbacks.begin(), kFailbacks.end(), value);
    if (found == kFailbacks.end()) return false;
    plan.failback = static_cast<core::Failback>(found - kFailbacks.begin());
    return true;
  }
  return false;
}

// host[>peer][/link]
bool parse_place(Fault& fault, std::string_view place) {
  if (const std::size_t slash = place.find('/'); slash != std::string_view::npos) {
    fault.link = parse_number<LinkId>(place.substr(slash + 1));
    if (!fault.link) return false;
    place = place.substr(0, slash);
  }
  if (const std::size_t arrow = place.find('>'); arrow != std::string_view::npos) {
    fault.peer = parse_host(place.substr(arrow + 1));
    if (!fault.peer) return false;
    place = place.substr(0, arrow);
  }
  return assign(fault.host, parse_host(place));
}

// at kind place [x strength] [for duration]
Expected<Fault, std::string> parse_fault(const std::vector<std::string_view>& words) {
  Fault fault;
  if (words.size() < 3 || !assign(fault.at, parse_duration(words[0])))
    return unexpected(std::string(words.front()));
  if (!assign(fault.kind, parse_fault_kind(words[1]))) return unexpected(std::string(words[1]));
  if (!parse_place(fault, words[2])) return unexpected(std::string(words[2]));
  for (std::size_t i = 3; i < words.size(); i += 2) {
    const std::string_view value = i + 1 < words.size() ? words[i + 1] : std::string_view();
    const bool good = words[i] == "x"     ? assign(fault.strength, parse_number<double>(value))
                      : words[i] == "for" ? assign(fault.lasts, parse_duration(value))
                                          : false;
    if (!good) return unexpected(std::string(words[i]) + " " + std::string(value));
  }
  return fault;
}

}  // namespace

const std::string& host_name(HostId host) { return kHostNames[host]; }

Plan draw_plan(std::uint64_t seed, const DrawOptions& options) {
  return Drawer(seed, options).take();
}

std::string print(const Fault& fault) {
  std::string text =
      fmt::format("{} {} {}", print(fault.at), row(fault.kind).word, host_name(fault.host));
  if (fault.peer) text += ">" + host_name(*fault.peer);
  if (fault.link) text += fmt::format("/{}", *fault.link);
  if (fault.strength != 0) text += fmt::format(" x {}", fault.strength);
  if (fault.lasts != Duration(0)) text += " for " + print(fault.lasts);
  return text;
}

std::string print(const Plan& plan) {
  std::string text = fmt::format(
      "seed={} hosts={} links={} keepalive={} deadtime={} initdead={} failback={} agent={} "
      "trouble={}",
      plan.seed, plan.hosts, plan.links, print(plan.keepalive), print(plan.deadtime),
      print(plan.initdead), kFailbacks[static_cast<std::size_t>(plan.failback)],
      print(plan.agent_time), print(plan.trouble));
  if (plan.pings > 0) text += fmt::format(" pings={}", plan.pings);
  if (plan.deadping > Duration(0)) text += " deadping=" + print(plan.deadping);
  if (plan.loss > 0) text += fmt::format(" loss={}", plan.loss);
  if (plan.bytes) text += " bytes=yes";
  if (plan.fresh) text += " fresh=yes";
  if (plan.fence) text += " fence=yes";
  if (plan.boot > Duration(0)) text += " boot=" + print(plan.boot);
  if (plan.old > 0) text += fmt::format(" old={}", plan.old);
  if (plan.one_sided) text += " one-sided=yes";
  if (plan.ring) text += " ring=yes";
  if (plan.joins) text += " joins=yes";
  if (plan.ancient) text += " ancient=yes";
  if (plan.away) text += " away=" + host_name(*plan.away);
  if (plan.more) text += " more=" + host_name(*plan.more);
  for (const Fault& fault : plan.faults) text += "; " + print(fault);
  return text;
}

Expected<Plan, std::string> parse_plan(std::string_view text) {
  Plan plan{.keepalive = 200ms, .deadtime = 2s, .initdead = 3s, .agent_time = 1ms, .trouble = 10s};
  for (std::string_view line : split(text, "\n")) {
    line = line.substr(0, line.find('#'));
    for (const std::string_view part : split(line, ";")) {
      const auto words = split(part, " \t\r");
      if (words.empty()) continue;
      if (words.front().find('=') == std::string_view::npos) {
        const auto fault = parse_fault(words);
        if (!fault) return unexpected(fault.error());
        plan.faults.push_back(*fault);
        continue;
      }
      for (const std::string_view word : words) {
        if (!parse_setting(plan, word)) return unexpected(std::string(word));
      }
    }
  }
  for (const Fault& fault : plan.faults) {
    const bool there = fault.host < plan.hosts && fault.peer.value_or(0) < plan.hosts &&
                       fault.link.value_or(0) < plan.links;
    if (!there) return unexpected(print(fault));
  }
  if (plan.ring && plan.links != 2) return unexpected(std::string("ring=yes needs links=2"));
  if (plan.deadtime <= plan.keepalive || plan.initdead < plan.deadtime)
    return unexpected(std::string("keepalive, deadtime, initdead"));
  std::stable_sort(plan.faults.begin(), plan.faults.end(),
                   [](const Fault& a, const Fault& b) { return a.at < b.at; });
  return plan;
}

bool is_calm(const Plan& plan) {
  if (plan.old > 0 || plan.loss > 0) return false;
  return std::all_of(plan.faults.begin(), plan.faults.end(), [](const Fault& fault) {
    return std::find(kCalmKinds.begin(), kCalmKinds.end(), fault.kind) != kCalmKinds.end();
  });
}

Duration quiet_time(const Plan& plan) {
  const Duration fencing = plan.fence ? Duration(20s) + plan.boot + plan.initdead : Duration(0);
  return 75s + 3 * (plan.deadtime + plan.initdead) + fencing;
}

}  // namespace hb::sim
