#pragma once

#include <map>

#include "io/fencing/device.h"

namespace hb::io {

// Any other type, by the `stonith` command of cluster-glue (spec: stonith 1): hardware plugins in
// C, meatware, ssh. Parameters go to it on standard input, in the place of its file. These look
// for the victim in their own list, so the list is asked for warnings only — but meatware does not,
// and is held to it here.
class StonithCommand final : public FenceDevice {
 public:
  StonithCommand(const FenceDeviceConfig& config, std::string text,
                 const FenceSurroundings& around);

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] std::optional<std::string> objection() const override;
  [[nodiscard]] std::optional<ProcessRequest> introduction() const override;
  Expected<void, std::string> introduced(bool succeeded, const std::string& output) override;
  [[nodiscard]] std::optional<std::string> cannot_reset(const NodeName& victim) const override;
  [[nodiscard]] std::optional<std::string> doubt(const NodeName& victim) const override;
  [[nodiscard]] ProcessRequest reset(const NodeName& victim) const override;
  [[nodiscard]] FenceOutcome judge(const ProcessExit& exit) const override;
  [[nodiscard]] bool needs_operator() const override { return name_ == "meatware"; }
  [[nodiscard]] ProcessRequest status() const override { return call({"-S"}, time_limit_); }
  [[nodiscard]] std::optional<ProcessRequest> list_hosts() const override {
    return call({"-l"}, time_limit_);
  }
  void hosts_listed(const std::string& output) override { hosts_ = output; }
  [[nodiscard]] std::vector<std::string> secrets() const override { return secrets_; }

 private:
  [[nodiscard]] ProcessRequest call(const std::vector<std::string>& arguments,
                                    Duration time_limit) const;

  std::string name_;
  std::string command_;
  std::string text_;  // as configured; secret
  bool from_file_;
  std::optional<std::string> line_;  // what the command is given; secret
  std::vector<std::string> secrets_;
  std::map<std::string, std::string> environment_;
  Duration time_limit_;
  std::optional<std::string> hosts_;
};

}  // namespace hb::io
