#pragma once

#include "io/fencing/device.h"

namespace hb::io {

// Resets nobody and says that it has, for any host: for tests only (spec: stonith 4.4).
class NullDevice final : public FenceDevice {
 public:
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] std::optional<std::string> objection() const override { return std::nullopt; }
  [[nodiscard]] std::optional<ProcessRequest> introduction() const override { return std::nullopt; }
  Expected<void, std::string> introduced(bool, const std::string&) override { return {}; }
  [[nodiscard]] std::optional<std::string> cannot_reset(const NodeName&) const override {
    return std::nullopt;
  }
  [[nodiscard]] std::optional<std::string> doubt(const NodeName&) const override {
    return std::nullopt;
  }
  [[nodiscard]] ProcessRequest reset(const NodeName&) const override { return nothing(); }
  [[nodiscard]] FenceOutcome judge(const ProcessExit& exit) const override {
    return exit.succeeded() ? FenceOutcome::kConfirmed : FenceOutcome::kFailed;
  }
  [[nodiscard]] ProcessRequest status() const override { return nothing(); }
  [[nodiscard]] std::optional<ProcessRequest> list_hosts() const override { return std::nullopt; }
  void hosts_listed(const std::string&) override {}
  [[nodiscard]] std::vector<std::string> secrets() const override { return {}; }

 private:
  static ProcessRequest nothing() { return {.argv = {"/bin/true"}, .environment = {}}; }

  std::string name_ = "null";
};

}  // namespace hb::io
