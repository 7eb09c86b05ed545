#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "byte_reader.h"
#include "fuzz_check.h"
#include "live_node.h"
#include "wire/classic.h"
#include "wire/packet_codec.h"
#include "wire/packet_message.h"

// The whole receive path into a live node. The input is a play: its first bytes choose the
// configuration, then each byte chooses a turn, the next ones its particulars. Peers say what they
// usually say, with fields, numbers and generations spoilt here and there, sealed by the real codec
// and opened by it; between that time goes on, agents and devices fail, local programs want
// something, and the configuration changes.
//
// Turns, by the byte modulo 16 (LiveNode says what is checked of each):
//   0–6 a packet   7 a message of free text, signed   8 time   9 a lapse   10 agents, devices
//   11 an earlier packet again   12 local words   13 the operator   14 the wall clock, and a ping
//   15 a run of status messages
namespace hb::fuzz {
namespace {

constexpr int kMostTurns = 100;
constexpr Duration kLongestPlay = 40s;
// A node that asks for five hundred packets again and again does in ten seconds what others do in a
// day; in that time a hundred other plays are worth more. Then no more time goes by.
constexpr std::size_t kMostWork = 2000;
constexpr Duration kSlice = 500ms;

// The sender of packets: one for each name, and one for a stranger.
struct Speaker {
  NodeName name;
  std::uint64_t seq = 0;
  std::uint64_t generation = 7;
};

std::vector<wire::Body> make_repertoire() {
  using wire::kHoldAll;
  using wire::kHoldForeign;
  using wire::kHoldLocal;
  using wire::kHoldNone;
  using wire::NodeState;
  using Phase = wire::StandbyMessage::Phase;
  std::vector<wire::Body> all;
  const auto status = [&](NodeState state, std::int64_t deadtime_ms, std::optional<int> extended) {
    all.emplace_back(wire::Status{
        .state = state, .deadtime_ms = deadtime_ms, .protocol = 1, .extended = extended});
  };
  status(NodeState::kActive, 1000, 1);
  status(NodeState::kActive, 1000, std::nullopt);
  status(NodeState::kInit, 3000, 1);
  status(NodeState::kUp, 3000, std::nullopt);
  status(NodeState::kActive, 31'000, std::nullopt);
  status(NodeState::kDead, 1, 1);
  all.emplace_back(wire::PingStatus{.state = NodeState::kPing, .info = "ping"});
  all.emplace_back(wire::NodesRequest{});
  all.emplace_back(wire::NodesReply{.nodes = {NodeName("ada"), NodeName("bob")}, .deleted = {}});
  all.emplace_back(wire::AddNodes{{NodeName("dan")}});
  all.emplace_back(wire::DeleteNodes{{NodeName("ada")}});
  all.emplace_back(wire::SetWeight{NodeName("bob"), 7});
  all.emplace_back(wire::SetSite{NodeName("bob"), "north"});
  all.emplace_back(wire::ClientStatusQuery{"ipfail", "ipfail"});
  all.emplace_back(wire::ClientStatusReply{"ipfail", "ipfail", true});
  all.emplace_back(wire::Starting{});
  for (const wire::Hold hold : {kHoldNone, kHoldLocal, kHoldForeign, kHoldAll}) {
    for (const bool stable : {false, true}) {
      all.emplace_back(
          wire::ResourceReport{.hold = hold, .full = true, .stable = stable, .info = ""});
    }
  }
  for (const char* info : {"standby", "shutdown", "returned"}) {
    all.emplace_back(
        wire::ResourceReport{.hold = kHoldNone, .full = true, .stable = false, .info = info});
  }
  all.emplace_back(wire::ResourceReport{
      .hold = kHoldForeign, .full = false, .stable = std::nullopt, .info = "mach_down"});
  for (const wire::Hold hold : {kHoldLocal, kHoldForeign, kHoldAll}) {
    for (const Phase phase : {Phase::kMe, Phase::kOther, Phase::kDone})
      all.emplace_back(wire::StandbyMessage{hold, phase});
    all.emplace_back(wire::TakeoverRequest{hold, false});
  }
  for (const char* key : {"10.0.0.1", "10.0.0.2", "10.0.0.3"}) {
    all.emplace_back(wire::GroupRequest{GroupKey(key)});
    all.emplace_back(wire::GroupReply{.key = GroupKey(key), .owned = true, .ok = true});
  }
  all.emplace_back(wire::ShutdownDone{});
  all.emplace_back(wire::FenceResult{NodeName("ada"), "OK"});
  wire::Message client;
  client.add_string("t", "num_ping_nodes");
  client.add_string("num_ping", "1");
  client.add_string("to_id", "ipfail");
  all.emplace_back(wire::Other{.type = "num_ping_nodes", .message = client, .malformed = false});
  return all;
}

wire::PacketCodec make_codec(std::size_t kind) {
  wire::CodecOptions options;
  options.form = kind % 2 == 0 ? wire::Form::kClassic : wire::Form::kNetstring;
  options.traditional_compression = kind >= 2;
  options.compression = kind < 4 ? wire::Compression::kZlib : wire::Compression::kBz2;
  options.compression_threshold = 64;
  return {options,
          wire::KeyRing::make({{.number = 1, .method = wire::DigestMethod::kCrc, .secret = ""}}, 1)
              .value()};
}

// An earlier field is read first, so a spoilt one is put in the place of the good one.
wire::Message spoilt(const wire::Message& message, ByteReader& in) {
  if (message.empty()) return message;
  const std::size_t at = in.below(message.fields().size());
  const std::size_t how = in.below(8);
  wire::Message result;
  for (std::size_t i = 0; i < message.fields().size(); ++i) {
    wire::Field field = message.fields()[i];
    if (i != at) {
      result.add(std::move(field));
      continue;
    }
    switch (how) {
      case 0:  // left out
        break;
      case 1:  // twice
        result.add(field);
        result.add(std::move(field));
        break;
      case 2:
        field.type = wire::FieldType::kBinary;
        result.add(std::move(field));
        break;
      case 3:
        result.add({.name = field.name,
                    .type = wire::FieldType::kList,
                    .bytes = {},
                    .items = {field.bytes.empty() ? "x" : field.bytes},
                    .child = {}});
        break;
      case 4:
        field.name = std::string(in.text());
        result.add(std::move(field));
        break;
      case 5:  // a number, as the field has it
        field.bytes = std::to_string(in.number());
        result.add(std::move(field));
        break;
      default:
        field.bytes = std::string(in.text());
        result.add(std::move(field));
    }
  }
  return result;
}

class Play {
 public:
  explicit Play(std::string_view input)
      : in_(input),
        speakers_{{{NodeName("bob")}, {NodeName("cyd")}, {NodeName("ada")}, {NodeName("eve")}}},
        settings_(settings()),
        node_(settings_) {}

  void run() {
    for (int turn = 0; turn < kMostTurns && !in_.done() && !node_.ended(); ++turn) take_turn();
    // Whatever was said: nothing is left that keeps it busy.
    node_.set_agents(0, std::nullopt);
    node_.run_for(2s);
    node_.check_views();
  }

 private:
  core::Settings settings() {
    const std::uint8_t choice = in_.byte();
    static constexpr std::array kFailbacks = {core::Failback::kOff, core::Failback::kOn,
                                              core::Failback::kLegacy};
    core::Settings settings =
        live_settings(2 + (choice >> 2U & 1U), kFailbacks[(choice & 3U) % kFailbacks.size()]);
    settings.manage_resources = (choice & 8U) == 0;
    if ((choice & 16U) != 0) settings.max_rexmit_delay = 60ms;
    if ((choice & 32U) != 0)
      settings.left_running = {
          {GroupKey("10.0.0.1"), NodeName("ada"), {{"IPaddr", {"10.0.0.1"}, "10.0.0.1"}}}};
    if ((choice & 64U) != 0) settings.groups.clear();
    settings.seed = choice;
    if ((choice & 128U) != 0) choose_more(settings, in_.byte());
    return settings;
  }

  static void choose_more(core::Settings& settings, std::uint8_t choice) {
    settings.autojoin = kAutojoins[(choice & 3U) % kAutojoins.size()];
    settings.fencing.configured = (choice & 4U) != 0;
    if ((choice & 8U) != 0) settings.fencing.retry_interval = 1s;
    if ((choice & 16U) != 0) settings.fencing.start_delay = 0s;
    if ((choice & 32U) != 0) {
      settings.known_hosts = {{.name = NodeName("eve"), .uuid = Uuid({'e'})}};
      settings.ping_nodes = {{.name = kGateway, .kind = "ping"}};
      settings.deadping = 2s;
    }
    if ((choice & 64U) != 0) settings.deleted_hosts = {{.name = NodeName("cyd")}};
    if ((choice & 128U) != 0) settings.nodes.resize(1);
  }

  void take_turn() {
    switch (in_.below(16)) {
      case 7:
        free_text();
        break;
      case 8:
        go_on(time());
        break;
      case 9:
        node_.lapse(time());
        break;
      case 10:
        agents();
        break;
      case 11:
        if (!earlier_.empty()) receive(earlier_[in_.below(earlier_.size())]);
        break;
      case 12:
        local_words();
        break;
      case 13:
        operator_wants();
        break;
      case 14:
        node_.step(core::HostReport{.wall_seconds = 1 + (in_.number() >> 20U), .load = "1"});
        if (!settings_.ping_nodes.empty()) node_.step(core::PingAnswered{kGateway});
        break;
      case 15:
        run_of_status();
        break;
      default:
        packet();
    }
  }

  void packet() {
    static const std::vector<wire::Body> kRepertoire = make_repertoire();
    Speaker& speaker = speakers_[in_.below(speakers_.size())];
    const std::size_t choice = in_.below(kRepertoire.size() + 4);
    const wire::Body body = choice < kRepertoire.size()
                                ? kRepertoire[choice]
                                : about_numbers(choice - kRepertoire.size());
    const std::uint8_t how = in_.byte();
    wire::Header header = header_of(speaker, how, wire::is_sequenced(body));
    wire::Message message = wire::to_message({std::move(header), body});
    for (unsigned i = how >> 6U; i > 0; --i) message = spoilt(message, in_);
    send(message, how & 7U);
  }

  // The messages that ask for, refuse and acknowledge numbers of ours.
  wire::Body about_numbers(std::size_t kind) {
    const std::uint64_t sent = node_.last_sent();
    const std::uint64_t some = sent - std::min<std::uint64_t>(sent, in_.byte());
    switch (kind) {
      case 0:
        return wire::Ack{SeqNo(some)};
      case 1:
        return wire::RetransmitRequest{SeqNo(some), SeqNo(sent)};
      case 2:
        return wire::RetransmitRequest{SeqNo(in_.number()), SeqNo(in_.number())};
      default:
        return wire::RetransmitNak{SeqNo(speakers_[0].seq - std::min(speakers_[0].seq, some)),
                                   "seqno too low"};
    }
  }

  wire::Header header_of(Speaker& speaker, std::uint8_t how, bool sequenced) {
    wire::Header header;
    header.src = speaker.name;
    header.timestamp = 1'700'000'000;
    header.ttl = 3;
    if ((how & 8U) != 0) header.dest = NodeName("ada");
    if ((how & 16U) != 0)
      header.src_uuid = Uuid({static_cast<std::uint8_t>(speaker.name.value()[0])});
    if ((how & 32U) != 0)
      choose_numbers(speaker);
    else
      ++speaker.seq;
    header.generation = Generation(speaker.generation);
    if (sequenced) header.seq = SeqNo(speaker.seq);
    return header;
  }

  void choose_numbers(Speaker& speaker) {
    switch (in_.below(8)) {
      case 0:  // a new life
        ++speaker.generation;
        speaker.seq = 1;
        break;
      case 1:  // an earlier one
        speaker.generation -= std::min<std::uint64_t>(speaker.generation, 1);
        break;
      case 2:  // the same once more
        break;
      case 3:  // a gap
        speaker.seq += 2 + in_.below(256);
        break;
      case 4:  // one that was missing
        speaker.seq -= std::min<std::uint64_t>(speaker.seq, in_.byte());
        break;
      case 5:
        speaker.seq += 300;
        break;
      case 6:
        speaker.seq = in_.number();
        break;
      default:
        speaker.generation = in_.number();
    }
  }

  void free_text() {
    const auto message = wire::decode_classic(">>>\n" + std::string(in_.text()) + "<<<\n");
    if (message) send(*message, 0);
  }

  void send(const wire::Message& message, std::size_t kind) {
    static const std::array kCodecs = {make_codec(0), make_codec(1), make_codec(2), make_codec(3),
                                       make_codec(4)};
    const auto carrier = kind == 5 ? wire::Carrier::kSerial : wire::Carrier::kDatagram;
    const wire::PacketCodec& codec = kCodecs[kind % kCodecs.size()];
    const auto bytes = codec.seal(message, carrier);
    if (!bytes) return;
    const auto opened = codec.open(*bytes);
    if (!opened) return;
    const auto packet = wire::parse_packet(*opened);
    if (!packet) return;
    receive(*packet);
    if (earlier_.size() == 16) earlier_.pop_front();
    earlier_.push_back(*packet);
  }

  void receive(const wire::Packet& packet) {
    static const std::array kLinks = {LinkName("eth0"), LinkName("eth1")};
    node_.step(core::PacketReceived{packet, kLinks[++received_ % kLinks.size()]});
  }

  void run_of_status() {
    Speaker& speaker = speakers_[in_.below(2)];
    const std::size_t count = in_.below(32);
    const std::size_t stride = 1 + in_.below(8);
    for (std::size_t i = 0; i < count; ++i) {
      speaker.seq += stride;
      wire::Header header{.src = speaker.name,
                          .src_uuid = std::nullopt,
                          .dest = std::nullopt,
                          .dest_uuid = std::nullopt,
                          .seq = SeqNo(speaker.seq),
                          .generation = Generation(speaker.generation),
                          .timestamp = 1'700'000'000,
                          .load = std::nullopt,
                          .ttl = 3};
      receive({std::move(header), wire::Status{.state = wire::NodeState::kActive,
                                               .deadtime_ms = 1000,
                                               .protocol = 1,
                                               .extended = std::nullopt}});
      go_on(50ms);
    }
  }

  Duration time() {
    static constexpr std::array<Duration, 10> kTimes = {1us,   1ms,    10ms, 60ms, 200ms,
                                                        500ms, 1100ms, 3s,   11s,  16s};
    return kTimes[in_.below(kTimes.size())];
  }

  void go_on(Duration length) {
    played_ += length;
    if (played_ > kLongestPlay) return;
    for (Duration left = length; left > Duration(0) && node_.work() < kMostWork; left -= kSlice)
      node_.run_for(std::min(left, kSlice));
  }

  void agents() {
    static constexpr std::array<std::optional<core::AgentResult>, 5> kResults = {
        core::AgentResult::kFailed, core::AgentResult::kNotFound, core::AgentResult::kTimedOut,
        core::AgentResult::kRunning, std::nullopt};
    static constexpr std::array kOutcomes = {
        core::FenceOutcome::kConfirmed, core::FenceOutcome::kFailed, core::FenceOutcome::kBadHost};
    const std::uint8_t choice = in_.byte();
    node_.set_agents(choice % 4U, kResults[in_.below(kResults.size())]);
    node_.set_fences(kOutcomes[choice / 4U % kOutcomes.size()], (choice & 128U) != 0 ? 7s : 20ms);
  }

  void local_words() {
    const auto message = wire::decode_classic(">>>\n" + std::string(in_.text()) + "<<<\n");
    if (!message) return;
    const auto injected = wire::parse_body(*message);
    if (injected) node_.step(core::Injected{injected->body, injected->dest});
  }

  void operator_wants() {
    static constexpr std::array kHolds = {wire::kHoldLocal, wire::kHoldForeign, wire::kHoldAll};
    const std::uint8_t choice = in_.byte();
    const wire::Hold hold = kHolds[choice / 4U % kHolds.size()];
    switch (choice % 4U) {
      case 0:
        node_.step(core::ShutdownRequested{});
        break;
      case 1:
        node_.step(core::Injected{wire::StandbyMessage{hold, wire::StandbyMessage::Phase::kMe},
                                  std::nullopt});
        break;
      case 2:
        node_.step(core::Injected{wire::TakeoverRequest{hold, (choice & 128U) != 0}, std::nullopt});
        break;
      default:
        if ((choice & 12U) == 12U) {
          change_settings(in_.byte());
        } else {
          change_groups(choice);
        }
    }
  }

  // Timers and rules, and perhaps one more node; what belongs to this life stays.
  void change_settings(std::uint8_t choice) {
    if ((choice & 1U) != 0) settings_.keepalive = settings_.keepalive == 200ms ? 100ms : 200ms;
    if ((choice & 2U) != 0) settings_.deadtime = settings_.deadtime == 1s ? 3s : 1s;
    if ((choice & 4U) != 0 && settings_.failback != core::Failback::kLegacy)
      settings_.failback =
          settings_.failback == core::Failback::kOn ? core::Failback::kOff : core::Failback::kOn;
    if ((choice & 8U) != 0) settings_.fencing.configured = !settings_.fencing.configured;
    if ((choice & 16U) != 0) settings_.autojoin = kAutojoins[choice / 32U % kAutojoins.size()];
    const NodeName dan("dan");
    if ((choice & 128U) != 0 && std::ranges::find(settings_.nodes, dan) == settings_.nodes.end())
      settings_.nodes.push_back(dan);
    node_.step(core::SettingsChanged{settings_});
  }

  // Some of the usual groups, changed in place or in their order.
  void change_groups(std::uint8_t choice) {
    std::vector<ResourceGroup> groups = live_settings(2, core::Failback::kOff).groups;
    if ((choice & 16U) != 0) groups.erase(groups.begin());
    if ((choice & 32U) != 0) std::reverse(groups.begin(), groups.end());
    if ((choice & 64U) != 0 && !groups.empty())
      groups.back().resources.push_back({"new", {}, "new"});
    node_.step(core::GroupsChanged{std::move(groups), (choice & 128U) != 0});
  }

  static constexpr std::array kAutojoins = {core::Autojoin::kNone, core::Autojoin::kOther,
                                            core::Autojoin::kAny};

  inline static const NodeName kGateway{"gw"};

  ByteReader in_;
  std::array<Speaker, 4> speakers_;
  core::Settings settings_;
  LiveNode node_;
  std::deque<wire::Packet> earlier_;
  std::size_t received_ = 0;
  Duration played_{};
};

}  // namespace
}  // namespace hb::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hb::fuzz::Play({reinterpret_cast<const char*>(data), size}).run();
  return 0;
}
