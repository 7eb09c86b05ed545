#include "core/outbox.h"

namespace hb::core {

Outbox::Outbox(const Settings& settings)
    : self_(settings.self),
      uuid_(settings.uuid),
      generation_(settings.generation),
      ttl_(settings.hopfudge + static_cast<unsigned>(settings.nodes.size()) + settings.ping_nodes),
      history_(settings.max_rexmit_delay) {}

void Outbox::send(wire::Body body, std::optional<NodeName> dest) {
  wire::Header header;
  header.src = self_;
  header.src_uuid = uuid_;
  header.generation = generation_;
  header.timestamp = host_.wall_seconds;
  header.ttl = ttl_;
  if (dest) {
    const auto known = uuids_.find(*dest);
    header.dest_uuid = known == uuids_.end() ? Uuid() : known->second;
    header.dest = std::move(dest);
  }
  if (!wire::is_sequenced(body)) {
    effects_.emplace_back(Send{{std::move(header), std::move(body)}});
    return;
  }
  header.seq = history_.next_seq();
  header.load = host_.load;
  wire::Packet packet{std::move(header), std::move(body)};
  history_.record(packet);
  effects_.emplace_back(Send{std::move(packet)});
}

}  // namespace hb::core
