#include "io/media/udp_medium.h"

#include <cerrno>
#include <chrono>
#include <ctime>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>
#include <sys/socket.h>

#include "base/overloaded.h"
#include "io/boot_time.h"
#include "io/media/arrival_clock.h"
#include "io/media/medium_reports.h"
#include "io/media/udp_sockets.h"
#include "io/media/waiting_socket.h"

namespace hb::io {
namespace {

// How often an interface is looked at without being told to: netlink news may be lost, and a socket
// bound to an interface that is gone receives nothing and reports nothing.
constexpr std::chrono::milliseconds kCheckInterval{1000};
constexpr std::chrono::milliseconds kOpenRetry{250};  // while something is missing

std::string describe(const UdpConfig& config) {
  const char* type =
      std::visit(Overloaded{
                     [](const BcastConfig&) { return "bcast"; },
                     [](const McastConfig& c) { return is_ipv6(c) ? "mcast6" : "mcast"; },
                     [](const UcastConfig& c) { return is_ipv6(c) ? "ucast6" : "ucast"; },
                 },
                 config);
  return fmt::format("{} {}", type, std::visit([](const auto& c) { return c.interface; }, config));
}

using Endpoint = asio::ip::udp::endpoint;

ArrivalClock::Reading read_clocks() {
  timespec wall{};
  ::clock_gettime(CLOCK_REALTIME, &wall);
  return {duration_of(wall), boot_time()};
}

IpVersion ip_version(const UdpConfig& config) {
  const bool ipv6 = std::visit([](const auto& c) { return is_ipv6(c); }, config);
  return ipv6 ? IpVersion::kIpv6 : IpVersion::kIpv4;
}

std::vector<std::string> names_in(const UdpConfig& config) {
  const auto* ucast = std::get_if<UcastConfig>(&config);
  return ucast == nullptr ? std::vector<std::string>{} : ucast->names;
}

class UdpMedium final : public Medium {
 public:
  UdpMedium(const MediaContext& context, UdpConfig config)
      : context_(context),
        config_(std::move(config)),
        interface_(std::visit([](const auto& c) { return c.interface; }, config_)),
        version_(ip_version(config_)),
        link_name_(interface_),
        description_(describe(config_)),
        receive_(context.loop, [this] { receive_batch(); }),
        heartbeats_(context.loop, [this] { (void)receive_heartbeats(); }),
        timer_(context.loop),
        reports_(context.loop, context.observer, *this),
        names_(context.loop, context.names, names_in(config_), false, names_events()) {}

  Expected<void, IoError> open() override {
    auto opened = open_now();
    watch_interface();
    names_.start();
    return opened;
  }

  void send(std::string_view datagram) override;
  bool drain() override;
  void let_heartbeats_wait(bool wait) override { heartbeats_.let_wait(wait); }
  void take_heartbeats() override { (void)drain_heartbeats(); }

  void interface_changed() override {
    check_soon();
    names_.doubt();
  }

  [[nodiscard]] bool hears_itself() const override {
    if (std::holds_alternative<BcastConfig>(config_)) return false;  // its filter drops that
    const auto* mcast = std::get_if<McastConfig>(&config_);
    return mcast == nullptr || mcast->loop;  // a line of ucast may name this node, too
  }

  [[nodiscard]] MediumState state() const override {
    return send_ ? MediumState::kOpen : MediumState::kWaiting;
  }
  [[nodiscard]] const MediumStatistics& statistics() const override { return statistics_; }
  [[nodiscard]] const LinkName& link_name() const override { return link_name_; }
  [[nodiscard]] const std::string& interface() const override { return interface_; }
  [[nodiscard]] const std::string& description() const override { return description_; }

 private:
  Expected<void, IoError> open_now();
  void close();

  void send_to(const Endpoint& destination, std::string_view datagram);
  void note_send_error(const Endpoint& destination, std::size_t size, int code);

  std::size_t receive_batch();
  std::size_t receive_heartbeats();
  bool drain_heartbeats();

  void watch_interface();
  void check_soon();
  void check_interface();
  [[nodiscard]] bool still_as_opened() const;
  void open_again(const Message& why);

  PeerNames::Events names_events();
  void add_named();

  MediaContext context_;
  UdpConfig config_;
  std::string interface_;
  IpVersion version_;
  LinkName link_name_;
  std::string description_;

  UniqueFd send_;
  WaitingSocket receive_;  // never waits
  WaitingSocket heartbeats_;
  ArrivalClock arrivals_;
  std::vector<Endpoint> destinations_;
  InterfaceFacts opened_for_;

  asio::steady_timer timer_;
  bool check_posted_ = false;
  bool waiting_reported_ = false;
  MediumReports reports_;
  MediumStatistics statistics_;
  PeerNames names_;
  std::size_t fixed_destinations_ = 0;  // the first of destinations_; the others have names

