#include "config/statements.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/overloaded.h"
#include "config/directives.h"
#include "config/times.h"

namespace hb::config {
namespace {

template <class T>
std::string text_of(const std::optional<T>& value) {
  return value ? fmt::format("={}", *value) : std::string();
}

// Scalars with a parser of their own keep their field where only this knows it.
std::string own_meaning(const Directive& directive, const HaCf& ha_cf) {
  if (directive.name == "pacemaker") return fmt::format("{}", ha_cf.pacemaker);
  if (directive.name == "logfacility") return text_of(ha_cf.logfacility);
  if (directive.name == "baud") return std::to_string(ha_cf.baud);
  if (directive.name == "udpport") return std::to_string(ha_cf.udpport);
  if (directive.name == "auto_failback") {
    switch (ha_cf.auto_failback) {
      case AutoFailback::kOff:
        return "off";
      case AutoFailback::kOn:
        return "on";
      case AutoFailback::kLegacy:
        return "legacy";
    }
  }
  const Parameter* parameter = find_parameter(ha_cf, directive.name);
  return parameter == nullptr ? "" : parameter->text;
}

// Which word of a choice is in force. The row can only set it, so each word is tried on.
std::string choice(const ChoiceValue& value, const HaCf& ha_cf) {
  for (std::size_t i = 0; i < value.words.size(); ++i) {
    HaCf other = ha_cf;
    value.set(other, i);
    if (other == ha_cf) return std::string(value.words[i]);
  }
  return "";
}

std::string meaning_of(const Directive& directive, const HaCf& ha_cf) {
  const auto time = [](Duration duration) { return format_ms(duration); };
  return std::visit(
      Overloaded{
          [&](const OwnValue&) { return own_meaning(directive, ha_cf); },
          [&](const TimeValue& v) { return time(ha_cf.*v.field); },
          [&](const MillisecondsValue& v) { return time(ha_cf.*v.field); },
          [&](const BooleanValue& v) { return std::string(ha_cf.*v.field ? "yes" : "no"); },
          [&](const OptionalBooleanValue& v) { return text_of(ha_cf.*v.field); },
          [&](const IntegerValue& v) { return std::to_string(ha_cf.*v.field); },
          [&](const OptionalIntegerValue& v) { return text_of(ha_cf.*v.field); },
          [&](const TextValue& v) { return ha_cf.*v.field; },
          [&](const OptionalTextValue& v) { return text_of(ha_cf.*v.field); },
          [&](const ChoiceValue& v) { return choice(v, ha_cf); },
      },
      directive.value);
}

// Which link of its type a medium is: what another line must repeat to be the same link with
// another port or rate.
std::string subject_of(const Medium& medium) {
  return std::visit(
      Overloaded{
          [](const Ucast& m) { return fmt::format("{} {}", m.interface, m.host); },
          [](const Ucast6& m) { return fmt::format("{} {}", m.interface, m.address.text()); },
          [](const Tcp& m) { return fmt::format("{} {}", m.interface, m.host); },
          [](const Mcast& m) { return fmt::format("{} {}", m.interface, m.group.text()); },
          [](const Mcast6& m) { return fmt::format("{} {}", m.interface, m.group.text()); },
          [](const auto& m) { return std::string(link_name(Medium(m)).value()); },
      },
      medium);
}

// What the line leaves out: the port in force, the speed.
std::string details_of(const Medium& medium) {
  return std::visit(Overloaded{
                        [](const Bcast& m) { return fmt::format("port {}", m.port); },
                        [](const Ucast& m) { return fmt::format("port {}", m.port); },
                        [](const Ucast6& m) { return fmt::format("port {}", m.port); },
                        [](const Tcp& m) { return fmt::format("port {}", m.port); },
                        [](const Serial& m) { return fmt::format("{} baud", m.baud); },
                        [](const auto&) { return std::string(); },
                    },
                    medium);
}

std::string principals(std::string_view list, const std::vector<Principal>& principals,
                       bool numbers) {
  std::string text;
  for (const Principal& principal : principals) {
    if (!text.empty()) text += ',';
    text += numbers ? std::to_string(principal.id) : principal.name;
  }
  return text.empty() ? "" : fmt::format("{}={}", list, text);
}

std::string rights(const ApiAuth& auth, bool numbers) {
  const std::string users = principals("uid", auth.users, numbers);
  const std::string groups = principals("gid", auth.groups, numbers);
  if (users.empty() && groups.empty()) return "nobody";
  return users.empty() || groups.empty() ? users + groups : users + " " + groups;
}

class Writer {
 public:
  explicit Writer(const Disguise& disguise) : disguise_(disguise) {}

