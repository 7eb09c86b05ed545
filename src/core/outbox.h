#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/ids.h"
#include "core/effects.h"
#include "core/inputs.h"
#include "core/sequence/send_history.h"
#include "core/settings.h"

namespace hb::core {

// Collects the effects of one step, and makes packets of message bodies: header, number, place in
// the history. The machines of a node write to it; none of them reads it.
class Outbox {
 public:
  explicit Outbox(const Settings& settings);

  [[nodiscard]] const NodeName& self() const { return self_; }

  void host_report(const HostReport& report) { host_ = report; }
  // The uuid of a peer, once it is known, goes into what is addressed to it.
  void learn_uuid(const NodeName& peer, const Uuid& uuid) { uuids_.insert_or_assign(peer, uuid); }

  // Each message may pass so many nodes (spec: wire-protocol 8, ttl); ping nodes are counted too.
  void count_nodes(std::size_t nodes) { nodes_ = nodes; }
  void configure(const Settings& settings);

  void send(wire::Body body, std::optional<NodeName> dest = std::nullopt);
  // The step before sent nothing numbered but a status: that again, and what else it caused. What
  // it says, the report of the host and the nodes are the same.
  void repeat_status();
  // The header that send() has just made; nothing else was added since.
  [[nodiscard]] const wire::Header& sent_header() const {
    return std::get<Send>(effects_.back()).packet.header;
  }
  // A question to a ping node: the status that it shall send back.
  void ping(const PingNode& node);
  void send_again(wire::Packet packet) { effects_.emplace_back(Send{std::move(packet)}); }

  // Cold: what happens seldom lies apart from what each heartbeat runs through.
  template <class... Arguments>
  [[gnu::cold]] void note(NoteId id, Arguments&&... arguments) {
    effects_.emplace_back(Note{id, {std::string(std::forward<Arguments>(arguments))...}});
  }
  void add(Effect effect) { effects_.push_back(std::move(effect)); }

  [[nodiscard]] SendHistory& history() { return history_; }
  [[nodiscard]] const SendHistory& history() const { return history_; }

  // A node keeps the room that its effects take: a step in calm times allocates nothing for them.
  void begin_step() { effects_.clear(); }
  [[nodiscard]] const Effects& effects() const { return effects_; }
  [[nodiscard]] Effects take() { return std::exchange(effects_, {}); }

 private:
  NodeName self_;
  Uuid uuid_;
  Generation generation_;
  unsigned hopfudge_;
  unsigned ping_nodes_;
  std::size_t nodes_;
  HostReport host_;
  std::map<NodeName, Uuid> uuids_;
  SendHistory history_;
  bool news_since_status_ = false;
  Effects effects_;
};

}  // namespace hb::core
