#include "config/ha_cf_parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/nearest.h"
#include "base/overloaded.h"
#include "base/text.h"
#include "config/cluster_manager.h"
#include "config/directives.h"
#include "config/lines.h"
#include "config/logging_policy.h"
#include "config/suite_programs.h"
#include "config/times.h"

namespace hb::config {
namespace {

// Types that cluster-glue brings; `heartbeat --check` must know them on a machine without it too.
constexpr std::array<std::string_view, 17> kGlueTypes = {
    "apcmaster",  "apcmastersnmp", "apcsmart", "baytech",  "bladehpi", "cyclades",
    "drac3",      "ibmhmc",        "ipmilan",  "meatware", "null",     "nw_rpc100s",
    "rcd_serial", "rps10",         "ssh",      "wti_mpc",  "wti_nps"};

// What cannot be used as a device of a cluster, and why.
struct UnfitDevice {
  std::string_view type, reason;
};
constexpr std::array kUnfitDevices = std::to_array<UnfitDevice>({
    {"suicide", "suicide resets only the node that it runs on, never the other one"},
    {"fence_ack_manual", "fence_ack_manual waits at a terminal; use meatware"},
    {"fence_legacy", "fence_legacy only calls the stonith command; name its type itself"},
    {"fence_watchdog", "fence_watchdog resets nobody; a node resets itself"},
});
constexpr std::array kTestDevices = std::to_array<UnfitDevice>({
    {"null", "null resets nobody and always succeeds: data are not protected"},
    {"fence_dummy", "fence_dummy resets nobody: data are not protected"},
    {"ssh", "ssh cannot reset a node that does not answer: for tests only"},
    {"external/ssh", "external/ssh cannot reset a node that does not answer: for tests only"},
});

constexpr std::size_t kMostNodes = 100;  // ping nodes included
constexpr std::size_t kMostMedia = 64;
constexpr std::size_t kLongestNodeName = 63;
constexpr std::size_t kLongestClientName = 31;
constexpr std::size_t kLongestUserName = 63;
constexpr std::size_t kLongestHostName = 253;

// Who may use the API unless the file says otherwise (spec: ha-cf 5.2).
struct BuiltInAuth {
  std::string_view client, user, group;
};
constexpr std::array<BuiltInAuth, 5> kBuiltInAuth = {{{"ipfail", "hacluster", ""},
                                                      {"ccm", "hacluster", ""},
                                                      {"ping", "", "haclient"},
                                                      {"lha-snmpagent", "root", ""},
                                                      {"anon", "root", "haclient"}}};

// An integer read as 3.0.6 reads it: leading digits count, what follows does not, none is 0.
struct LooseInteger {
  std::int64_t value = 0;
  bool any_digit = false;
  bool whole = false;  // the text is nothing but the number
};

LooseInteger parse_loose_integer(std::string_view text) {
  constexpr std::int64_t kBeyondEveryRange = std::numeric_limits<std::int32_t>::max();
  const bool negative = text.starts_with('-');
  std::size_t at = negative || text.starts_with('+') ? 1 : 0;
  const std::size_t first_digit = at;
  std::int64_t value = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    value = std::min(value * 10 + (text[at] - '0'), kBeyondEveryRange);
  }
  const bool any_digit = at > first_digit;
  return {negative ? -value : value, any_digit, any_digit && at == text.size()};
}

// An IPv4 address as the resolver of 3.0.6 reads it: `10.1` is 10.0.0.1, a number that begins with
// 0 is octal. None for anything else.
std::optional<IpAddress> parse_classful_ipv4(std::string_view text) {
  std::vector<std::uint64_t> numbers;
  for (std::string_view rest = text;; rest.remove_prefix(1)) {
    const std::string_view part = rest.substr(0, rest.find('.'));
    const int base = part.starts_with('0') ? 8 : 10;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number, base);
    if (error != std::errc() || end != part.data() + part.size()) return std::nullopt;
    numbers.push_back(number);
    rest.remove_prefix(part.size());
    if (rest.empty()) break;
  }
  if (numbers.size() > 4) return std::nullopt;
  const std::uint64_t last = numbers.back();  // fills what the others leave
  numbers.pop_back();
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] > 0xff) return std::nullopt;
    bytes.at(i) = static_cast<std::uint8_t>(numbers[i]);
  }
  if (last >> (8U * (bytes.size() - numbers.size())) != 0) return std::nullopt;
  for (std::size_t i = numbers.size(); i < bytes.size(); ++i) {
    bytes.at(i) = static_cast<std::uint8_t>(last >> (8U * (bytes.size() - 1 - i)));
  }
  return IpAddress::from_bytes(bytes);
}

