#include "core/outbox.h"

#include <algorithm>

namespace hb::core {

Outbox::Outbox(const Settings& settings)
    : self_(settings.self),
      uuid_(settings.uuid),
      generation_(settings.generation),
      hopfudge_(settings.hopfudge),
      ping_nodes_(static_cast<unsigned>(settings.ping_nodes.size())),
      nodes_(settings.nodes.size()),
      history_(settings.max_rexmit_delay) {}

void Outbox::configure(const Settings& settings) {
  hopfudge_ = settings.hopfudge;
  ping_nodes_ = static_cast<unsigned>(settings.ping_nodes.size());
  history_.set_max_rexmit_delay(settings.max_rexmit_delay);
}

void Outbox::send(wire::Body body, std::optional<NodeName> dest) {
  wire::Packet& packet = std::get<Send>(effects_.emplace_back(std::in_place_type<Send>)).packet;
  wire::Header& header = packet.header;
  header.src = self_;
  header.src_uuid = uuid_;
  header.generation = generation_;
  // A 3.0.6 drops whoever comes with 0, which a clock that was never set can show.
  header.timestamp = std::max<std::uint64_t>(host_.wall_seconds, 1);
  header.ttl = hopfudge_ + ping_nodes_ + static_cast<unsigned>(nodes_);
  if (dest) {
    const auto known = uuids_.find(*dest);
    header.dest_uuid = known == uuids_.end() ? Uuid() : known->second;
    header.dest = std::move(dest);
  }
  packet.body = std::move(body);
  if (!wire::is_sequenced(packet.body)) return;
  if (auto* status = std::get_if<wire::Status>(&packet.body)) {
    status->follows_news = std::exchange(news_since_status_, false);
  } else {
    news_since_status_ = true;
  }
  header.seq = history_.next_seq();
  header.load = host_.load;
  history_.record(packet);
}

void Outbox::repeat_status() {
  Send& send = std::get<Send>(effects_.front());
  send.packet.header.seq = history_.next_seq();
  send.again = !std::exchange(std::get<wire::Status>(send.packet.body).follows_news, false);
  if (send.again) {
    history_.record_again();
  } else {
    history_.record(send.packet);
  }
}

void Outbox::ping(const PingNode& node) {
  wire::Header header;
  header.src = node.name;
  header.timestamp = host_.wall_seconds;
  effects_.emplace_back(Ping{{std::move(header), wire::PingStatus{.info = node.kind}}});
}

}  // namespace hb::core
