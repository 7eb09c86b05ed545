#include "wire/packet.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace hb::wire {
namespace {

constexpr std::array<std::pair<NodeState, std::string_view>, 5> kNodeStates = {{
    {NodeState::kInit, "init"},
    {NodeState::kUp, "up"},
    {NodeState::kActive, "active"},
    {NodeState::kDead, "dead"},
    {NodeState::kPing, "ping"},
}};

constexpr std::array<std::pair<Hold, std::string_view>, 4> kHolds = {{
    {kHoldNone, "none"},
    {kHoldLocal, "local"},
    {kHoldForeign, "foreign"},
    {kHoldAll, "all"},
}};

}  // namespace

std::string_view word(NodeState state) {
  return kNodeStates[static_cast<std::size_t>(state)].second;
}

std::optional<NodeState> parse_node_state(std::string_view text) {
  for (const auto& [state, name] : kNodeStates) {
    if (equals_ignoring_case(name, text)) return state;
  }
  return std::nullopt;
}

std::string_view word(Hold hold) {
  return kHolds[(hold.local ? 1U : 0U) + (hold.foreign ? 2U : 0U)].second;
}

std::optional<Hold> parse_hold(std::string_view text) {
  for (const auto& [hold, name] : kHolds) {
    if (name == text) return hold;
  }
  return std::nullopt;
}

bool is_sequenced(const Body& body) {
  const auto* other = std::get_if<Other>(&body);
  if (other != nullptr) return !other->type.starts_with("NS_");
  return !std::holds_alternative<PingStatus>(body) &&
         !std::holds_alternative<RetransmitRequest>(body) &&
         !std::holds_alternative<RetransmitNak>(body) && !std::holds_alternative<Ack>(body);
}

}  // namespace hb::wire
