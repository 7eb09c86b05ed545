#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/watcher.h"

namespace hb::sim {

// A node notices by then what came due.
inline constexpr Duration kNoticeTime = std::chrono::milliseconds(5);

struct Violation {
  std::string_view invariant;
  Instant at{};
  std::string text;
};

// A promise with a name, watched through a whole run. The first time that it is broken counts.
class Invariant : public Watcher {
 public:
  virtual ~Invariant() = default;
  [[nodiscard]] virtual std::string_view name() const = 0;
  // The run is over, everything has had its time to become well.
  virtual void finish(const World&) {}

  [[nodiscard]] const std::optional<Violation>& violation() const { return violation_; }
  [[nodiscard]] std::uint64_t checks() const { return checks_; }

 protected:
  // Counts a question that was asked; `text` is made only when the answer is bad.
  template <class Text>
  void expect(const World& world, bool holds, Text text) {
    ++checks_;
    if (!holds && !violation_) violated(world, text());
  }

 private:
  void violated(const World& world, std::string text);

  std::optional<Violation> violation_;
  std::uint64_t checks_ = 0;
};

}  // namespace hb::sim
