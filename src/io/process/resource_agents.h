#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/resource_spec.h"
#include "base/time.h"
#include "io/net/service_addresses.h"
#include "io/process/agent.h"
#include "io/process/process_runner.h"

namespace hb::io {

// Runs the agent of a resource for one operation: a script of resource.d or init.d, an OCF agent,
// or, for service addresses, ourselves.
//
// IPaddr, IPaddr2, IPv6addr and OCF are built in. A script of that name in resource.d is used
// instead if the administrator put it there: if it is neither the one we install nor, byte for
// byte, the one of Debian's heartbeat 3.0.6 (base/resource_script.h).
class ResourceAgents {
 public:
  struct Directories {
    std::vector<std::string> scripts = {"/etc/ha.d/resource.d", "/etc/init.d"};  // first hit wins
    std::string ocf_instances = "/etc/ha.d/conf/OCF";
    std::string ocf_root = "/usr/lib/ocf";
    std::string working = "/var/lib/heartbeat/cores/root";  // "/" if it does not exist
  };
  // 3.0.6 waits for ever. 0 does so here.
  struct TimeLimits {
    Duration start = std::chrono::minutes(20);
    Duration stop = std::chrono::minutes(20);
    Duration status = std::chrono::seconds(60);
    // Who still runs then is told, once; but nobody whose limit comes before.
    Duration slow = std::chrono::minutes(1);
  };
  using Done = std::function<void(const AgentOutcome&)>;
  using OnOutput =
      std::function<void(const ResourceSpec&, AgentOp, OutputStream, std::string_view)>;

  using OnSlow = std::function<void(const ResourceSpec&, AgentOp, Duration after)>;

  ResourceAgents(ProcessRunner& runner, ServiceAddresses& addresses, Directories directories,
                 TimeLimits limits);

  // Variables for every script (spec ha-cf.md 13), `NAME` → value. PATH is set to the system's
  // directories if it is not among them; nothing else is added.
  void set_environment(std::map<std::string, std::string> environment);
  void set_time_limits(const TimeLimits& limits) { limits_ = limits; }
  // Every line that start and stop write, for the log. Status only answers.
  void on_output(OnOutput handler) { on_output_ = std::move(handler); }

  // A script has been running for TimeLimits::slow.
  void on_slow(OnSlow handler) { on_slow_ = std::move(handler); }

  // What an operation is given; 0: no limit.
  [[nodiscard]] Duration limit_of(AgentOp op) const;

  // `done` is called once, from the loop, never from within.
  void run(const ResourceSpec& resource, AgentOp op, Done done);

  // What will run for the resource: a path, `built in`, or none. For messages and checks.
  [[nodiscard]] std::optional<std::string> locate(const ResourceSpec& resource) const;

 private:
  struct Running;

  [[nodiscard]] std::optional<std::string> find_script(const std::string& name) const;
  [[nodiscard]] std::optional<std::string> find_ocf_agent(const std::string& agent) const;
  [[nodiscard]] bool replaced_by_administrator(const std::string& name) const;
  [[nodiscard]] ProcessRequest request_for(
      std::vector<std::string> argv, AgentOp op,
      const std::map<std::string, std::string>& more_environment) const;

  void run_address(AddressAgent agent, const ResourceSpec& resource, AgentOp op, Done done);
  void run_ocf(const ResourceSpec& resource, AgentOp op, Done done);
  void run_program(Running start);
  void watch(const std::shared_ptr<Running>& running);
  void on_line(Running& running, OutputStream stream, std::string_view line);
  void on_exit(Running& running, const Expected<ProcessExit, IoError>& result);
  [[nodiscard]] static AgentOutcome judge(const Running& running,
                                          const Expected<ProcessExit, IoError>& result);
  void finish(Done done, AgentOutcome outcome);

  asio::io_context& loop_;
  ProcessRunner& runner_;
  ServiceAddresses& addresses_;
  Directories directories_;
  TimeLimits limits_;
  std::map<std::string, std::string> environment_;
  OnOutput on_output_;
  OnSlow on_slow_;
  std::shared_ptr<bool> alive_;
};

}  // namespace hb::io
