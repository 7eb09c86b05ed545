#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/node.h"

namespace hb::sim {

// What runs on a host: our core, or a model of another implementation that takes the same inputs
// and returns the same effects.
class Machine {
 public:
  virtual ~Machine() = default;
  virtual core::Effects step(Instant now, const core::Input& input) = 0;
  [[nodiscard]] virtual std::optional<Instant> next_deadline() const = 0;
  // Our core, to look into; null for any other.
  [[nodiscard]] virtual const core::Node* node() const { return nullptr; }
  // What cl_status tells of its resources: none, local, foreign, all, or transition.
  [[nodiscard]] virtual std::string resource_status() const = 0;
  // Whether it waits for the next step of a hand-over, which may have no end in sight.
  [[nodiscard]] virtual bool handing_over() const { return false; }
  // Asked after Exit: in how long it starts again by itself.
  [[nodiscard]] virtual std::optional<Duration> starts_again_after() const { return std::nullopt; }
};

class CoreMachine final : public Machine {
 public:
  explicit CoreMachine(core::Settings settings) : node_(std::move(settings)) {}
  core::Effects step(Instant now, const core::Input& input) override {
    return node_.step(now, input);
  }
  [[nodiscard]] std::optional<Instant> next_deadline() const override {
    return node_.next_deadline();
  }
  [[nodiscard]] const core::Node* node() const override { return &node_; }
  [[nodiscard]] std::string resource_status() const override { return node_.resource_status(); }

 private:
  core::Node node_;
};

// Anything with functions of that shape.
template <class Model>
class ForeignMachine final : public Machine {
 public:
  explicit ForeignMachine(Model model) : model_(std::move(model)) {}
  core::Effects step(Instant now, const core::Input& input) override {
    return model_.step(now, input);
  }
  [[nodiscard]] std::optional<Instant> next_deadline() const override {
    return model_.next_deadline();
  }
  [[nodiscard]] std::string resource_status() const override { return model_.resource_status(); }
  [[nodiscard]] bool handing_over() const override { return model_.handing_over(); }
  [[nodiscard]] std::optional<Duration> starts_again_after() const override {
    return model_.starts_again_after();
  }

 private:
  Model model_;
};

}  // namespace hb::sim
