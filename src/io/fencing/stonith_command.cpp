#include "io/fencing/stonith_command.h"

#include <algorithm>

#include <fmt/format.h>

namespace hb::io {
namespace {

constexpr int kBadHost = 4;                 // of its exit codes
constexpr std::size_t kLongestLine = 1023;  // that it reads of its file

// Values in order, as the command takes them: blanks are possible in the last one only.
Expected<std::string, std::string> line_of(const MatchedParameters& matched) {
  const auto& [names, parameters] = matched;
  std::string line;
  for (const std::string& name : names) {
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const auto& given) { return given.first == name; });
    if (found == parameters.end()) return unexpected("parameter " + name + " is missing");
    const std::string& value = found->second;
    const bool last = &name == &names.back();
    if (value.empty() || (!last && value.find_first_of(" \t") != std::string::npos))
      return unexpected("parameter " + name + " is empty or has blanks");
    line += line.empty() ? value : " " + value;
  }
  if (line.size() > kLongestLine)
    return unexpected(fmt::format("its parameters are longer than {} bytes", kLongestLine));
  return line;
}

}  // namespace

StonithCommand::StonithCommand(const FenceDeviceConfig& config, std::string text,
                               const FenceSurroundings& around)
    : name_(config.type),
      command_(around.paths.stonith),
      text_(std::move(text)),
      from_file_(!config.file.empty()),
      environment_(around.environment),
      time_limit_(around.time_limit) {}

std::optional<std::string> StonithCommand::objection() const { return unsafe_program(command_); }

std::optional<ProcessRequest> StonithCommand::introduction() const {
  if (!line_)
    return ProcessRequest{.argv = {command_, "-t", name_, "-n"},
                          .environment = environment_of(environment_),
                          .directory = "/",
                          .time_limit = time_limit_,
                          .input = {}};
  if (needs_operator() && !hosts_) return list_hosts();
  return std::nullopt;
}

Expected<void, std::string> StonithCommand::introduced(bool succeeded, const std::string& output) {
  if (line_) {
    if (!succeeded || hosts_of(output).empty())
      return unexpected(std::string("stonith -l does not say which nodes it controls"));
    hosts_ = output;
    return {};
  }
  if (!succeeded) return unexpected(std::string("stonith does not know this type"));
  const auto matched = match_parameters(output, text_, from_file_);
  if (!matched) return unexpected(matched.error());
  auto line = line_of(*matched);
  if (!line) return unexpected(std::move(line).error());
  line_ = std::move(*line);
  secrets_ = secrets_of(matched->given);
  return {};
}

std::optional<std::string> StonithCommand::cannot_reset(const NodeName& victim) const {
  return needs_operator() ? doubt(victim) : std::nullopt;
}

std::optional<std::string> StonithCommand::doubt(const NodeName& victim) const {
  if (!hosts_ || lists_host(*hosts_, victim)) return std::nullopt;
  return "does not list " + victim.value();
}

// A human operator needs longer than any bound; the command ends with the attempt.
ProcessRequest StonithCommand::reset(const NodeName& victim) const {
  return call({"-T", "reset", victim.value()}, needs_operator() ? Duration::zero() : time_limit_);
}

FenceOutcome StonithCommand::judge(const ProcessExit& exit) const {
  if (exit.succeeded()) return FenceOutcome::kConfirmed;
  return exit.code == kBadHost && !exit.timed_out ? FenceOutcome::kBadHost : FenceOutcome::kFailed;
}

ProcessRequest StonithCommand::call(const std::vector<std::string>& arguments,
                                    Duration time_limit) const {
  std::vector<std::string> argv = {command_, "-t", name_, "-F", "/dev/stdin"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return {.argv = std::move(argv),
          .environment = environment_of(environment_),
          .directory = "/",
          .time_limit = time_limit,
          .input = line_.value_or("") + "\n"};
}

}  // namespace hb::io
