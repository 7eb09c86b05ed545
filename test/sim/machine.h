#pragma once

#include <functional>
#include <memory>
#include <optional>
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

 private:
  core::Node node_;
};

// Anything with step() and next_deadline() of that shape.
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
  [[nodiscard]] std::optional<Duration> starts_again_after() const override {
    return model_.starts_again_after();
  }

 private:
  Model model_;
};

}  // namespace hb::sim
