#include "runtime/executor.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>

#include <asio/post.hpp>

#include "base/overloaded.h"
#include "base/text.h"
#include "io/boot_time.h"
#include "runtime/translate.h"
#include "wire/classic.h"
#include "wire/packet_message.h"

namespace hb::runtime {
namespace {

// Lines that a peer can provoke at will are told this often.
constexpr Duration kLogInterval = std::chrono::seconds(10);

// Packets from one time that heartbeats are read to the next: more than the core lets wait in five
// media together, and fewer than the socket of one holds.
constexpr std::size_t kFlood = 512;
constexpr Duration kFloodMemory = std::chrono::seconds(60);

Instant now() { return io::boot_time(); }

bool moves_groups(const wire::Body& body) {
  return std::holds_alternative<wire::StandbyMessage>(body) ||
         std::holds_alternative<wire::TakeoverRequest>(body) ||
         std::holds_alternative<wire::GroupRequest>(body) ||
         std::holds_alternative<wire::ShutdownDone>(body);
}

bool peers_can_provoke(core::NoteId id) {
  return id == core::NoteId::kReplay || id == core::NoteId::kStrangerIgnored ||
         id == core::NoteId::kPingFromNode || id == core::NoteId::kBadRetransmitRequest ||
         id == core::NoteId::kGapTooLarge || id == core::NoteId::kPacketLost ||
         id == core::NoteId::kStandbyUnexpected;
}

}  // namespace

Executor::Executor(Parts parts, core::Node node, wire::PacketCodec codec, Events events)
    : parts_(parts),
      node_(std::move(node)),
      codec_(std::move(codec)),
      events_(std::move(events)),
      timer_(parts.loop, [this] { on_timer(); }),
      throttle_(kLogInterval) {
  parts_.media.listen([this](const io::Medium& medium, std::string_view datagram,
                             Duration waited) { on_datagram(medium, datagram, waited); },
                      [this](const LinkName& link) { feed(core::LinkLost{link}); });
  parts_.pings.listen([this](const io::Medium& medium, std::string_view datagram) {
    on_ping_answer(medium, datagram);
  });
}

void Executor::start() { feed(core::Started{}); }

// --- inputs ---

void Executor::feed(const core::Input& input) {
  if (stepping_) {  // an effect caused it; its turn comes
    inputs_.push_back(input);
    return;
  }
  stepping_ = true;
  report_host();
  take_step(input);
  while (!inputs_.empty()) {
    const core::Input next = std::move(inputs_.front());
    inputs_.pop_front();
    take_step(next);
  }
  stepping_ = false;
  set_timer();
  let_heartbeats_wait();
}

void Executor::take_step(const core::Input& input) {
  for (const core::Effect& effect : node_.step(now(), input)) perform(effect);
}

void Executor::set_timer() {
  if (!in_timer_) timer_.set(node_.next_deadline());
}

void Executor::on_timer() {
  in_timer_ = true;  // it is set once, in the end
  const bool read = node_.wants_heartbeats(now());
  if (read) take_heartbeats();
  feed(core::DeadlineReached{read});
  in_timer_ = false;
  set_timer();
}

void Executor::take_heartbeats() {
  parts_.media.take_heartbeats();
  if (std::exchange(packets_since_read_, 0) > kFlood) flood_forgotten_at_ = now() + kFloodMemory;
}

// Who floods us with what looks like heartbeats could fill the socket in which they wait, so that
// those of the peers are lost: then all is read as it comes.
void Executor::let_heartbeats_wait() {
  if (flood_forgotten_at_ && now() >= *flood_forgotten_at_) flood_forgotten_at_.reset();
  const bool wait = node_.heartbeats_may_wait() && !flood_forgotten_at_;
  if (std::exchange(heartbeats_wait_, wait) != wait) parts_.media.let_heartbeats_wait(wait);
}

// Wall clock and load only inform; once a second is enough.
void Executor::report_host() {
  const auto second = static_cast<std::uint64_t>(std::time(nullptr));
  if (std::exchange(reported_second_, second) == second) return;
  take_step(core::HostReport{.wall_seconds = second, .load = load_.read().value_or("n/a")});
}

void Executor::on_datagram(const io::Medium& medium, std::string_view datagram, Duration waited) {
  ++packets_since_read_;
  if (is_own_echo(datagram)) return;
  const bool by_serial = medium.carrier() == wire::Carrier::kSerial;
  const wire::Packet* status = by_serial ? nullptr : heard_.recall(datagram, codec_.keys());
  if (status == nullptr) return read(medium, datagram, waited);
  auto& received = std::get<core::PacketReceived>(status_);
  received.packet = *status;
  received.link = medium.link_name();
  received.waited = waited;
  feed(status_);
}

void Executor::read(const io::Medium& medium, std::string_view datagram, Duration waited) {
  const bool by_serial = medium.carrier() == wire::Carrier::kSerial;
  Expected<wire::Message, wire::Rejection> message = codec_.open(datagram);
  if (!message) return bad_packet(medium, message.error());
  Expected<wire::Packet, wire::Rejection> packet = wire::parse_packet(*message);
  if (!packet) return bad_packet(medium, packet.error());
  if (moves_groups(packet->body)) events_.before_move();
  if (by_serial) {
    received_ = std::move(*message);
  } else {
    heard_.remember(datagram, *packet);
  }
  feed(core::PacketReceived{std::move(*packet), medium.link_name(), by_serial, waited});
  received_.reset();
}

Expected<wire::Packet, wire::Rejection> Executor::open(std::string_view datagram) const {
  const Expected<wire::Message, wire::Rejection> message = codec_.open(datagram);
  if (!message) return unexpected(message.error());
  return wire::parse_packet(*message);
}

// The medium has seen that it asked for just this; here it must be ours by its signature, too, and
// speak for that ping node.
void Executor::on_ping_answer(const io::Medium& medium, std::string_view datagram) {
  const Expected<wire::Packet, wire::Rejection> packet = open(datagram);
  if (!packet) return bad_packet(medium, packet.error());
  const std::string& name = medium.link_name().value();
  const auto* status = std::get_if<wire::PingStatus>(&packet->body);
  if (!status || status->state != wire::NodeState::kPing ||
      packet->header.src.value() != to_lower(name)) {
    return bad_packet(medium, wire::Rejection::kBadField);
  }
  feed(core::PingAnswered{NodeName(name)});
}

bool Executor::is_own_echo(std::string_view datagram) const {
  return std::any_of(sent_.begin(), sent_.end(),
                     [&](const std::string& sent) { return sent == datagram; });
}

void Executor::bad_packet(const io::Medium& medium, wire::Rejection why) {
  if (!log_bad_packets_) return;
  const std::string kind = medium.description() + std::string(wire::word(why));
  if (const auto held_back = throttle_.admit(kind, now())) {
    parts_.log.say<"bad-packet">(medium.description(), wire::word(why), *held_back);
  }
}

void Executor::inject(std::string_view text) {
  const auto message = wire::decode_classic(text);
  if (!message) return bad_injection(message.error());
  Expected<wire::Injected, wire::Rejection> injected = wire::parse_body(*message);
  if (!injected) return bad_injection(injected.error());
  if (moves_groups(injected->body)) events_.before_move();
  feed(core::Injected{std::move(injected->body), std::move(injected->dest)});
}

// A script in a loop writes faster than a disk takes log lines.
void Executor::bad_injection(wire::Rejection why) {
  const auto held_back = throttle_.admit("fifo" + std::string(wire::word(why)), now());
  if (!held_back) return;
  parts_.log.say<"bad-injection">(wire::word(why), *held_back);
}

// --- effects ---

void Executor::perform(const core::Effect& effect) {
  std::visit(
      Overloaded{
          [&](const core::Send& e) { send(e); },
          [&](const core::Ping& e) { ask(e.packet); },
          [&](const core::PassOn& e) { pass_on(e); },
          // Not from here: we may be within the callback of a medium.
          [&](const core::DrainMedia&) { asio::post(parts_.loop, [this] { drain_media(); }); },
          [&](const core::RunAgent& e) { run_agent(e); },
          [&](const core::RecordHeld& e) { events_.record_held(e.groups); },
          [&](const core::RecordHosts& e) { events_.record_hosts(e.hosts, e.deleted); },
          [&](const core::RunEventScript& e) {
            parts_.scripts.run(e.type, e.fields, wire::word(node_.state()));
          },
          [&](const core::CommunicationUp&) { events_.communication_up(); },
          [&](const core::Fence& e) {
            parts_.fences.fence(e,
                                [this](core::FenceFinished outcome) { feed(std::move(outcome)); });
          },
          [&](const core::CancelFence& e) { parts_.fences.cancel(e.attempt); },
          [&](const core::Reboot& e) { events_.reboot(e.reason); },
          [&](const core::StopClients&) { events_.stop_clients(); },
          [&](const core::Exit&) { events_.exit(); },
          [&](const core::Note& note) { log_note(note); },
      },
      effect);
}

void Executor::send(const core::Send& effect) {
  const wire::Packet& packet = effect.packet;
  if (parts_.media.uses(wire::Carrier::kDatagram)) send_datagram(effect);
  if (parts_.media.uses(wire::Carrier::kSerial)) {
    const auto sealed = seal(wire::to_message(packet), wire::Carrier::kSerial);
    if (sealed) parts_.media.send(wire::Carrier::kSerial, *sealed);
  }
  if (std::holds_alternative<wire::Status>(packet.body)) events_.alive();
}

void Executor::send_datagram(const core::Send& effect) {
  const wire::Packet& packet = effect.packet;
  const std::string* text =
      effect.again ? said_.repeat(*packet.header.seq, codec_.keys()) : nullptr;
  if (text == nullptr) text = said_.repeat(packet, codec_.keys());
  if (text != nullptr) return send_text(*text);
  const wire::Message message = wire::to_message(packet);
  const auto sealed = seal(message, wire::Carrier::kDatagram);
  if (!sealed) return;
  said_.remember(packet, message, *sealed, codec_.keys());
  send_text(*sealed);
}

void Executor::send_text(const std::string& datagram) {
  if (parts_.media.hear_themselves()) {
    sent_[next_sent_] = datagram;
    next_sent_ = (next_sent_ + 1) % kRemembered;
  }
  parts_.media.send(wire::Carrier::kDatagram, datagram);
}

// As it came, but for its ttl and what signs it: fields that only later releases know stay.
void Executor::pass_on(const core::PassOn& effect) {
  if (!received_) return;  // it did not come by a serial line, so the core does not ask for it
  wire::Message message = *received_;
  message.set_string("ttl", std::to_string(effect.ttl));
  const std::optional<std::string> sealed = seal(message, wire::Carrier::kSerial);
  if (sealed) parts_.media.pass_on(effect.came_by, *sealed);
}

std::optional<std::string> Executor::seal(const wire::Message& message, wire::Carrier carrier) {
  Expected<std::string, wire::SealError> sealed = codec_.seal(message, carrier);
  if (sealed) return *std::move(sealed);
  parts_.log.say<"send-failed">(wire::word(sealed.error()));
  return std::nullopt;
}

void Executor::ask(const wire::Packet& question) {
  const Expected<std::string, wire::SealError> datagram =
      codec_.seal(wire::to_message(question), wire::Carrier::kEcho);
  if (!datagram) {
    parts_.log.say<"ping-not-asked">(question.header.src.value(), wire::word(datagram.error()));
    return;
  }
  parts_.pings.ask(question.header.src, *datagram);
}

void Executor::drain_media() {
  parts_.media.drain();
  parts_.pings.drain();
  events_.before_move();  // somebody may be declared dead
  feed(core::MediaDrained{});
}

void Executor::run_agent(const core::RunAgent& effect) {
  if (effect.op == AgentOp::kStatus) {
    parts_.log.say<"agent-ask">(effect.resource.text);
  } else {
    parts_.log.say<"agent-run">(effect.resource.text, word(effect.op));
  }
  parts_.agents.run(effect.resource, effect.op,
                    [this, run = effect.run](const io::AgentOutcome& outcome) {
                      feed(core::AgentFinished{run, outcome.kind, outcome.detail});
                    });
}

void Executor::log_note(const core::Note& note) {
  if (core::kind(note.id).severity == core::Severity::kDebug && parts_.log.debug_level() <= 0) {
    return;
  }
  io::Message message = to_message(note);
  if (peers_can_provoke(note.id)) {
    const auto held_back = throttle_.admit(message.id, now());
    if (!held_back) return;
    if (*held_back > 0) {
      message.text += fmt::format(" ({} more since the last such line)", *held_back);
    }
  }
  parts_.log.write(std::move(message));
}

}  // namespace hb::runtime
