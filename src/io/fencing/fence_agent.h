#pragma once

#include <map>

#include "io/fencing/device.h"

namespace hb::io {

// A program of the package fence-agents, `fence_…`: everything, secrets too, goes to it on standard
// input, a line `name=value` each (spec: stonith 5). An agent takes an unknown name for nothing and
// its default action is to reset, so the action always comes first.
//
// Of our own and not passed on: `host_list` (nodes that it may reset), `host_map`
// ("node:plug;node:plug"), `reboot_action` (reboot or off), `timeout` (seconds), `retries`.
//
// An agent without plugs resets the one machine that its parameters name, whoever the victim is.
// So `host_list` must say whose that is, and name that node alone.
class FenceAgent final : public FenceDevice {
 public:
  static constexpr unsigned kDefaultRetries = 2;

  // Errors: `action`, `option` or `nodename` among the parameters; a value of ours that cannot be;
  // two nodes with one plug; host_map beside a fixed plug.
  [[nodiscard]] static Expected<FenceAgent, std::string> make(const std::string& type,
                                                              const FenceParameters& parameters,
                                                              const FenceSurroundings& around);

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] std::optional<std::string> objection() const override;
  [[nodiscard]] std::optional<ProcessRequest> introduction() const override;
  Expected<void, std::string> introduced(bool succeeded, const std::string& output) override;
  [[nodiscard]] std::optional<std::string> cannot_reset(const NodeName& victim) const override;
  [[nodiscard]] std::optional<std::string> doubt(const NodeName& victim) const override;
  [[nodiscard]] ProcessRequest reset(const NodeName& victim) const override;
  [[nodiscard]] FenceOutcome judge(const ProcessExit& exit) const override;
  [[nodiscard]] unsigned retries() const override { return retries_; }
  [[nodiscard]] ProcessRequest status() const override { return call("action=monitor\n"); }
  [[nodiscard]] std::optional<ProcessRequest> list_hosts() const override;
  void hosts_listed(const std::string& output) override;
  [[nodiscard]] std::vector<std::string> secrets() const override {
    return secrets_of(parameters_);
  }

 private:
  FenceAgent() = default;
  Expected<void, std::string> take_ours(const std::string& name, const std::string& value);
  Expected<void, std::string> take_host_map(std::string_view pairs);
  [[nodiscard]] bool resets_one_machine() const;
  [[nodiscard]] std::string plug_of(const NodeName& victim) const;
  [[nodiscard]] ProcessRequest call(std::string input) const;

  std::string name_;
  std::string path_;
  NodeName self_;
  FenceParameters parameters_;  // passed on
  std::optional<std::string> host_list_;
  std::map<std::string, std::string> host_map_;  // plug of each node
  std::string reset_action_ = "reboot";
  unsigned retries_ = kDefaultRetries;
  bool plug_given_ = false;
  bool plug_is_address_ = false;          // port_as_ip=1
  std::optional<std::string> plug_name_;  // from its description; empty: it has no plugs
  std::vector<std::string> plugs_;        // that it lists; empty: unknown
  std::map<std::string, std::string> environment_;
  Duration time_limit_{};
};

// The plugs of what an agent prints in answer to `action=list`: lines `plug,alias[,status]`. Lines
// without a comma are messages.
[[nodiscard]] std::vector<std::string> listed_plugs(std::string_view answer);

// What a description (`action=metadata`) says about plugs: the name of that parameter, or nothing
// if the agent resets one machine.
[[nodiscard]] std::string plug_parameter(std::string_view description);

}  // namespace hb::io
