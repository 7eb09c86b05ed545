#include "io/process/resource_agents.h"

#include <algorithm>
#include <array>
#include <utility>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <dirent.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/resource_script.h"
#include "base/text.h"
#include "io/process/ocf_instance.h"
#include "io/process/script_files.h"

namespace hb::io {
namespace {

// Exit codes of OCF agents, which the classic wrappers pass on (spec resources.md 7.1).
constexpr int kOcfGenericError = 1;
constexpr int kOcfBadArguments = 2;
constexpr int kOcfNotPermitted = 4;
constexpr int kOcfNotInstalled = 5;
constexpr int kOcfNotConfigured = 6;
constexpr int kOcfNotRunning = 7;
constexpr int kOcfRunningMaster = 8;

constexpr std::size_t kMostStatusOutput = 64 * 1024;
constexpr std::size_t kLongestInstanceFile = 64 * 1024;
constexpr std::string_view kOcf = "OCF";
constexpr std::string_view kBuiltIn = "built in";

std::optional<AddressAgent> address_agent(const std::string& script) {
  if (script == "IPaddr") return AddressAgent::kIpaddr;
  if (script == "IPaddr2") return AddressAgent::kIpaddr2;
  if (script == "IPv6addr") return AddressAgent::kIpv6addr;
  return std::nullopt;
}

int ocf_code(const IoError& error) {
  return error.code == EPERM || error.code == EACCES ? kOcfNotPermitted : kOcfGenericError;
}

// Everything that a program may turn out to be: not there, not for this machine, no interpreter.
bool means_not_found(const IoError& error) {
  static constexpr std::array<int, 5> kCodes = {ENOENT, EACCES, ENOTDIR, ELOOP, ENOEXEC};
  return std::find(kCodes.begin(), kCodes.end(), error.code) != kCodes.end();
}

// Names in a directory that may be agents or providers, sorted; hidden ones left out.
std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  DIR* handle = ::opendir(directory.c_str());
  if (handle == nullptr) return names;
  while (const dirent* entry = ::readdir(handle)) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  ::closedir(handle);
  std::sort(names.begin(), names.end());
  return names;
}

AgentOutcome failed(int exit_code, std::string detail) {
  return {AgentResult::kFailed, exit_code, std::move(detail)};
}

AgentOutcome not_found(std::string detail) {
  return {AgentResult::kNotFound, kOcfNotInstalled, std::move(detail)};
}

}  // namespace

// One program under way, and what it has said.
struct ResourceAgents::Running {
  ResourceSpec resource;
  AgentOp op;
  ProcessRequest request;
  bool is_ocf = false;
  Done done;
  std::string output;  // of status; bounded
  std::string last_line;
  std::unique_ptr<asio::steady_timer> slow;  // until it is told that this takes long
};

ResourceAgents::ResourceAgents(ProcessRunner& runner, ServiceAddresses& addresses,
                               Directories directories, TimeLimits limits)
    : loop_(runner.loop()),
      runner_(runner),
      addresses_(addresses),
      directories_(std::move(directories)),
      limits_(limits),
      alive_(std::make_shared<bool>(true)) {
  set_environment({});
}

void ResourceAgents::set_environment(std::map<std::string, std::string> environment) {
  environment_ = std::move(environment);
  environment_.try_emplace("PATH", kDefaultPath);
}

void ResourceAgents::run(const ResourceSpec& resource, AgentOp op, Done done) {
  const auto agent = address_agent(resource.script);
  if (agent && !replaced_by_administrator(resource.script)) {
    run_address(*agent, resource, op, std::move(done));
    return;
  }
  if (resource.script == kOcf && !replaced_by_administrator(resource.script)) {
    run_ocf(resource, op, std::move(done));
    return;
  }
  const auto path = find_script(resource.script);
  if (!path) {
    finish(std::move(done), not_found("Cannot locate resource script " + resource.script));
    return;
  }
  std::vector<std::string> argv = {*path};
  argv.insert(argv.end(), resource.arguments.begin(), resource.arguments.end());
  argv.emplace_back(word(op));
  run_program(
      {resource, op, request_for(std::move(argv), op, {}), false, std::move(done), {}, {}, {}});
}

std::optional<std::string> ResourceAgents::locate(const ResourceSpec& resource) const {
  const bool can_be_built_in = address_agent(resource.script) || resource.script == kOcf;
  if (can_be_built_in && !replaced_by_administrator(resource.script)) {
    return std::string(kBuiltIn);
  }
  return find_script(resource.script);
}

