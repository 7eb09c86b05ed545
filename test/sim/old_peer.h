#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/node.h"

namespace hb::sim {

// A model of a 3.0.6 node, for clusters in which it is the partner of ours: what the specification
// says that it sends, when, and upon what, with those of its defects that its peers can observe.
// Same contract as core::Node, none of its code, and no more than a partner can tell:
//
//   - it looks for silent nodes every 250 ms only, and a status that comes late kills its sender;
//   - it hears each of its own messages before that message leaves;
//   - it says what it holds before it has started it, and that it holds nothing before it has
//     stopped it;
//   - when a dead node is heard again in the same life, it gives up everything and starts anew.
//
// Left out: clients and flow control towards them, links, ping nodes, autojoin, fencing devices.
class OldPeer {
 public:
  // Without flow control it is a release before 3.0.6, of which the rest is not modelled.
  explicit OldPeer(core::Settings settings, bool flow_control = true);
  ~OldPeer();
  OldPeer(OldPeer&&) noexcept;
  OldPeer& operator=(OldPeer&&) noexcept;

  [[nodiscard]] core::Effects step(Instant now, const core::Input& input);
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  [[nodiscard]] wire::NodeState state() const;
  // Without links. `last_heard` is when its last status was taken.
  [[nodiscard]] std::vector<core::PeerView> peers() const;
  [[nodiscard]] std::string resource_status() const;
  [[nodiscard]] bool handing_over() const;
  // After Exit: in how long this node starts again by itself, with the next generation; none if it
  // was told to stop.
  [[nodiscard]] std::optional<Duration> starts_again_after() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hb::sim