// What no name of a host has: neither a letter, a digit, `-`, `.` nor `_`. Empty if there is none.
std::string_view first_odd_character(std::string_view name) {
  const auto odd = std::find_if(name.begin(), name.end(), [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return !letter && !(c >= '0' && c <= '9') && c != '-' && c != '.' && c != '_';
  });
  return odd == name.end() ? "" : name.substr(static_cast<std::size_t>(odd - name.begin()), 1);
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_multicast(const IpAddress& address) {
  const std::uint8_t first = address.bytes().front();
  return address.family() == AddressFamily::kIpv6 ? first == 0xff : (first & 0xf0U) == 0xe0U;
}

bool is_unspecified(const IpAddress& address) {
  return std::all_of(address.bytes().begin(), address.bytes().end(),
                     [](std::uint8_t byte) { return byte == 0; });
}

// `use_apphbd off`, `autojoin none`: to say of these that they have no effect would only confuse.
bool asks_for_nothing(const Directive& directive, std::string_view text) {
  const bool is_switch = std::holds_alternative<BooleanValue>(directive.value) ||
                         std::holds_alternative<OptionalBooleanValue>(directive.value) ||
                         directive.name == "pacemaker";
  return (is_switch && parse_boolean(text) == false) ||
         (directive.name == "autojoin" && equals_ignoring_case(text, "none"));
}

// Reads the file from top to bottom; each line acts when it is read.
class HaCfParser {
 public:
  HaCfParser(const std::string& file, const NodeName& self, const World& world)
      : file_(file), self_(self), world_(world), given_(directives().size()) {
    result_.ha_cf.udpport = world_.udp_port("ha-cluster").value_or(kDefaultUdpPort);
  }

  HaCfResult parse(std::string_view text) && {
    Lines lines(text);
    while (const auto line = lines.next()) {
      line_ = lines.number();
      parse_line(*line);
    }
    finish();
    return std::move(result_);
  }

 private:
  struct Given {
    std::string text;
    Location where;
  };
  struct Missing {
    Location where;
    std::string directive, interface;
  };

  // ── Lines and words ────────────────────────────────────────────────────────────────────────────

  void parse_line(std::string_view text) {
    const Piece line = Piece{text}.without_leading(kBlanks).until("#\r").without_trailing(kBlanks);
    if (line.text.empty()) return;
    if (const std::size_t nul = line.text.find('\0'); nul != std::string_view::npos) {
      diagnostics_.error(at(line.from(nul)), "the line holds a NUL byte", "", "text");
      return;
    }
    const Piece name = line.until(kBlanks);
    const Piece arguments = line.from(name.text.size()).without_leading(kDelimiters);
    directive_ = find_directive(name.text);
    if (directive_ == nullptr) {
      illegal_directive(name);
      return;
    }
    parse_directive(name, arguments);
  }

  void illegal_directive(const Piece& name) {
    std::string expected = "a directive of ha.cf";
    std::string_view meant = nearest_directive(name.text);
    if (!meant.empty()) {
      expected = fmt::format("perhaps \"{}\"", meant);
    } else if (const Piece before = name.until("=:,"); find_directive(before.text) != nullptr) {
      // `deadtime=30`, `node,node1`
      meant = before.text;
      const std::string_view value = name.from(meant.size() + 1).text.substr(0, 100);
      expected = fmt::format("a blank behind the name: {} {}", meant, value.empty() ? "…" : value);
    }
    diagnostics_.error(at(name),
                       fmt::format("Illegal directive [{}] in {}", name.text.substr(0, 200), file_),
                       name.text, expected);
    // What was probably meant is not missing.
    if (!meant.empty()) result_.refused.insert(std::string(find_directive(meant)->name));
  }

  void parse_directive(const Piece& name, const Piece& arguments) {
    if (name.text == "udp") {
      diagnostics_.warning(at(name), "udp is an old name of bcast", name.text, "bcast");
    }
    switch (directive_->effect) {
      case Effect::kBuilt:
      case Effect::kInformational:
      case Effect::kNotYet:
        break;
      case Effect::kObsolete:
        diagnostics_.warning(
            at(name), fmt::format("{} is obsolete: {}", directive_->name, directive_->effect_note));
        break;
      case Effect::kRefused:
        diagnostics_.error(at(name),
                           fmt::format("Illegal directive [{}] in {}: {}", directive_->name, file_,
                                       directive_->effect_note),
                           name.text, std::string(directive_->accepted));
        return;
    }
    const std::size_t errors_before = diagnostics_.errors();
    switch (directive_->form) {
      case Form::kScalar:
      case Form::kMediumPerWord:
        parse_words(name, arguments);
        break;
      case Form::kMediumWholeLine:
      case Form::kWholeLine:
        parse_whole_line(name, arguments);
        break;
    }
    if (diagnostics_.errors() != errors_before) {
      result_.refused.insert(std::string(directive_->name));
    } else if (directive_->effect == Effect::kNotYet && wants_effect(arguments)) {
      diagnostics_.warning(at(name), fmt::format("{} has no effect yet: {}", directive_->name,
                                                 directive_->effect_note));
    }
  }

  [[nodiscard]] bool wants_effect(const Piece& arguments) const {
    const auto words = split(arguments, kDelimiters);
    return !words.empty() && !asks_for_nothing(*directive_, words.back().text);
  }

  void parse_words(const Piece& name, const Piece& arguments) {
    const std::vector<Piece> words = split(arguments, kDelimiters);
    if (words.empty()) {
      diagnostics_.warning(at(name), fmt::format("{} without a value does nothing", name.text), "",
                           std::string(directive_->accepted));
    }
    for (const Piece& word : words) {
      if (directive_->form == Form::kScalar) {
        parse_scalar(word);
      } else if (has_room_for_medium(word)) {
        parse_medium(word);
      }
    }
  }

  void parse_whole_line(const Piece& name, const Piece& arguments) {
    const std::vector<Piece> words = split(arguments, kBlanks);
    if (words.empty()) {
      refuse(name, fmt::format("{} has no arguments", directive_->name), "");
      return;
    }
    if (directive_->form == Form::kMediumWholeLine) {
      if (words.size() == 1 && words[0].text.find(',') != std::string_view::npos) {
        refuse(words[0], fmt::format("{}: words are separated by blanks here, not by commas",
                                     directive_->name));
        return;
      }
      if (!has_room_for_medium(name)) return;
    }
    using Handler = void (HaCfParser::*)(const Piece&, const std::vector<Piece>&);
    static const std::map<std::string_view, Handler> kHandlers = {
        {"ucast", &HaCfParser::ucast},
        {"ucast6", &HaCfParser::ucast6},
        {"tcp", &HaCfParser::tcp},
        {"mcast", &HaCfParser::mcast},
        {"mcast6", &HaCfParser::mcast6},
        {"ping_group", &HaCfParser::ping_group},
        {"apiauth", &HaCfParser::apiauth},
        {"respawn", &HaCfParser::managed_client},
        {"failfast", &HaCfParser::managed_client},
        {"stonith", &HaCfParser::stonith},
        {"stonith_host", &HaCfParser::stonith_host},
    };
    (this->*kHandlers.at(directive_->name))(arguments, words);
  }

  // ── Scalars ────────────────────────────────────────────────────────────────────────────────────

  void parse_scalar(const Piece& word) {
    if (directive_->repeat == Repeat::kOnce && seen_.count(directive_->name) != 0) {
      refuse_second(word);
      return;
    }
    // Even a refused first value counts: the second one is not what the line was meant to say.
    seen_.emplace(directive_->name, line_);
    const bool accepted = std::visit(
        Overloaded{
            [&](const OwnValue&) { return parse_own_scalar(word); },
            [&](const TimeValue& value) { return set_time(word, value); },
            [&](const MillisecondsValue& value) { return set_milliseconds(word, value); },
            [&](const BooleanValue& value) {
              const auto parsed = boolean(word);
              if (parsed) result_.ha_cf.*value.field = *parsed;
              return parsed.has_value();
            },
            [&](const OptionalBooleanValue& value) {
              const auto parsed = boolean(word);
              if (parsed) result_.ha_cf.*value.field = *parsed;
              return parsed.has_value();
            },
            [&](const IntegerValue& value) {
              const auto parsed = integer(word, value.low, value.high);
              if (parsed) result_.ha_cf.*value.field = *parsed;
              return parsed.has_value();
            },
            [&](const OptionalIntegerValue& value) {
              const auto parsed = integer(word, value.low, value.high);
              if (parsed) result_.ha_cf.*value.field = *parsed;
              return parsed.has_value();
            },
            [&](const TextValue& value) { return set_text(word, value); },
            [&](const OptionalTextValue& value) {
              result_.ha_cf.*value.field = std::string(word.text);
              return true;
            },
            [&](const ChoiceValue& value) { return set_choice(word, value); },
        },
        directive_->value);
    if (accepted && directive_->recorded) record(directive_->name, word);
  }

  void refuse_second(const Piece& word) {
    std::string problem = fmt::format("{} given more than once", directive_->name);
    if (directive_->name == "baud") problem = "Baudrate multiply specified";
    if (directive_->name == "watchdog") problem = "Watchdog device multiply specified";
    refuse(word, fmt::format("{}; first on line {}", problem, seen_.at(directive_->name)),
           "one value in the whole file");
  }

  bool set_time(const Piece& word, const TimeValue& value) {
    const auto time = parse_time(word.text, at(word));
    if (!time) {
      return refuse(word, fmt::format("{}: {}", directive_->name, time.error().problem),
                    time.error().expected);
    }
    if (*time == Duration::zero() && !value.zero_allowed) {
      return refuse(word, fmt::format("{} must be above 0", directive_->name));
    }
    result_.ha_cf.*value.field = *time;
    return true;
  }

  bool set_milliseconds(const Piece& word, const MillisecondsValue& value) {
    constexpr int kMostMilliseconds = 86'400'000;  // a day
    const auto parsed = integer(word, 1, kMostMilliseconds);
    if (parsed) result_.ha_cf.*value.field = std::chrono::milliseconds(*parsed);
    return parsed.has_value();
  }

  std::optional<bool> boolean(const Piece& word) {
    const auto value = parse_boolean(word.text);
    if (!value) {
      refuse(word, fmt::format("{}: not a boolean", directive_->name), std::string(kBooleanSyntax));
    }
    return value;
  }

  std::optional<int> integer(const Piece& word, int low, int high) {
    const LooseInteger parsed = parse_loose_integer(word.text);
    if (parsed.value < low || parsed.value > high) {
      refuse(word, fmt::format("{} is {}", directive_->name,
                               parsed.whole ? "out of range" : "not a number"));
      return std::nullopt;
    }
    if (!parsed.whole) {
      diagnostics_.warning(
          at(word),
          fmt::format("{} is not a number and counts as {}", directive_->name, parsed.value),
          word.text, std::string(directive_->accepted));
    }
    return static_cast<int>(parsed.value);
  }

  bool set_text(const Piece& word, const TextValue& value) {
    if (value.absolute_path && !word.text.starts_with('/')) {
      return refuse(word, fmt::format("{} is not an absolute path", directive_->name));
    }
    result_.ha_cf.*value.field = std::string(word.text);
    return true;
  }

  bool set_choice(const Piece& word, const ChoiceValue& value) {
    for (std::size_t i = 0; i < value.words.size(); ++i) {
      if (word.text == value.words[i] ||
          (value.any_case && equals_ignoring_case(word.text, value.words[i]))) {
        value.set(result_.ha_cf, i);
        return true;
      }
    }
    const std::string_view nearest = nearest_of(word.text, value.words);
    return refuse(word, fmt::format("{} has no such value", directive_->name),
                  nearest.empty() ? "" : fmt::format("perhaps \"{}\"", nearest));
  }

  bool parse_own_scalar(const Piece& word) {
    using Handler = bool (HaCfParser::*)(const Piece&);
    static const std::map<std::string_view, Handler> kHandlers = {
        {"node", &HaCfParser::node},
        {"env", &HaCfParser::env},
        {"udpport", &HaCfParser::udpport},
        {"baud", &HaCfParser::baud},
        {"logfacility", &HaCfParser::logfacility},
        {"auto_failback", &HaCfParser::auto_failback},
        {"nice_failback", &HaCfParser::nice_failback},
        {"pacemaker", &HaCfParser::pacemaker},
        {"normalpoll", &HaCfParser::normalpoll},
    };
    return (this->*kHandlers.at(directive_->name))(word);
  }

  bool node(const Piece& word) {
    if (word.text.size() > kLongestNodeName || has_control(word.text)) {
      return refuse(word, "node: not a usable name");
    }
    if (word.text == "\\") {
      diagnostics_.warning(at(word), "ha.cf has no continued lines: this names a node \\",
                           word.text, "all on one line, or another node line");
    }
    NodeName name(to_lower(word.text));
    if (word.text != "\\" && name != self_) tell_odd_name(word);
    auto& nodes = result_.ha_cf.nodes;
    const auto earlier = std::find_if(nodes.begin(), nodes.end(),
                                      [&](const auto& known) { return known.value == name; });
    if (earlier != nodes.end()) {
      diagnostics_.warning(at(word),
                           fmt::format("node {} is listed twice, first on line {}; this one is "
                                       "ignored",
                                       name.value(), earlier->where.line));
      return true;
    }
    if (!has_room_for_node(word)) return false;
    nodes.push_back({std::move(name), at(word)});
    return true;
  }

  void tell_odd_name(const Piece& word) {
    const std::string_view odd = first_odd_character(word.text);
    if (odd.empty()) return;
    const bool ascii = static_cast<unsigned char>(odd.front()) < 0x80;
    diagnostics_.warning(at(word),
                         ascii ? fmt::format("node: the character {} in the name of a node", odd)
                               : "node: a character outside of ASCII in the name of a node",
                         word.text, "a name as uname -n prints it");
  }

  bool env(const Piece& word) {
    const std::size_t equals = word.text.find('=');
    if (equals == std::string_view::npos) return refuse(word, "env: no = after the name");
    if (equals == 0) return refuse(word, "env: no name before the =");
    EnvironmentEntry entry{std::string(word.text.substr(0, equals)),
                           std::string(word.text.substr(equals + 1))};
    auto& all = result_.ha_cf.env;
    const auto same = std::find_if(all.begin(), all.end(), [&](const EnvironmentEntry& known) {
      return known.name == entry.name;
    });
    if (same == all.end()) {
      all.push_back(std::move(entry));
    } else {
      *same = std::move(entry);
    }
    return true;
  }

  bool udpport(const Piece& word) {
    const auto parsed = integer(word, 1, 65535);
    if (!parsed) return false;
    const auto port = static_cast<std::uint16_t>(*parsed);
    result_.ha_cf.udpport = port;
    for (const auto& [type, fixed] : ports_) {
      if (fixed.port == port) continue;
      diagnostics_.warning(at(word),
                           fmt::format("udpport {} stands below the first {} line (line {}), which "
                                       "has fixed port {} for {}",
                                       port, type, fixed.line, fixed.port, type),
                           word.text, "udpport above the media");
    }
    const auto service = world_.udp_service(port);
    if (service && *service != "ha-cluster") {
      diagnostics_.warning(at(word),
                           fmt::format("UDP port {} is reserved for service {}", port, *service));
    }
    return true;
  }

  bool baud(const Piece& word) {
    constexpr std::array<int, 7> kRates = {9600, 19200, 38400, 57600, 115200, 230400, 460800};
    const LooseInteger rate = parse_loose_integer(word.text);
    if (std::find(kRates.begin(), kRates.end(), rate.value) == kRates.end()) {
      return refuse(word, "baud: no such rate");
    }
    const auto& media = result_.ha_cf.media;
    const auto serial = std::find_if(media.begin(), media.end(), [](const auto& medium) {
      return std::holds_alternative<Serial>(medium.value);
    });
    if (serial != media.end() && rate.value != result_.ha_cf.baud) {
      diagnostics_.warning(
          at(word),
          fmt::format("baud {} stands below the serial line (line {}), which runs at {}",
                      rate.value, serial->where.line, result_.ha_cf.baud),
          word.text, "baud above the media");
    }
    result_.ha_cf.baud = static_cast<int>(rate.value);
    return true;
  }

  bool logfacility(const Piece& word) {
    if (word.text != "none" && !syslog_facility(word.text)) {
      return refuse(word, fmt::format("Log facility({}) not valid", word.text.substr(0, 50)),
                    nearest_facility(word.text).empty()
                        ? syslog_facility_names()
                        : fmt::format("perhaps \"{}\"", nearest_facility(word.text)));
    }
    result_.ha_cf.logfacility = std::string(word.text);
    return true;
  }

  bool auto_failback(const Piece& word) {
    if (equals_ignoring_case(word.text, "legacy")) {
      result_.ha_cf.auto_failback = AutoFailback::kLegacy;
      return true;
    }
    const auto on = parse_boolean(word.text);
    if (!on) return refuse(word, "auto_failback has no such value");
    result_.ha_cf.auto_failback = *on ? AutoFailback::kOn : AutoFailback::kOff;
    return true;
  }

  // 3.0.6 looks at the current state instead of the value; meant is what is done here.
  bool nice_failback(const Piece& word) {
    const auto nice = boolean(word);
    if (!nice) return false;
    result_.ha_cf.auto_failback = *nice ? AutoFailback::kOff : AutoFailback::kLegacy;
    given_[index_of("auto_failback")] = Given{*nice ? "off" : "legacy", at(word)};
    return true;
  }

  // No daemons of 3.0.6's manager exist for this release; today's Pacemaker is started by itself.
  bool pacemaker(const Piece& word) {
    const auto mode = parse_manager_mode(word.text);
    if (!mode) return refuse(word, "pacemaker has no such value");
    if (*mode == ManagerMode::kOff) return true;
    const ManagerLines lines =
        expand_manager(*mode, {result_.ha_cf.crm_daemon_dir, result_.ha_cf.crmd_spawns_pengine},
                       [this](const std::string& path) { return is_program(path); });
    std::string missing;
    for (const std::string& name : lines.missing) missing += " " + name;
    return refuse(
        word,
        fmt::format("pacemaker: this release starts no cluster resource manager{}{}. Describe the "
                    "resources in haresources and delete this line; or run Pacemaker with "
                    "corosync, without heartbeat; or stay with 3.0.6 until it is there",
                    missing.empty() ? "" : ", and of its daemons this machine lacks", missing),
        "off");
  }

  [[nodiscard]] bool is_program(const std::string& path) const {
    const auto facts = world_.path(path);
    return facts && facts->is_executable;
  }

  [[nodiscard]] bool is_directory(std::string_view path) const {
    const auto facts = world_.path(path);
    return facts && facts->is_directory;
  }

  bool normalpoll(const Piece&) { return true; }

  // ── Media ──────────────────────────────────────────────────────────────────────────────────────

  void parse_medium(const Piece& word) {
    using Handler = void (HaCfParser::*)(const Piece&);
    static const std::map<std::string_view, Handler> kHandlers = {
        {"bcast", &HaCfParser::bcast},     {"serial", &HaCfParser::serial},
        {"ping", &HaCfParser::ping},       {"ping6", &HaCfParser::ping6},
        {"hbaping", &HaCfParser::hbaping},
    };
    (this->*kHandlers.at(directive_->name))(word);
  }

  void bcast(const Piece& word) {
    const auto interface = existing_interface(word);
    if (interface && !interface->has_broadcast) {
      if (interface->has_ipv4 || !world_.daemon_runs()) {
        refuse(word, "Illegal bcast: the interface has no broadcast address");
        return;
      }
      diagnostics_.warning(at(word),
                           "bcast: the interface has no IPv4 address at present; it is waited for",
                           word.text, "an interface with an IPv4 address");
    }
    add(word, Bcast{std::string(word.text), port_of("bcast")});
  }

  void serial(const Piece& word) {
    const auto facts = world_.path(word.text);
    const bool absolute = word.text.starts_with('/');
    if (absolute && !facts && world_.daemon_runs()) {
      diagnostics_.warning(at(word), "serial: there is no such device at present; it is waited for",
                           word.text, std::string(directive_->accepted));
    } else if (!absolute || !facts || !facts->is_character_device) {
      refuse(word, "serial: not a character device");
      return;
    }
    add(word, Serial{std::string(word.text), result_.ha_cf.baud});
  }

  void ping(const Piece& word) {
    const auto address = host_address(word);
    if (!names_host(word, address, AddressFamily::kIpv4, "ping6")) return;
    if (!admits_ping_node(word, word.text)) return;
    add(word, Ping{std::string(word.text), address});
    note_target(word, address, AddressFamily::kIpv4);
  }

  void ping6(const Piece& word) {
    const auto address = IpAddress::parse(word.text);
    if (!names_host(word, address, AddressFamily::kIpv6, "ping")) return;
    if (!admits_ping_node(word, word.text)) return;
    add(word, Ping6{std::string(word.text), address});
    note_target(word, address, AddressFamily::kIpv6);
  }

  void note_target(const Piece& host, const std::optional<IpAddress>& address,
                   AddressFamily family) {
    result_.pinged.push_back({directive_->name, std::string(host.text), address, family, at(host)});
  }

  // An address of either family, also of IPv4 in the forms that nobody writes on purpose; none for
  // what may be a name.
  std::optional<IpAddress> host_address(const Piece& word) {
    if (const auto address = IpAddress::parse(word.text)) return address;
    const auto address = parse_classful_ipv4(word.text);
    if (address) {
      diagnostics_.warning(
          at(word),
          fmt::format("{}: {} is read as {}", directive_->name, word.text, address->text()),
          word.text, "four numbers from 0 to 255, without leading zeros");
    }
    return address;
  }

  // An address of the wanted family, or something to be looked up.
  bool names_host(const Piece& word, const std::optional<IpAddress>& address, AddressFamily family,
                  std::string_view other_directive) {
    if (!address) return usable_name(word, family);
    if (address->family() == family) return true;
    return refuse(word,
                  fmt::format("{}: an {} address", directive_->name,
                              family == AddressFamily::kIpv4 ? "IPv6" : "IPv4"),
                  fmt::format("{} {}", other_directive, word.text));
  }

  // Whether there is such a card only the library can tell, which may block: it is asked at run
  // time.
  void hbaping(const Piece& word) {
    if (admits_ping_node(word, word.text)) add(word, HbaPing{std::string(word.text)});
  }

  void ping_group(const Piece& line, const std::vector<Piece>& words) {
    if (words.size() < 2) {
      refuse(line, "ping_group has no host after the name");
      return;
    }
    PingGroup group{std::string(words.front().text), {}};
    if (!admits_ping_node(line, group.name)) return;
    for (std::size_t i = 1; i < words.size(); ++i) {
      auto address = host_address(words[i]);
      if (address && address->family() != AddressFamily::kIpv4) address.reset();
      // 3.0.6 takes anything here; what is no name either will never be asked.
      if (!address && !is_plausible_name(words[i].text)) {
        diagnostics_.warning(at(words[i]), "ping_group: neither an IPv4 address nor a name",
                             words[i].text, "an IPv4 address or a name that resolves");
      } else if (!address) {
        tell_unresolved(words[i], AddressFamily::kIpv4);
      }
      group.members.push_back({std::string(words[i].text), address});
      note_target(words[i], address, AddressFamily::kIpv4);
    }
    add(line, std::move(group));
  }

  void ucast(const Piece& line, const std::vector<Piece>& words) {
    if (words.size() < 2) {
      refuse(line, "ucast has no host after the interface");
      return;
    }
    const Piece& interface = words[0];
    const Piece& host = words[1];
    const auto address = host_address(host);
    if (address && address->family() == AddressFamily::kIpv6) {
      refuse(host, "ucast: an IPv6 address",
             fmt::format("ucast6 {} {}", interface.text, host.text));
      return;
    }
    if (!address && !usable_name(host)) return;
    tell_missing(interface);
    ignore_rest(words, 2);
    add(line,
        Ucast{std::string(interface.text), std::string(host.text), address, port_of("ucast")});
  }

  void tcp(const Piece& line, const std::vector<Piece>& words) {
    if (words.size() < 2) {
      refuse(line, "tcp has no host after the interface");
      return;
    }
    const Piece& interface = words[0];
    const Piece& host = words[1];
    const auto address = IpAddress::parse(host.text);
    if (address && (is_multicast(*address) || is_unspecified(*address))) {
      refuse(host, "tcp: not the address of a host");
      return;
    }
    if (!address && !usable_name(host)) return;
    tell_missing(interface);
    ignore_rest(words, 2);
    add(line, Tcp{std::string(interface.text), std::string(host.text), address, port_of("tcp")});
  }

  // Whether it can be looked up while running.
  static bool is_plausible_name(std::string_view text) {
    return !text.starts_with('-') && text.size() <= kLongestHostName &&
           text.find_first_not_of(
               "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
               "0123456789-._") == std::string_view::npos &&
           text.find_first_not_of("0123456789.") != std::string_view::npos;
  }

  bool usable_name(const Piece& host, AddressFamily family = AddressFamily::kIpv4) {
    if (!is_plausible_name(host.text)) {
      return refuse(host, fmt::format("{}: neither an address nor a name", directive_->name));
    }
    tell_unresolved(host, family);
    return true;
  }

  // Whether it resolves now is worth a word, no more: at boot a name server may come later than we.
  void tell_unresolved(const Piece& host, AddressFamily family) {
    if (!world_.has_time() || world_.resolve(host.text, family)) return;
    diagnostics_.warning(at(host),
                         fmt::format("{}: the host does not resolve at present", directive_->name),
                         host.text,
                         fmt::format("an {} address or a name that resolves",
                                     family == AddressFamily::kIpv4 ? "IPv4" : "IPv6"));
  }

  void tell_missing(const Piece& interface) {
    if (world_.interface(interface.text)) return;
    diagnostics_.warning(at(interface),
                         fmt::format("{}: there is no such interface at present", directive_->name),
                         interface.text, "a network interface of this machine");
  }

  void ucast6(const Piece& line, const std::vector<Piece>& words) {
    if (words.size() < 2) {
      refuse(line, "ucast6 has no address after the interface");
      return;
    }
    const Piece& interface = words[0];
    const auto facts = existing_interface(interface);
    const Piece address = words[1].until("%");
    const Piece scope = words[1].from(address.text.size() + 1);
    const auto parsed = IpAddress::parse(address.text);
    if (!parsed || parsed->family() != AddressFamily::kIpv6 || is_multicast(*parsed) ||
        is_unspecified(*parsed)) {
      refuse(address, "ucast6: not the IPv6 address of a host");
      return;
    }
    if (address.text.size() < words[1].text.size() && scope.text != interface.text &&
        !is_index_of(scope, interface, facts)) {
      refuse(scope, "ucast6: the scope is not the interface of the line",
             std::string(interface.text));
      return;
    }
    ignore_rest(words, 2);
    add(line, Ucast6{std::string(interface.text), *parsed, port_of("ucast6")});
  }

  // `fe80::1%2`. An interface that is missing has no number yet; the line's own is used in any
  // case.
  bool is_index_of(const Piece& scope, const Piece& interface,
                   const std::optional<InterfaceFacts>& facts) {
    const auto number = parse_unsigned(scope.text);
    if (!number || (facts && facts->index != *number)) return false;
    diagnostics_.warning(at(scope), "ucast6: the number of an interface may change at each boot",
                         scope.text, std::string(interface.text));
    return true;
  }

  // What mcast and mcast6 have in common: all five words, each checked.
  struct Group {
    IpAddress address;
    std::uint16_t port = 0;
    std::uint8_t hops = 0;
    bool loop = false;
  };
  std::optional<Group> group(const Piece& line, const std::vector<Piece>& words,
                             AddressFamily family) {
    if (words.size() < 5) {
      refuse(line, fmt::format("{} has {} of its 5 arguments", directive_->name, words.size()));
      return std::nullopt;
    }
    const std::size_t errors_before = diagnostics_.errors();
    const auto address = IpAddress::parse(words[1].text);
    if (!address || address->family() != family || !is_multicast(*address)) {
      refuse(
          words[1], fmt::format("{}: not a multicast group", directive_->name),
          family == AddressFamily::kIpv4 ? "an address of 224.0.0.0/4" : "an address of ff00::/8");
    }
    const bool ipv4 = family == AddressFamily::kIpv4;
    // As 3.0.6 has it: all of IPv4's are read loosely, the port of IPv6 is not. Without a digit a
    // TTL would be 0 and the medium mute, which nobody means by it.
    const auto port = part(words[2], "port", 1, 65535, ipv4 ? Reading::kDigit : Reading::kWhole);
    const auto hops = part(words[3], ipv4 ? "TTL" : "hop limit", 0, 255, Reading::kDigit);
    const auto loop = part(words[4], "loop flag", 0, 1, Reading::kAny);
    if (diagnostics_.errors() != errors_before) return std::nullopt;
    if (*hops == 0) {
      diagnostics_.warning(
          at(words[3]), fmt::format("{}: with 0, no packet leaves this machine", directive_->name),
          words[3].text, "1 or more");
    }
    ignore_rest(words, 5);
    return Group{*address, static_cast<std::uint16_t>(*port), static_cast<std::uint8_t>(*hops),
                 *loop == 1};
  }

  enum class Reading { kWhole, kDigit, kAny };  // a number; one at the beginning; also none, as 0

  std::optional<int> part(const Piece& word, std::string_view what, int low, int high,
                          Reading reading) {
    const LooseInteger parsed = parse_loose_integer(word.text);
    const bool readable = parsed.whole || reading == Reading::kAny ||
                          (parsed.any_digit && reading == Reading::kDigit);
    std::string expected = fmt::format("an integer from {} to {}", low, high);
    if (!readable || parsed.value < low || parsed.value > high) {
      refuse(word, fmt::format("{}: not a {}", directive_->name, what), std::move(expected));
      return std::nullopt;
    }
    if (!parsed.whole) {
      diagnostics_.warning(at(word),
                           fmt::format("{}: the {} is not a number and counts as {}",
                                       directive_->name, what, parsed.value),
                           word.text, std::move(expected));
    }
    return static_cast<int>(parsed.value);
  }

  void mcast(const Piece& line, const std::vector<Piece>& words) {
    const auto interface = existing_interface(words[0]);
    const auto parsed = group(line, words, AddressFamily::kIpv4);
    if (!parsed) return;
    if (interface && !interface->has_ipv4) {
      // At boot the address may still come, and the medium joins the group when it does.
      diagnostics_.warning(at(words[0]), "mcast: the interface has no IPv4 address at present",
                           words[0].text, "an interface with an IPv4 address");
    }
    add(line, Mcast{std::string(words[0].text), parsed->address, parsed->port, parsed->hops,
                    parsed->loop});
  }

  void mcast6(const Piece& line, const std::vector<Piece>& words) {
    const auto facts = existing_interface(words[0]);
    static_cast<void>(facts);
    const auto parsed = group(line, words, AddressFamily::kIpv6);
    if (!parsed) return;
    add(line, Mcast6{std::string(words[0].text), parsed->address, parsed->port, parsed->hops,
                     parsed->loop});
  }

  // A missing one is waited for if another medium works meanwhile; judged when all are known.
  std::optional<InterfaceFacts> existing_interface(const Piece& word) {
    // The kernel answers for `eth0:0` as for eth0, but nothing can be bound to it.
    const Piece base = word.until(":");
    const bool is_alias =
        base.text.size() < word.text.size() && world_.interface(base.text).has_value();
    const auto facts = is_alias ? std::nullopt : world_.interface(word.text);
    if (!facts) {
      if (is_alias) {
        refuse(word, fmt::format("Illegal {}: there is no such interface", directive_->name),
               fmt::format("{} (an alias is no interface)", base.text));
      } else {
        missing_.push_back({at(word), std::string(directive_->name), std::string(word.text)});
      }
    }
    return facts;
  }

  // The port of this type of medium, which its first line fixes.
  std::uint16_t port_of(std::string_view type) {
    return ports_.emplace(type, FixedPort{result_.ha_cf.udpport, line_}).first->second.port;
  }

  void add(const Piece& piece, Medium medium) {
    result_.ha_cf.media.push_back({std::move(medium), at(piece)});
  }

  bool has_room_for_medium(const Piece& piece) {
    if (result_.ha_cf.media.size() < kMostMedia) return true;
    return refuse(piece, "Too many media", fmt::format("at most {} media", kMostMedia));
  }

  // It is known by its name, as a node is; two ways to one name could not be told apart.
  bool admits_ping_node(const Piece& piece, std::string_view name) {
    if (name.size() > kLongestNodeName || has_control(name)) {
      return refuse(piece, "not a usable name for a ping node");
    }
    for (const auto& [medium, where] : result_.ha_cf.media) {
      const auto known = ping_node(medium);
      if (!known || to_lower(known->value()) != to_lower(name)) continue;
      diagnostics_.warning(at(piece), fmt::format("ping node {} is listed twice, first on line {}; "
                                                  "this one is ignored",
                                                  name, where.line));
      return false;
    }
    return has_room_for_node(piece);
  }

  bool has_room_for_node(const Piece& piece) {
    const auto& media = result_.ha_cf.media;
    const auto ping_nodes = std::count_if(media.begin(), media.end(), [](const auto& medium) {
      return ping_node(medium.value).has_value();
    });
    if (result_.ha_cf.nodes.size() + static_cast<std::size_t>(ping_nodes) < kMostNodes) return true;
    return refuse(piece, "too many nodes",
                  fmt::format("at most {} nodes and ping nodes", kMostNodes));
  }

  void ignore_rest(const std::vector<Piece>& words, std::size_t used) {
    if (words.size() <= used) return;
    diagnostics_.warning(
        at(words[used]),
        fmt::format("{}: what follows the last argument is ignored", directive_->name),
        words[used].text);
  }

  // ── Clients ────────────────────────────────────────────────────────────────────────────────────

  void apiauth(const Piece& line, const std::vector<Piece>& words) {
    const Piece& client = words[0];
    if (client.text.size() > kLongestClientName) {
      refuse(client, "apiauth: the client name is too long",
             fmt::format("at most {} bytes", kLongestClientName));
      return;
    }
    if (words.size() < 2) {
      refuse(line, "apiauth: Missing uid or gid");
      return;
    }
    ApiAuth auth{std::string(client.text), {}, {}};
    const std::size_t errors_before = diagnostics_.errors();
    for (std::size_t i = 1; i < words.size(); ++i) principals(words, i, auth);
    if (diagnostics_.errors() != errors_before) return;
    const auto [earlier, first] = apiauth_lines_.emplace(auth.client, line_);
    if (!first) {
      refuse(client,
             fmt::format("apiauth for {} given more than once; first on line {}", auth.client,
                         earlier->second),
             "one line a client");
      return;
    }
    result_.ha_cf.apiauth.push_back(std::move(auth));
  }

  // One `uid=` or `gid=` list; each may stand once.
  void principals(const std::vector<Piece>& words, std::size_t index, ApiAuth& auth) {
    const Piece& word = words[index];
    const bool uid = word.text.starts_with("uid=");
    if (!uid && !word.text.starts_with("gid=")) {
      refuse(word, "apiauth: Missing uid or gid", "uid=user,… or gid=group,…");
      return;
    }
    const auto same_kind = [&](const Piece& other) {
      return other.text.substr(0, 4) == word.text.substr(0, 4);
    };
    if (std::any_of(words.begin() + 1, words.begin() + static_cast<std::ptrdiff_t>(index),
                    same_kind)) {
      refuse(word, fmt::format("apiauth: {}= given twice", word.text.substr(0, 3)), "one list");
      return;
    }
    for (const Piece& name : split(word.from(4), ",")) {
      const auto id = principal_id(name, uid);
      if (!id) continue;
      (uid ? auth.users : auth.groups).push_back({std::string(name.text), *id});
    }
  }

  std::optional<std::uint32_t> principal_id(const Piece& name, bool user) {
    const auto number = parse_unsigned(name.text);
    if (number && *number <= std::numeric_limits<std::uint32_t>::max()) {
      return static_cast<std::uint32_t>(*number);
    }
    const auto id = user ? world_.user_id(name.text) : world_.group_id(name.text);
    if (!id) {
      refuse(name, fmt::format("apiauth: no such {}", user ? "user" : "group"),
             fmt::format("a {} of this machine", user ? "user" : "group"));
    }
    return id;
  }

  void managed_client(const Piece& line, const std::vector<Piece>& words) {
    const Piece& user = words[0];
    const auto facts = is_number(user.text) ? std::nullopt : world_.user(user.text);
    if (user.text.size() > kLongestUserName || !facts) {
      refuse(user, fmt::format("{}: no such user", directive_->name),
             fmt::format("a login name of at most {} bytes", kLongestUserName));
    }
    if (words.size() < 2) {
      refuse(line, fmt::format("{} has no command after the user", directive_->name));
      return;
    }
    const Piece& program = words[1];
    if (!program.text.starts_with('/')) {
      refuse(program, fmt::format("{}: the command is not an absolute path", directive_->name),
             "the absolute path of a program");
      return;
    }
    const auto found = find_program(program.text, world_);
    if (!found && directive_->name == "respawn" && is_directory(program.text)) {
      // Not so for failfast: there a program that does not run reboots the machine.
      diagnostics_.warning(at(program), "respawn: a directory; this line starts nothing",
                           program.text, "the path of an executable file");
      return;
    }
    if (!found) {
      refuse(program, fmt::format("{}: the command cannot be executed", directive_->name),
             "the path of an executable file");
      return;
    }
    if (*found != program.text) {
      diagnostics_.info(at(program),
                        fmt::format("{}: {} is {} on this machine, and that is run",
                                    directive_->name, program.text, *found),
                        program.text, *found);
    }
    if (!facts) return;
    const Piece arguments = line.from(program.column - line.column + program.text.size());
    result_.ha_cf.clients.push_back({.user = std::string(user.text),
                                     .uid = facts->uid,
                                     .gid = facts->gid,
                                     .groups = facts->groups,
                                     .command = *found + std::string(arguments.text),
                                     .failfast = directive_->name == "failfast"});
  }

  // ── Fencing ────────────────────────────────────────────────────────────────────────────────────

  void stonith(const Piece& line, const std::vector<Piece>& words) {
    if (words.size() < 2) {
      refuse(line, "stonith has no configuration file after the type");
      return;
    }
    const Piece& path = words[1];
    const auto text = world_.read(path.text);
    if (!text || !has_parameter_line(*text)) {
      refuse(path, "Invalid Stonith config file", "a readable file with a line of parameters");
      return;
    }
    if (const auto facts = world_.path(path.text); facts && facts->is_readable_by_all) {
      diagnostics_.warning(at(path), "everybody can read this file, and it may hold passwords",
                           std::string(path.text), "a file of mode 0600 (chmod 600)");
    }
    add_device(line, {"*", std::string(words[0].text), "", std::string(path.text)});
  }

  static bool has_parameter_line(std::string_view text) {
    Lines lines(text);
    while (const auto line = lines.next()) {
      const Piece piece = Piece{*line}.without_leading(kBlanks);
      if (!piece.text.empty() && piece.text.front() != '#') return true;
    }
    return false;
  }

  // Never quotes the line: parameters are passwords.
  void stonith_host(const Piece& line, const std::vector<Piece>& words) {
    const std::string host = to_lower(words[0].text);
    result_.holds_passwords = result_.holds_passwords || words.size() > 2;
    if (host != "*" && host != self_.value()) {
      if (words.size() > 1 && !is_installed(words[1].text))
        diagnostics_.warning(at(words[1]), "no STONITH device of that type is installed here");
      return;
    }
    if (words.size() < 3) {
      refuse_quietly(line, words.size() < 2 ? "stonith_host has no type after the host"
                                            : "stonith_host has no parameters after the type");
      return;
    }
    const Piece parameters = line.from(words[2].column - line.column);
    add_device(line, {host, std::string(words[1].text), std::string(parameters.text), ""});
  }

  // Looked for, never run: a slow device must delay no start.
  bool is_installed(std::string_view type) const {
    const auto is_program = [&](std::string_view directory, std::string_view ending = {}) {
      const auto facts = world_.path(std::string(directory).append(type).append(ending));
      return facts && facts->is_regular;
    };
    if (type.starts_with("external/")) {
      return type.find('/', type.find('/') + 1) == std::string::npos &&
             is_program("/usr/lib/stonith/plugins/");
    }
    if (type.find('/') != std::string::npos) return type.starts_with("rhcs/");
    if (type.starts_with("fence_")) return is_program("/usr/sbin/");
    return type == "suicide" || is_program("/usr/lib/stonith/plugins/stonith2/", ".so") ||
           std::find(kGlueTypes.begin(), kGlueTypes.end(), type) != kGlueTypes.end();
  }

  void add_device(const Piece& line, StonithDevice device) {
    const auto is_it = [&](const UnfitDevice& unfit) { return unfit.type == device.type; };
    const auto* const unfit = std::find_if(kUnfitDevices.begin(), kUnfitDevices.end(), is_it);
    if (unfit != kUnfitDevices.end()) {
      refuse_quietly(line, std::string(unfit->reason));
      return;
    }
    if (!is_installed(device.type)) {
      refuse_quietly(line, "Invalid Stonith type: nothing of that name is installed");
      return;
    }
    const auto* const for_tests = std::find_if(kTestDevices.begin(), kTestDevices.end(), is_it);
    if (for_tests != kTestDevices.end())
      diagnostics_.warning(at(line), std::string(for_tests->reason));
    const auto& devices = result_.ha_cf.stonith;
    const bool from_file = !device.config_file.empty();
    if (std::any_of(devices.begin(), devices.end(), [&](const StonithDevice& known) {
          return known.config_file.empty() == from_file;
        })) {
      diagnostics_.warning(at(line), "stonith and stonith_host are mixed; all devices are kept");
    }
    result_.ha_cf.stonith.push_back(std::move(device));
  }

  // ── The end: what was not given ────────────────────────────────────────────────────────────────

  void judge_missing_interfaces() {
    const auto works = [this](const auto& medium) {
      return std::visit(
          Overloaded{
              [](const Serial&) { return true; },
              [](const Ping&) { return false; },
              [](const Ping6&) { return false; },
              [](const PingGroup&) { return false; },
              [](const HbaPing&) { return false; },
              [this](const auto& m) { return world_.interface(m.interface).has_value(); },
          },
          medium.value);
    };
    const auto& media = result_.ha_cf.media;
    const bool another = std::any_of(media.begin(), media.end(), works);
    const bool waits = another || world_.daemon_runs();
    for (const Missing& missing : missing_) {
      if (waits) {
        diagnostics_.warning(missing.where,
                             fmt::format("{}: there is no such interface at present; it is waited "
                                         "for",
                                         missing.directive),
                             missing.interface, "a network interface of this machine");
      } else {
        diagnostics_.error(missing.where,
                           fmt::format("Illegal {}: there is no such interface", missing.directive),
                           missing.interface, "a network interface of this machine");
        result_.refused.insert(missing.directive);
      }
    }
  }

  void finish() {
    judge_missing_interfaces();
    compute_timers();
    add_built_in_auth();
    list_parameters();
    result_.diagnostics = std::move(diagnostics_).take();
  }

  void compute_timers() {
    HaCf& ha_cf = result_.ha_cf;
    const Duration deadtime = ha_cf.deadtime;
    // In whole milliseconds, like every time of the file.
    if (!is_given("warntime")) ha_cf.warntime = std::chrono::milliseconds(to_ms(deadtime) / 2);
    if (!is_given("deadping")) ha_cf.deadping = deadtime;
    if (!is_given("initdead")) {
      using std::chrono::seconds;
      ha_cf.initdead = deadtime > seconds(10)  ? deadtime
                       : deadtime < seconds(6) ? seconds(12)
                                               : 2 * deadtime;
    }
  }

  void add_built_in_auth() {
    for (const auto& [client, user, group] : kBuiltInAuth) {
      if (apiauth_lines_.count(std::string(client)) != 0) continue;
      ApiAuth auth{std::string(client), {}, {}};
      if (const auto id = world_.user_id(user)) auth.users.push_back({std::string(user), *id});
      if (const auto id = world_.group_id(group)) auth.groups.push_back({std::string(group), *id});
      result_.ha_cf.apiauth.push_back(std::move(auth));
    }
  }

  void list_parameters() {
    for (std::size_t i = 0; i < given_.size(); ++i) {
      const Directive& directive = directives()[i];
      if (!directive.recorded) continue;
      if (given_[i]) {
        result_.ha_cf.parameters.push_back(
            {std::string(directive.name), given_[i]->text, true, given_[i]->where});
      } else if (std::string text = default_text(directive); !text.empty()) {
        result_.ha_cf.parameters.push_back(
            {std::string(directive.name), std::move(text), false, {file_, 0, 0}});
      }
    }
  }

  [[nodiscard]] std::string default_text(const Directive& directive) const {
    const HaCf& ha_cf = result_.ha_cf;
    if (!directive.default_text.empty()) return std::string(directive.default_text);
    if (directive.name == "warntime") return format_ms(ha_cf.warntime);
    if (directive.name == "initdead") return format_ms(ha_cf.initdead);
    if (directive.name == "deadping") return format_ms(ha_cf.deadping);
    if (directive.name == "udpport") return std::to_string(ha_cf.udpport);
    // Scripts append to these two; syslog alone must not make them write to a file named "".
    const bool file = directive.name == "logfile" || directive.name == "debugfile";
    if (file && ha_cf.logfacility && syslog_facility(*ha_cf.logfacility)) return "/dev/null";
    return "";
  }

  // ── Common ─────────────────────────────────────────────────────────────────────────────────────

  [[nodiscard]] Location at(const Piece& piece) const { return {file_, line_, piece.column}; }

  [[nodiscard]] static std::size_t index_of(std::string_view name) {
    return static_cast<std::size_t>(find_directive(name) - directives().data());
  }

  [[nodiscard]] bool is_given(std::string_view name) const {
    return given_[index_of(name)].has_value();
  }

  void record(std::string_view name, const Piece& word) {
    given_[index_of(name)] = Given{std::string(word.text), at(word)};
  }

  // An error about `piece`; what would be right is the directive's own text unless given. False, so
  // that setters can return it.
  bool refuse(const Piece& piece, std::string problem) {
    return refuse(piece, std::move(problem), std::string(directive_->accepted));
  }
  bool refuse(const Piece& piece, std::string problem, std::string expected) {
    if (expected.empty()) expected = std::string(directive_->accepted);
    diagnostics_.error(at(piece), std::move(problem), piece.text, std::move(expected));
    return false;
  }
  void refuse_quietly(const Piece& piece, std::string problem) {
    diagnostics_.error(at(piece), std::move(problem), "", std::string(directive_->accepted));
  }

  struct FixedPort {
    std::uint16_t port;
    unsigned line;
  };

  const std::string& file_;
  const NodeName& self_;
  const World& world_;
  HaCfResult result_;
  std::vector<Missing> missing_;
  Diagnostics diagnostics_;
  unsigned line_ = 0;
  const Directive* directive_ = nullptr;           // of the line being read
  std::vector<std::optional<Given>> given_;        // one a row of the table
  std::map<std::string_view, unsigned> seen_;      // scalar, line of its first value
  std::map<std::string_view, FixedPort> ports_;    // type of medium, its port
  std::map<std::string, unsigned> apiauth_lines_;  // client, line
};

}  // namespace

HaCfResult parse_ha_cf(std::string_view text, const std::string& file, const NodeName& self,
                       const World& world) {
  return HaCfParser(file, self, world).parse(text);
}

}  // namespace hb::config
