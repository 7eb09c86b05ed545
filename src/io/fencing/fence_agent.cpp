#include "io/fencing/fence_agent.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"

namespace hb::io {
namespace {

constexpr unsigned kLongestTimeout = 3600;  // seconds
constexpr unsigned kMostRetries = 10;

std::optional<unsigned> number(std::string_view text, unsigned least, unsigned most) {
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || value < least || value > most) return std::nullopt;
  return value;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Agents take `-` and `_` in names for the same.
std::string with_underscores(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

bool describes(std::string_view description, std::string_view parameter) {
  return description.find(fmt::format("name=\"{}\"", parameter)) != std::string_view::npos ||
         description.find(fmt::format("name='{}'", parameter)) != std::string_view::npos;
}

// An agent trims each line and takes one pair of quotes off.
std::string line_of(std::string_view name, std::string_view value) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  const bool must_be_quoted =
      !value.empty() && (is_blank(value.front()) || is_blank(value.back()) ||
                         (value.size() > 1 && value.front() == '"' && value.back() == '"'));
  return must_be_quoted ? fmt::format("{}=\"{}\"\n", name, value)
                        : fmt::format("{}={}\n", name, value);
}

}  // namespace

std::vector<std::string> listed_plugs(std::string_view answer) {
  std::vector<std::string> plugs;
  for (const std::string& line : split_words(answer, "\r\n")) {
    const std::size_t comma = line.find(',');
    if (comma != std::string::npos && comma > 0) plugs.push_back(line.substr(0, comma));
  }
  return plugs;
}

// With `port_as_ip` what is called a plug is the address of the machine itself: fence_ipmilan and
// its kind have such a parameter, and no plugs.
std::string plug_parameter(std::string_view description) {
  if (describes(description, "port_as_ip")) return {};
  for (const std::string_view name : {"plug", "port"}) {
    if (describes(description, name)) return std::string(name);
  }
  return {};
}

Expected<FenceAgent, std::string> FenceAgent::make(const std::string& type,
                                                   const FenceParameters& parameters,
                                                   const FenceSurroundings& around) {
  FenceAgent agent;
  agent.name_ = type;
  agent.path_ = around.paths.agents + "/" + type;
  agent.self_ = around.self;
  agent.environment_ = around.environment;
  agent.time_limit_ = around.time_limit;
  for (const auto& [given_name, value] : parameters) {
    const std::string name = with_underscores(given_name);
    if (is_one_of(name, {"action", "option", "nodename"}))
      return unexpected(name + " is ours to say and cannot be a parameter");
    if (value.find_first_of("\r\n") != std::string::npos)
      return unexpected("the value of " + name + " has more than one line");
    if (is_one_of(name, {"host_list", "host_map", "reboot_action", "timeout", "retries"})) {
      const auto taken = agent.take_ours(name, value);
      if (!taken) return unexpected(taken.error());
      continue;
    }
    agent.plug_given_ = agent.plug_given_ || is_one_of(name, {"plug", "port"});
    if (name == "port_as_ip")
      agent.plug_is_address_ = is_one_of(to_lower(value), {"1", "yes", "on", "true"});
    agent.parameters_.emplace_back(name, value);
  }
  if (agent.plug_given_ && !agent.host_map_.empty())
    return unexpected(std::string("one plug for all and host_map exclude each other"));
  return agent;
}

Expected<void, std::string> FenceAgent::take_ours(const std::string& name,
                                                  const std::string& value) {
  if (name == "host_list") {
    host_list_ = value;
  } else if (name == "reboot_action") {
    if (value != "reboot" && value != "off")
      return unexpected(std::string("reboot_action is neither reboot nor off"));
    reset_action_ = value;
  } else if (name == "timeout") {
    const auto seconds = number(value, 1, kLongestTimeout);
    if (!seconds)
      return unexpected(
          fmt::format("timeout is no number of seconds from 1 to {}", kLongestTimeout));
    time_limit_ = std::chrono::seconds(*seconds);
  } else if (name == "retries") {
    const auto retries = number(value, 0, kMostRetries);
    if (!retries) return unexpected(fmt::format("retries is no number from 0 to {}", kMostRetries));
    retries_ = *retries;
  } else {
    return take_host_map(value);
  }
  return {};
}

Expected<void, std::string> FenceAgent::take_host_map(std::string_view pairs) {
  for (const std::string& pair : split_words(pairs, "; \t")) {
    const std::size_t colon = pair.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == pair.size())
      return unexpected(std::string("host_map is not of the form node:plug;node:plug"));
    const std::string plug = pair.substr(colon + 1);
    // Who resets one would reset the other, and one of them may be this node.
    const bool taken = std::any_of(host_map_.begin(), host_map_.end(),
                                   [&](const auto& known) { return known.second == plug; });
    if (taken) return unexpected(std::string("host_map gives two nodes the same plug"));
    host_map_[to_lower(pair.substr(0, colon))] = plug;
  }
  return {};
}

