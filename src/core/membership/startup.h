#pragma once

#include <cstdint>
#include <optional>

#include "base/ids.h"
#include "base/time.h"

namespace hb::core {

// From the first packet to full membership: all nodes heard or dead, then one living peer asked for
// its node list (spec: wire-protocol 12.4). Is told what is so, answers what to do.
class StartUp {
 public:
  enum class Action : std::uint8_t { kNone, kAskNodes, kBecomeActive };

  struct View {
    bool all_known = false;          // every other node has been heard or is dead
    std::optional<NodeName> living;  // the first other node that is not dead
    bool flow_control = true;        // without it nobody answers the question
  };

  // What to do now. kAskNodes repeats every second until answered() or until that peer is dead.
  Action next(const View& view, Instant now) {
    if (done_) return Action::kNone;
    if (not_before_ && now >= *not_before_) not_before_.reset();
    if (!view.all_known || not_before_) {
      ask_again_.reset();  // one that begins anew is asked as soon as it is known again
      return Action::kNone;
    }
    if (answered_ || !view.living || !view.flow_control) {
      done_ = true;
      return Action::kBecomeActive;
    }
    if (ask_again_ && now < *ask_again_) return Action::kNone;
    ask_again_ = now + std::chrono::seconds(1);
    return Action::kAskNodes;
  }

  // Full membership does not come earlier, whoever has been heard.
  void not_before(Instant time) { not_before_ = time; }

  void answered() { answered_ = true; }
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] std::optional<Instant> next_deadline() const {
    if (done_) return std::nullopt;
    return ask_again_ ? ask_again_ : not_before_;
  }

 private:
  bool answered_ = false;
  bool done_ = false;
  std::optional<Instant> ask_again_;
  std::optional<Instant> not_before_;
};

}  // namespace hb::core
