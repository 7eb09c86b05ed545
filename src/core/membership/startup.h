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
    if (!view.all_known) {
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

  void answered() { answered_ = true; }
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] std::optional<Instant> next_deadline() const {
    return done_ ? std::nullopt : ask_again_;
  }

 private:
  bool answered_ = false;
  bool done_ = false;
  std::optional<Instant> ask_again_;
};

}  // namespace hb::core
