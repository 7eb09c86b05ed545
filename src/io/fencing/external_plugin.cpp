#include "io/fencing/external_plugin.h"

namespace hb::io {
namespace {

// Plugins log with a script of that package.
constexpr std::string_view kGlueDirectory = "/usr/share/cluster-glue";

}  // namespace

ExternalPlugin::ExternalPlugin(const FenceDeviceConfig& config, std::string text,
                               const FenceSurroundings& around)
    : name_(config.type),
      path_(around.paths.plugins + config.type.substr(config.type.find('/'))),
      text_(std::move(text)),
      from_file_(!config.file.empty()),
      environment_(around.environment),
      time_limit_(around.time_limit) {
  std::string& path = environment_["PATH"];
  path = std::string(kGlueDirectory) + ":" + path;
  environment_["HA_LOGTAG"] = name_;
}

std::optional<std::string> ExternalPlugin::objection() const { return unsafe_program(path_); }

std::optional<ProcessRequest> ExternalPlugin::introduction() const {
  if (!parameters_) return call({"getconfignames"});
  if (!hosts_) return call({"gethosts"});
  return std::nullopt;
}

Expected<void, std::string> ExternalPlugin::introduced(bool succeeded, const std::string& output) {
  if (parameters_) {
    if (!succeeded || hosts_of(output).empty())
      return unexpected(std::string("gethosts does not say which nodes it controls"));
    hosts_ = output;
    return {};
  }
  if (!succeeded) return unexpected(std::string("getconfignames failed"));
  auto matched = match_parameters(output, text_, from_file_);
  if (!matched) return unexpected(std::move(matched).error());
  parameters_ = std::move(matched->given);
  return {};
}

std::optional<std::string> ExternalPlugin::cannot_reset(const NodeName& victim) const {
  if (hosts_ && lists_host(*hosts_, victim)) return std::nullopt;
  return "does not list " + victim.value();
}

ProcessRequest ExternalPlugin::reset(const NodeName& victim) const {
  return call({"reset", victim.value()});
}

FenceOutcome ExternalPlugin::judge(const ProcessExit& exit) const {
  return exit.succeeded() ? FenceOutcome::kConfirmed : FenceOutcome::kFailed;
}

ProcessRequest ExternalPlugin::call(std::vector<std::string> arguments) const {
  std::map<std::string, std::string> environment = environment_;
  if (parameters_) {
    for (const auto& [name, value] : *parameters_) environment.insert_or_assign(name, value);
  }
  arguments.insert(arguments.begin(), path_);
  return {.argv = std::move(arguments),
          .environment = environment_of(environment),
          .directory = "/",
          .time_limit = time_limit_,
          .input = {}};
}

}  // namespace hb::io
