#include "io/media/ping/ping_medium.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "io/media/medium_reports.h"
#include "io/media/peer_names.h"
#include "io/media/ping/echo_packet.h"
#include "io/media/ping/echo_socket.h"

namespace hb::io {
namespace {

// No socket yet: the rights or the protocol may come later, but seldom do.
constexpr std::chrono::seconds kSocketRetry{10};
// What one turn of the loop reads: timers and the media of the peers come in between.
constexpr std::size_t kRepliesATurn = 16;
// A packet in an echo has at most 5120 bytes (spec: wire-protocol 2.3), and headers.
constexpr std::size_t kLongestReply = 5120 + 128;

std::vector<std::string> names_in(const PingConfig& config) {
  std::vector<std::string> names;
  for (const PingHost& host : config.hosts) {
    if (!host.address) names.push_back(host.text);
  }
  return names;
}

class IcmpMedium final : public PingMedium {
 public:
  IcmpMedium(const MediaContext& context, PingConfig config)
      : context_(context),
        config_(std::move(config)),
        link_name_(config_.name),
        description_(fmt::format("{} {}", config_.type, config_.name)),
        rounds_(static_cast<std::uint16_t>(::getpid()), config_.hosts.size()),
        failing_(config_.hosts.size(), false),
        reports_(context.loop, context.observer, *this),
        names_(context.loop, context.names, names_in(config_),
               config_.family == AddressFamily::kIpv6,
               {[this] { name_hosts(); },
                [this](const std::string& name, bool resolves) {
                  reports_.tell_name(name, resolves);
                }}),
        socket_(context.loop),
        timer_(context.loop) {}

  Expected<void, IoError> open() override {
    auto opened = open_now();
    if (!opened) try_again_later();
    names_.start();
    return opened;
  }

  void send(std::string_view packet) override;
  bool drain() override;
  void interface_changed() override {}  // no interface is ours: the routes decide

  void set_address(std::size_t host, const IpAddress& address) override {
    if (address.family() != config_.family || config_.hosts[host].address == address) return;
    config_.hosts[host].address = address;
    if (socket_.is_open()) static_cast<void>(filter());  // EchoRounds looks at all of it again
  }

  [[nodiscard]] MediumState state() const override {
    return socket_.is_open() ? MediumState::kOpen : MediumState::kWaiting;
  }
  [[nodiscard]] const MediumStatistics& statistics() const override { return statistics_; }
  [[nodiscard]] const LinkName& link_name() const override { return link_name_; }
  [[nodiscard]] const std::string& interface() const override { return no_interface_; }
  [[nodiscard]] const std::string& description() const override { return description_; }
  [[nodiscard]] const PingConfig& config() const override { return config_; }
  [[nodiscard]] const PingHostStatistics& host_statistics(std::size_t host) const override {
    return rounds_.host(host);
  }

 private:
  using Clock = std::chrono::steady_clock;

  Expected<void, IoError> open_now();
  Expected<void, IoError> filter();
  void try_again_later();

  void name_hosts();
  void ask(std::size_t host, std::string_view request);
  void cannot_ask(std::size_t host, const IoError& error);

  void wait_for_replies();
  std::size_t receive_some();
  void receive(const ReceivedEcho& echo);

  MediaContext context_;
  PingConfig config_;
  LinkName link_name_;
  std::string description_;
  std::string no_interface_;

  EchoRounds rounds_;
  std::vector<bool> failing_;  // hosts of which it was told that they cannot be asked
  MediumReports reports_;
  PeerNames names_;
  asio::posix::stream_descriptor socket_;
  asio::steady_timer timer_;
  std::array<char, kLongestReply> buffer_{};
  MediumStatistics statistics_;