  // Handlers that are already on their way when the medium goes look at this first.
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

// --- sending ---

void UdpMedium::send(std::string_view datagram) {
  if (!send_) {
    ++statistics_.unsent;
    return;
  }
  for (const Endpoint& destination : destinations_) send_to(destination, datagram);
}

void UdpMedium::send_to(const Endpoint& destination, std::string_view datagram) {
  const ssize_t sent =
      ::sendto(send_.get(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
               destination.data(), static_cast<socklen_t>(destination.size()));
  if (sent < 0) {
    note_send_error(destination, datagram.size(), errno);
    return;
  }
  ++statistics_.sent;
  statistics_.sent_bytes += datagram.size();
  reports_.sent();
}

void UdpMedium::note_send_error(const Endpoint& destination, std::size_t size, int code) {
  if (code == EAGAIN || code == EWOULDBLOCK || code == ENOBUFS) {
    ++statistics_.send_drops;
    return;
  }
  ++statistics_.send_errors;
  check_soon();  // the interface may be gone
  names_.doubt();
  reports_.send_failed([&] {
    return message<"medium-send-failed">(description_, size, text_of(destination),
                                         std::generic_category().message(code));
  });
}

// --- receiving ---

std::size_t UdpMedium::receive_batch() {
  drain_heartbeats();  // sent earlier, most of them
  const ReceiveBatch::Use use(context_.batch);
  const std::size_t count = context_.batch.receive(receive_.fd());
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view datagram = context_.batch.datagram(i);
    ++statistics_.received;
    statistics_.received_bytes += datagram.size();
    context_.observer.on_datagram(*this, datagram);
  }
  return count;
}

// --- heartbeats that need not wake us ---

std::size_t UdpMedium::receive_heartbeats() {
  if (heartbeats_.fd() < 0) return 0;
  arrivals_.look(read_clocks());
  const ReceiveBatch::Use use(context_.batch);
  const std::size_t count = context_.batch.receive(heartbeats_.fd());
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view datagram = context_.batch.datagram(i);
    ++statistics_.received;
    statistics_.received_bytes += datagram.size();
    context_.observer.on_heartbeat(*this, datagram, arrivals_.waited(context_.batch.stamp(i)));
  }
  return count;
}

bool UdpMedium::drain_heartbeats() {
  for (std::size_t taken = 0; taken < kDrainBudget;) {
    const std::size_t count = receive_heartbeats();
    if (count < ReceiveBatch::kDatagrams) return true;
    taken += count;
  }
  return false;
}

bool UdpMedium::drain() {
  if (receive_.fd() < 0) return true;
  for (std::size_t taken = 0; taken < kDrainBudget;) {
    const std::size_t count = receive_batch();
    if (count < ReceiveBatch::kDatagrams) return drain_heartbeats();
    taken += count;
  }
  return false;
}

// --- the interface ---

Expected<void, IoError> UdpMedium::open_now() {
  close();
  auto facts = look_at_interface(interface_, version_);
  if (!facts) return unexpected(std::move(facts.error()));
  // `ucast` can do without one, by an interface that never had any; but not while the addresses are
  // taken away to which the peers send.
  if (opened_for_.address && !facts->address) return unexpected(lacks_address(interface_));
  auto sockets = std::visit([&](const auto& c) { return open_sockets(c, *facts); }, config_);
  if (!sockets) return unexpected(std::move(sockets.error()));

  if (const auto error = receive_.open(std::move(sockets->receive))) {
    receive_.close();
    return unexpected(IoError{error.value(), "watch the socket"});
  }
  arrivals_.begin(read_clocks());
  // If the loop cannot take it heartbeats are read with whatever else happens.
  (void)heartbeats_.open(std::move(sockets->heartbeats));
  send_ = std::move(sockets->send);
  destinations_ = std::move(sockets->destinations);
  fixed_destinations_ = destinations_.size();
  add_named();
  opened_for_ = std::visit([&](const auto& c) { return relevant(c, *facts); }, config_);

  return {};
}

// The addresses that names have now, in place of those that they had.
void UdpMedium::add_named() {
  const auto* ucast = std::get_if<UcastConfig>(&config_);
  if (ucast == nullptr) return;
  destinations_.resize(fixed_destinations_);
  for (const asio::ip::address& address : names_.addresses()) {
    destinations_.emplace_back(address, ucast->port);
  }
}

PeerNames::Events UdpMedium::names_events() {
  return {[this] { add_named(); },
          [this](const std::string& name, bool resolves) { reports_.tell_name(name, resolves); }};
}

void UdpMedium::close() {
  send_.reset();
  receive_.close();
  heartbeats_.close();
}

void UdpMedium::watch_interface() {
  timer_.expires_after(send_ ? kCheckInterval : kOpenRetry);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](const std::error_code& error) {
    if (error || alive.expired()) return;
    check_interface();
    watch_interface();
  });
}

void UdpMedium::check_soon() {
  if (check_posted_) return;
  check_posted_ = true;
  asio::post(context_.loop, [this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    check_posted_ = false;
    check_interface();
    watch_interface();
  });
}

void UdpMedium::check_interface() {
  if (!send_) {
    open_again(message<"medium-open">(description_));
  } else if (!still_as_opened()) {
    drain();  // what came before the change must not be lost with the socket
    open_again(message<"medium-reopened">(description_));
    if (!send_) context_.observer.on_lost(*this);
  }
}

bool UdpMedium::still_as_opened() const {
  const auto facts = look_at_interface(interface_, version_);
  // Not being able to look (too many open files) is no reason to give up sockets that work.
  if (!facts) return facts.error().code != ENODEV && facts.error().code != ENXIO;
  return std::visit([&](const auto& c) { return relevant(c, *facts); }, config_) == opened_for_;
}

void UdpMedium::open_again(const Message& why) {
  if (const auto opened = open_now(); !opened) {
    if (!waiting_reported_) {
      reports_.tell(message<"medium-waits">(description_, opened.error().text()));
    }
    waiting_reported_ = true;
    return;
  }
  waiting_reported_ = false;
  ++statistics_.reopened;
  reports_.tell(why);
}

}  // namespace

std::unique_ptr<Medium> make_udp_medium(const MediaContext& context, UdpConfig config) {
  return std::make_unique<UdpMedium>(context, std::move(config));
}

}  // namespace hb::io