  void scalars(const HaCf& ha_cf) {
    for (const Directive& directive : directives()) {
      if (!directive.recorded) continue;
      const Parameter* parameter = find_parameter(ha_cf, directive.name);
      std::string meaning = meaning_of(directive, ha_cf);
      if (parameter == nullptr && meaning.empty()) continue;
      std::string shown = parameter != nullptr ? parameter->text : meaning;
      add(directive.name, "", std::move(shown), std::move(meaning));
    }
  }

  void nodes(const HaCf& ha_cf) {
    for (const auto& node : ha_cf.nodes) add("node", node.value.value(), "", "");
  }

  void environment(const HaCf& ha_cf) {
    for (const EnvironmentEntry& entry : ha_cf.env) {
      add("env", entry.name, entry.value, entry.value);
    }
  }

  void media(const HaCf& ha_cf) {
    for (const auto& located : ha_cf.media) {
      const Medium& medium = located.value;
      const std::string subject = subject_of(medium);
      std::string line = print(medium);
      const std::string details = details_of(medium);
      if (!details.empty()) line += ", " + details;
      add(medium_type(medium), subject, line, line);
    }
  }

  void clients(const HaCf& ha_cf) {
    for (const ApiAuth& auth : ha_cf.apiauth) {
      add("apiauth", auth.client, rights(auth, false), rights(auth, true));
    }
    for (const ManagedClient& client : ha_cf.clients) {
      add(client.failfast ? "failfast" : "respawn", client.command, "as " + client.user,
          fmt::format("uid {}", client.uid));
    }
  }

  void fencing(const HaCf& ha_cf) {
    for (const StonithDevice& device : ha_cf.stonith) {
      if (device.config_file.empty()) {
        add("stonith_host", device.host + " " + device.type, "parameters not shown",
            disguise_(device.parameters));
      } else {
        add("stonith", device.type + " " + device.config_file, "", "");
      }
    }
  }

  void keys(const Authkeys& keys) {
    for (const wire::Key& key : keys.keys) {
      const std::string method(wire::word(key.method));
      add(kKeyStatement, std::to_string(key.number), method,
          key.secret.empty() ? method : method + " " + disguise_(key.secret));
    }
    const std::string sending = std::to_string(keys.sending);
    add(kSigningStatement, "", sending, sending);
  }

  void groups(const std::vector<ResourceGroup>& groups) {
    for (const ResourceGroup& group : groups) {
      std::string line = group.preferred.value();
      for (const ResourceSpec& resource : group.resources) line += " " + resource.text;
      add(kGroupStatement, group.key.value(), line, line);
    }
  }

  void add(std::string_view directive, std::string subject, std::string shown,
           std::string meaning) {
    const std::string_view list = list_of(directive);
    int& times = times_[{list, subject}];
    const std::string first = subject;
    while (!seen_.emplace(list, subject).second) {
      times = std::max(times + 1, 2);
      subject = fmt::format("{} ({})", first, times);
    }
    result_.push_back(
        {std::string(directive), std::move(subject), std::move(shown), std::move(meaning)});
  }

  std::vector<Statement> take() && { return std::move(result_); }

 private:
  const Disguise& disguise_;
  std::set<std::pair<std::string_view, std::string>> seen_;
  std::map<std::pair<std::string_view, std::string>, int> times_;  // the last number given
  std::vector<Statement> result_;
};

}  // namespace

std::string_view list_of(std::string_view directive) {
  if (directive == "failfast") return "respawn";
  if (directive == "stonith_host") return "stonith";
  return directive;
}

std::vector<Statement> statements(const Configuration& configuration, const Disguise& disguise) {
  Writer writer(disguise);
  writer.add(kSelfStatement, "", configuration.self.value(), configuration.self.value());
  writer.scalars(configuration.ha_cf);
  writer.nodes(configuration.ha_cf);
  writer.environment(configuration.ha_cf);
  writer.media(configuration.ha_cf);
  writer.clients(configuration.ha_cf);
  writer.fencing(configuration.ha_cf);
  writer.keys(configuration.keys);
  writer.groups(configuration.groups);
  return std::move(writer).take();
}

}  // namespace hb::config