std::optional<std::string> ResourceAgents::find_script(const std::string& name) const {
  if (!is_script_path(name)) return std::nullopt;
  for (const std::string& directory : directories_.scripts) {
    std::string path = fmt::format("{}/{}", directory, name);
    if (is_executable_file(path)) return path;
  }
  return std::nullopt;
}

bool ResourceAgents::replaced_by_administrator(const std::string& name) const {
  if (directories_.scripts.empty()) return false;
  const std::string path = directories_.scripts.front() + "/" + name;
  return is_executable_file(path) &&
         !is_stock_script(name, read_small_file(path, kLongestStockScript));
}

// ---- addresses ---------------------------------------------------------------------------------

void ResourceAgents::run_address(AddressAgent agent, const ResourceSpec& resource, AgentOp op,
                                 Done done) {
  // An IPv6 address is cut at its `::` by who reads haresources word by word.
  const std::string text = join(resource.arguments, "::");
  const auto address = parse_service_address(text);
  if (!address) {
    finish(std::move(done),
           failed(kOcfBadArguments, resource.text + ": \"" + address.error().found +
                                        "\" should be " + address.error().expected));
    return;
  }
  switch (op) {
    case AgentOp::kStart:
      addresses_.add(agent, *address,
                     [done = std::move(done)](const Expected<AddressPlace, IoError>& added) {
                       done(added ? AgentOutcome{AgentResult::kSuccess, 0,
                                                 "prefix " + std::to_string(added->prefix) +
                                                     " on " + added->interface}
                                  : failed(ocf_code(added.error()), added.error().text()));
                     });
      return;
    case AgentOp::kStop: {
      const auto removed = addresses_.remove(agent, *address);
      finish(std::move(done), removed ? AgentOutcome{AgentResult::kSuccess, 0, {}}
                                      : failed(ocf_code(removed.error()), removed.error().text()));
      return;
    }
    case AgentOp::kStatus: {
      const auto place = addresses_.find(agent, *address);
      finish(std::move(done), place
                                  ? AgentOutcome{AgentResult::kRunning, 0, "on " + place->interface}
                                  : AgentOutcome{AgentResult::kStopped, kOcfNotRunning, {}});
      return;
    }
  }
}

// ---- OCF agents --------------------------------------------------------------------------------

void ResourceAgents::run_ocf(const ResourceSpec& resource, AgentOp op, Done done) {
  const bool right_number = resource.arguments.size() == 1 || resource.arguments.size() == 2;
  if (!right_number || !std::all_of(resource.arguments.begin(), resource.arguments.end(),
                                    [](const std::string& name) { return is_script_name(name); })) {
    finish(std::move(done),
           failed(kOcfBadArguments, resource.text + " should be OCF::<agent>[::<instance>]"));
    return;
  }
  const std::string& agent = resource.arguments.front();
  const bool is_named = resource.arguments.size() == 2;
  const std::string instance = is_named ? resource.arguments[1] : "default";
  const auto path = find_ocf_agent(agent);
  if (!path) {
    finish(std::move(done),
           not_found("No OCF agent " + agent + " under " + directories_.ocf_root + "/resource.d"));
    return;
  }
  const std::string file = directories_.ocf_instances + "/" + agent + "/" + instance;
  if (is_named && ::access(file.c_str(), R_OK) != 0) {
    finish(std::move(done), failed(kOcfNotConfigured, IoError{errno, "read " + file}.text()));
    return;
  }
  const auto parsed = parse_ocf_instance(read_small_file(file, kLongestInstanceFile));
  if (!parsed) {
    finish(std::move(done),
           failed(kOcfBadArguments, file + ":" + std::to_string(parsed.error().line) + ": \"" +
                                        parsed.error().found + "\" should be " +
                                        parsed.error().expected));
    return;
  }
  std::map<std::string, std::string> variables = *parsed;
  variables["OCF_ROOT"] = directories_.ocf_root;
  variables["OCF_RA_VERSION_MAJOR"] = "1";
  variables["OCF_RA_VERSION_MINOR"] = "0";
  variables["OCF_RESOURCE_TYPE"] = agent;
  variables["OCF_RESOURCE_INSTANCE"] = instance;
  const std::string operation(op == AgentOp::kStatus ? "monitor" : word(op));
  run_program({resource,
               op,
               request_for({*path, operation}, op, variables),
               true,
               std::move(done),
               {},
               {},
               {}});
}

