#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/ids.h"
#include "wire/message.h"

namespace hb::client {

// Where an ordered message stands: by the numbers of its daemon, then by those of its client.
struct OrderKey {
  Generation generation;                // "hg": a later life of the sending daemon
  SeqNo seq;                            // "seq": of the packet within that life
  std::uint64_t client_generation = 0;  // "client_gen": a later sign-on of the sending client
  std::uint64_t order = 0;              // "oseq": from 1 within that sign-on

  friend bool operator==(const OrderKey&, const OrderKey&) = default;
};

// The key of a message, if it is an ordered one: all four fields are there and are numbers.
[[nodiscard]] std::optional<OrderKey> order_key(const wire::Message& message);

// So many numbers ahead of the one that is awaited, a message shows that this one never comes.
inline constexpr std::uint64_t kOrderWindow = 500;

// Brings one stream of ordered messages back into the order in which they were sent: those of one
// client on one node, either to the whole cluster or to a single node. Daemons deliver on arrival,
// so a packet that was lost and sent again comes late (spec: client-api 2.8, wire-protocol 11.8).
//
// From the first message on that it sees, it hands on each message once, in order, without a gap.
// The order begins anew with a later life of the sender, and when the awaited message is
// kOrderWindow behind: what waited is dropped then. A later sign-on of the client waits for
// left(), its predecessor's notice of leaving; a second one replaces the first that waits.
// Holds at most 2 × kOrderWindow messages.
class OrderedStream {
 public:
  // Takes a message as it comes and returns what is to be handed on now, in that order.
  [[nodiscard]] std::vector<wire::Message> take(const OrderKey& key, wire::Message message);

  struct Left {
    std::vector<wire::Message> before;  // the notice of leaving is to be handed on behind these
    std::vector<wire::Message> after;   // the first ones of the next sign-on
  };
  // The sending client has left. Its daemon tells so after all that it sent, so what is missing
  // still never comes.
  [[nodiscard]] Left left();

  // The sending node is dead: what waits is dropped, and the next message is a first one.
  void node_died() { *this = OrderedStream(); }

  [[nodiscard]] std::size_t waiting() const {
    return current_.waiting.size() + parked_.waiting.size();
  }

 private:
  // Messages of one sign-on, from its first one that was seen.
  struct Queue {
    std::uint64_t client_generation = 0;
    SeqNo first;                 // what is older was not waited for
    std::uint64_t expected = 0;  // the next in order; 0: nothing seen yet
    std::map<std::uint64_t, wire::Message> waiting = {};
  };

  static void begin(Queue& queue, const OrderKey& key);
  static void insert(Queue& queue, const OrderKey& key, wire::Message&& message);
  static std::vector<wire::Message> in_order(Queue& queue);

  Generation generation_;
  Queue current_;
  Queue parked_;
};

}  // namespace hb::client
