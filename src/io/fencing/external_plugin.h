#pragma once

#include <map>

#include "io/fencing/device.h"

namespace hb::io {

// A plugin of cluster-glue's directory `external`, run directly: parameters are variables of its
// environment, what to do and to whom its arguments (spec: stonith 3). One that others than its
// owner may change is refused, as `stonith` does.
//
// Parameters of ha.cf are values in the order of the plugin's own list; if each word is a
// `name=value` of that list, they are taken as such.
//
// Many plugins (external/ipmi) reset one machine whatever name they are told. So a plugin is asked
// for its hosts before it is used, and for no others.
class ExternalPlugin final : public FenceDevice {
 public:
  ExternalPlugin(const FenceDeviceConfig& config, std::string text,
                 const FenceSurroundings& around);

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] std::optional<std::string> objection() const override;
  [[nodiscard]] std::optional<ProcessRequest> introduction() const override;
  Expected<void, std::string> introduced(bool succeeded, const std::string& output) override;
  [[nodiscard]] std::optional<std::string> cannot_reset(const NodeName& victim) const override;
  [[nodiscard]] std::optional<std::string> doubt(const NodeName& victim) const override {
    return cannot_reset(victim);
  }
  [[nodiscard]] ProcessRequest reset(const NodeName& victim) const override;
  [[nodiscard]] FenceOutcome judge(const ProcessExit& exit) const override;
  [[nodiscard]] ProcessRequest status() const override { return call({"status"}); }
  [[nodiscard]] std::optional<ProcessRequest> list_hosts() const override {
    return call({"gethosts"});
  }
  void hosts_listed(const std::string& output) override { hosts_ = output; }
  [[nodiscard]] std::vector<std::string> secrets() const override {
    return parameters_ ? secrets_of(*parameters_) : std::vector<std::string>();
  }

 private:
  [[nodiscard]] ProcessRequest call(std::vector<std::string> arguments) const;

  std::string name_;
  std::string path_;
  std::string text_;
  bool from_file_;
  std::map<std::string, std::string> environment_;
  Duration time_limit_;
  std::optional<FenceParameters> parameters_;
  std::optional<std::string> hosts_;
};

}  // namespace hb::io