std::optional<std::string> FenceAgent::objection() const { return unsafe_program(path_); }

std::optional<ProcessRequest> FenceAgent::introduction() const {
  if (plug_name_) return std::nullopt;
  return call("action=metadata\n");
}

Expected<void, std::string> FenceAgent::introduced(bool succeeded, const std::string& output) {
  if (!succeeded) return unexpected(std::string("action=metadata failed"));
  plug_name_ = plug_is_address_ ? std::string("plug") : plug_parameter(output);
  return {};
}

bool FenceAgent::resets_one_machine() const {
  return plug_given_ || plug_name_.value_or("").empty();
}

std::optional<std::string> FenceAgent::cannot_reset(const NodeName& victim) const {
  if (resets_one_machine()) {
    const std::vector<std::string> hosts = hosts_of(host_list_.value_or(""));
    if (hosts.empty()) return std::string("which machine it resets must be said by host_list");
    if (hosts.size() > 1)
      return std::string("it resets one machine, but host_list names several nodes");
  }
  if (host_list_ && !lists_host(*host_list_, victim))
    return "host_list does not name " + victim.value();
  if (!host_map_.empty() && !host_map_.contains(victim.value()) && !resets_one_machine())
    return "host_map does not name " + victim.value();
  // A node that host_map leaves out has its name for a plug, so that must not be a mapped one.
  if (!resets_one_machine() && plug_of(victim) == plug_of(self_))
    return victim.value() + " has the plug of this node";
  return std::nullopt;
}

std::optional<std::string> FenceAgent::doubt(const NodeName& victim) const {
  if (auto reason = cannot_reset(victim)) return reason;
  if (resets_one_machine() || plugs_.empty()) return std::nullopt;
  const std::string plug = plug_of(victim);
  if (std::find(plugs_.begin(), plugs_.end(), plug) != plugs_.end()) return std::nullopt;
  return fmt::format("it does not list plug {}", plug);
}

std::string FenceAgent::plug_of(const NodeName& victim) const {
  const auto mapped = host_map_.find(victim.value());
  return mapped != host_map_.end() ? mapped->second : victim.value();
}

ProcessRequest FenceAgent::reset(const NodeName& victim) const {
  std::string input = "action=" + reset_action_ + "\nnodename=" + victim.value() + "\n";
  if (!resets_one_machine()) input += line_of(*plug_name_, plug_of(victim));
  return call(std::move(input));
}

FenceOutcome FenceAgent::judge(const ProcessExit& exit) const {
  return exit.succeeded() ? FenceOutcome::kConfirmed : FenceOutcome::kFailed;
}

// Asked for a warning only: some agents name plugs otherwise than they take them.
std::optional<ProcessRequest> FenceAgent::list_hosts() const {
  if (resets_one_machine() || plug_is_address_) return std::nullopt;
  return call("action=list\n");
}

void FenceAgent::hosts_listed(const std::string& output) { plugs_ = listed_plugs(output); }

ProcessRequest FenceAgent::call(std::string input) const {
  for (const auto& [name, value] : parameters_) input += line_of(name, value);
  return {.argv = {path_},
          .environment = environment_of(environment_),
          .directory = "/",
          .time_limit = time_limit_,
          .input = std::move(input)};
}

}  // namespace hb::io