  // Handlers that are already on their way when the medium goes look at this first.
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

// --- asking ---

void IcmpMedium::send(std::string_view packet) {
  if (!socket_.is_open()) {
    ++statistics_.unsent;
    return;
  }
  const EchoHeader header = rounds_.begin(std::string(packet), Clock::now());
  const std::string request = make_echo_request(config_.family, header, packet);
  for (std::size_t i = 0; i < config_.hosts.size(); ++i) ask(i, request);
}

// The addresses that names have now.
void IcmpMedium::name_hosts() {
  for (std::size_t i = 0; i < config_.hosts.size(); ++i) {
    const auto found = names_.address_of(config_.hosts[i].text);
    if (!found) continue;
    if (const auto address = IpAddress::parse(found->to_string())) set_address(i, *address);
  }
}

void IcmpMedium::ask(std::size_t host, std::string_view request) {
  if (!config_.hosts[host].address) {
    ++statistics_.unsent;
    return;
  }
  if (auto sent = send_echo(socket_.native_handle(), *config_.hosts[host].address, request);
      !sent) {
    cannot_ask(host, sent.error());
    return;
  }
  rounds_.asked(host);
  ++statistics_.sent;
  statistics_.sent_bytes += request.size();
  if (failing_[host]) {
    reports_.tell_soon(message<"ping-host-asked">(description_, config_.hosts[host].text));
  }
  failing_[host] = false;
}

void IcmpMedium::cannot_ask(std::size_t host, const IoError& error) {
  rounds_.refused(host);
  if (error.code == EAGAIN || error.code == EWOULDBLOCK || error.code == ENOBUFS) {
    ++statistics_.send_drops;
    return;
  }
  ++statistics_.send_errors;
  names_.doubt();
  if (failing_[host]) return;
  failing_[host] = true;
  reports_.tell_soon(
      message<"ping-host-refused">(description_, config_.hosts[host].text, error.text()));
}

// --- answers ---

void IcmpMedium::wait_for_replies() {
  socket_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [this, alive = std::weak_ptr(alive_)](const std::error_code& error) {
                       if (error || alive.expired()) return;
                       receive_some();
                       wait_for_replies();
                     });
}

// How many were read.
std::size_t IcmpMedium::receive_some() {
  for (std::size_t count = 0; count < kRepliesATurn; ++count) {
    const auto echo = receive_echo(socket_.native_handle(), buffer_);
    if (!echo) return count;
    receive(*echo);
  }
  return kRepliesATurn;
}

void IcmpMedium::receive(const ReceivedEcho& echo) {
  const auto host = std::find_if(config_.hosts.begin(), config_.hosts.end(),
                                 [&](const PingHost& each) { return each.address == echo.from; });
  if (host == config_.hosts.end()) return;
  const auto reply = read_echo_reply(config_.family, echo.datagram);
  if (!reply) return;
  const auto index = static_cast<std::size_t>(host - config_.hosts.begin());
  const EchoRounds::Verdict verdict = rounds_.judge(index, *reply, Clock::now());
  if (verdict == EchoRounds::Verdict::kForeign) return;
  ++statistics_.received;
  statistics_.received_bytes += echo.datagram.size();
  if (verdict == EchoRounds::Verdict::kFirst) {
    context_.observer.on_datagram(*this, reply->payload);
  }
}

bool IcmpMedium::drain() {
  if (!socket_.is_open()) return true;
  for (std::size_t taken = 0; taken < kDrainBudget;) {
    const std::size_t count = receive_some();
    if (count < kRepliesATurn) return true;
    taken += count;
  }
  return false;
}

// --- the socket ---

Expected<void, IoError> IcmpMedium::open_now() {
  auto opened = open_echo_socket(config_.family);
  if (!opened) return unexpected(std::move(opened.error()));
  std::error_code error;
  socket_.assign(opened->get(), error);
  if (error) return unexpected(IoError{error.value(), "watch the socket"});
  static_cast<void>(opened->release());  // socket_ closes it
  if (auto filtered = filter(); !filtered) {
    socket_.close(error);
    return filtered;
  }
  wait_for_replies();
  return {};
}

Expected<void, IoError> IcmpMedium::filter() {
  std::vector<IpAddress> known;
  for (const PingHost& host : config_.hosts) {
    if (host.address) known.push_back(*host.address);
  }
  return filter_echo_replies(socket_.native_handle(), config_.family, rounds_.identifier(), known);
}

void IcmpMedium::try_again_later() {
  timer_.expires_after(kSocketRetry);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](const std::error_code& error) {
    if (error || alive.expired()) return;
    if (!open_now()) return try_again_later();
    ++statistics_.reopened;
    reports_.tell(message<"medium-open">(description_));
  });
}

}  // namespace

std::unique_ptr<PingMedium> make_ping_medium(const MediaContext& context, PingConfig config) {
  return std::make_unique<IcmpMedium>(context, std::move(config));
}

}  // namespace hb::io