// Provider "heartbeat" if it has the agent, else the first that has, in the order of names.
std::optional<std::string> ResourceAgents::find_ocf_agent(const std::string& agent) const {
  const std::string directory = directories_.ocf_root + "/resource.d";
  std::vector<std::string> providers = names_in(directory);
  providers.insert(providers.begin(), "heartbeat");
  for (const std::string& provider : providers) {
    std::string path = fmt::format("{}/{}/{}", directory, provider, agent);
    if (is_executable_file(path)) return path;
  }
  return std::nullopt;
}

// ---- programs ----------------------------------------------------------------------------------

ProcessRequest ResourceAgents::request_for(
    std::vector<std::string> argv, AgentOp op,
    const std::map<std::string, std::string>& more_environment) const {
  std::map<std::string, std::string> environment = more_environment;
  environment.insert(environment_.begin(), environment_.end());
  ProcessRequest request;
  request.argv = std::move(argv);
  request.environment = environment_of(environment);
  request.directory = directories_.working;
  request.time_limit = limit_of(op);
  return request;
}

void ResourceAgents::run_program(Running start) {
  const auto running = std::make_shared<Running>(std::move(start));
  const std::weak_ptr<bool> alive = alive_;
  watch(running);
  runner_.run(
      running->request,
      [this, running, alive](OutputStream stream, std::string_view line) {
        if (!alive.expired()) on_line(*running, stream, line);
      },
      [this, running, alive](const Expected<ProcessExit, IoError>& result) {
        if (!alive.expired()) on_exit(*running, result);
      });
}

void ResourceAgents::watch(const std::shared_ptr<Running>& running) {
  const Duration limit = limit_of(running->op);
  if (limit != Duration::zero() && limit <= limits_.slow) return;
  running->slow = std::make_unique<asio::steady_timer>(loop_, limits_.slow);
  running->slow->async_wait([this, after = limits_.slow, weak = std::weak_ptr(running),
                             alive = std::weak_ptr(alive_)](const std::error_code& error) {
    const auto slow = weak.lock();
    if (error || alive.expired() || !slow || !on_slow_) return;
    on_slow_(slow->resource, slow->op, after);
  });
}

void ResourceAgents::on_line(Running& running, OutputStream stream, std::string_view line) {
  if (!line.empty()) running.last_line = std::string(line);
  if (running.op != AgentOp::kStatus) {
    if (on_output_) on_output_(running.resource, running.op, stream, line);
    return;
  }
  // Only standard output is an answer.
  if (stream == OutputStream::kStandardOutput && running.output.size() < kMostStatusOutput) {
    running.output.append(line).push_back('\n');
  }
}

void ResourceAgents::on_exit(Running& running, const Expected<ProcessExit, IoError>& result) {
  if (!result && result.error().code == ENOEXEC && running.request.argv.front() != "/bin/sh") {
    // No `#!`: a shell runs such a file itself, and so it did for 3.0.6.
    running.request.argv.insert(running.request.argv.begin(), "/bin/sh");
    run_program(std::move(running));
    return;
  }
  running.slow.reset();
  const Done done = std::move(running.done);
  done(judge(running, result));
}

AgentOutcome ResourceAgents::judge(const Running& running,
                                   const Expected<ProcessExit, IoError>& result) {
  if (!result) {
    return means_not_found(result.error()) ? not_found(result.error().text())
                                           : failed(-1, result.error().text());
  }
  const int code = result->code.value_or(-1);
  const std::string& said = running.last_line;
  const std::string how = said.empty() ? result->text() : result->text() + ": " + said;
  if (result->timed_out) return {AgentResult::kTimedOut, code, how};
  if (running.op != AgentOp::kStatus) {
    return result->succeeded() ? AgentOutcome{AgentResult::kSuccess, code, said}
                               : failed(code, how);
  }
  if (running.is_ocf) {
    const bool is_running = code == 0 || code == kOcfRunningMaster;
    return {is_running ? AgentResult::kRunning : AgentResult::kStopped, code, how};
  }
  return {judge_status(running.output, code), code, how};
}

// The caller may not expect to be called back from within its own call.
void ResourceAgents::finish(Done done, AgentOutcome outcome) {
  asio::post(loop_,
             [done = std::move(done), outcome = std::move(outcome), alive = std::weak_ptr(alive_)] {
               if (!alive.expired()) done(outcome);
             });
}

Duration ResourceAgents::limit_of(AgentOp op) const {
  switch (op) {
    case AgentOp::kStart:
      return limits_.start;
    case AgentOp::kStop:
      return limits_.stop;
    case AgentOp::kStatus:
      return limits_.status;
  }
  return limits_.start;
}

}  // namespace hb::io
