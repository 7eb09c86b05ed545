#include "io/media/tcp_medium.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include <asio/ip/tcp.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "io/media/interface.h"
#include "io/media/length_framer.h"
#include "io/media/medium_reports.h"
#include "io/media/packet_queue.h"
#include "io/media/send_errors.h"
#include "io/media/udp_sockets.h"

namespace hb::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Endpoint = asio::ip::udp::endpoint;  // address and port; nothing of it is UDP's

constexpr milliseconds kTick{250};  // how often it is looked whether something is to be done
constexpr milliseconds kConnectTime{2000};
constexpr milliseconds kFirstPause{250}, kLongestPause{4000};  // between two attempts to connect
constexpr milliseconds kOwnPause{10000};  // until it is looked again whether an address is our own
constexpr int kBacklog = 16;
constexpr int kAcceptsPerTurn = 16;
constexpr int kSendBuffer = 64 << 10;  // bytes; what the kernel holds cannot be dropped any more
constexpr std::size_t kTcpReadSize = 64U << 10U;

// Of one peer, in one direction of dialling.
struct Connection {
  explicit Connection(asio::io_context& loop) : socket(loop), queue(TcpConfig::kQueueBytes) {}

  asio::posix::stream_descriptor socket;
  bool established = false;
  bool writing = false;           // waits for room
  std::optional<IoError> failed;  // to be taken down at the next opportunity
  steady_clock::time_point connecting_until;
  LengthFramer framer;
  PacketQueue queue;
  std::string out;  // being written, framed
  std::size_t written = 0;
  std::shared_ptr<const bool> alive = std::make_shared<const bool>(true);
};

struct Peer {
  asio::ip::address address;
  std::unique_ptr<Connection> dialled, accepted;
  steady_clock::time_point dial_at{};
  milliseconds pause = kFirstPause;
  bool told_down = false;
  bool own = false;  // an address of this machine: the same lines stand on all nodes
};

// Scopes apart: a link-local address is compared within its interface.
bool same_host(const asio::ip::address& a, const asio::ip::address& b) {
  if (a.is_v6() != b.is_v6()) return false;
  if (a.is_v6()) return a.to_v6().to_bytes() == b.to_v6().to_bytes();
  return a == b;
}

bool is_lower(const asio::ip::address& a, const asio::ip::address& b) {
  if (a.is_v6()) return a.to_v6().to_bytes() < b.to_v6().to_bytes();
  return a.to_v4() < b.to_v4();
}

Endpoint local_end(int socket) {
  Endpoint end;
  auto length = static_cast<socklen_t>(end.capacity());
  if (::getsockname(socket, end.data(), &length) == 0) end.resize(length);
  return end;
}

// Whether an address is one of this machine's: only those can be bound to.
bool is_own(const Endpoint& peer) {
  const int family = peer.address().is_v6() ? AF_INET6 : AF_INET;
  const UniqueFd probe(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  Endpoint any_port = peer;
  any_port.port(0);
  return probe &&
         ::bind(probe.get(), any_port.data(), static_cast<socklen_t>(any_port.size())) == 0;
}

template <class T>
void set_option(int socket, int level, int name, T value) {
  ::setsockopt(socket, level, name, &value, sizeof value);  // what it cannot have it does without
}

void set_up(int socket) {
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT,
             static_cast<unsigned>(TcpConfig::kUserTimeout.count()));
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, 2);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set_option(socket, SOL_SOCKET, SO_SNDBUF, kSendBuffer);
}

Expected<UniqueFd, IoError> make_socket(const std::string& interface, bool ipv6) {
  UniqueFd fd(::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return unexpected(IoError{errno, "socket"});
  const auto length = static_cast<socklen_t>(interface.size());
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.data(), length) != 0) {
    return unexpected(IoError{errno, "bind to device " + interface});
  }
  if (ipv6) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
  return fd;
}

class TcpMedium final : public Medium {
 public:
  TcpMedium(const MediaContext& context, TcpConfig config)
      : context_(context),
        config_(std::move(config)),
        ipv6_(!config_.peers.empty() && config_.peers.front().is_v6()),
        link_name_(config_.interface),
        description_("tcp " + config_.interface),
        listener_(context.loop),
        tick_(context.loop),
        reports_(context.loop, context.observer, *this),
        names_(context.loop, context.names, config_.names, false, names_events()) {
    name_peers();
  }
  ~TcpMedium() override { close(); }

  Expected<void, IoError> open() override {
    auto opened = listen();
    names_.start();
    look_after();
    return opened;
  }

  void send(std::string_view packet) override;
  bool drain() override;
  void interface_changed() override {
    names_.doubt();
    for (Peer& peer : peers_) peer.dial_at = {};
    if (std::exchange(look_posted_, true)) return;
    asio::post(context_.loop, [this, alive = std::weak_ptr(alive_)] {
      if (!alive.expired()) look_after();
    });
  }

  [[nodiscard]] MediumState state() const override {
    return listener_.is_open() ? MediumState::kOpen : MediumState::kWaiting;
  }
  [[nodiscard]] const MediumStatistics& statistics() const override { return statistics_; }
  [[nodiscard]] const LinkName& link_name() const override { return link_name_; }
  [[nodiscard]] const std::string& interface() const override { return config_.interface; }
  [[nodiscard]] const std::string& description() const override { return description_; }

 private:
  using Slot = std::unique_ptr<Connection> Peer::*;

  // --- the interface and the names ---
  Expected<void, IoError> listen();
  void close();
  void look_after();
  void check_interface();
  PeerNames::Events names_events();
  void name_peers();

  // --- connections ---
  void wait_for_peers();
  bool accept_one();
  void dial(Peer& peer);
  void adopt(Peer& peer, Slot slot, UniqueFd fd);
  void wait_connected(Peer& peer);
  void established(Peer& peer, Slot slot);
  void keep_one(Peer& peer);
  void end(Peer& peer, Slot slot, const IoError& why);
  [[nodiscard]] static Connection* usable(const Peer& peer);
  [[nodiscard]] Peer* find(const asio::ip::address& address);
  [[nodiscard]] Endpoint end_of(const Peer& peer) const {
    return make_endpoint(peer.address, config_.port, opened_for_.index);
  }
  // Handlers find their connection by these; it may have gone, and the peers may have changed.
  template <class Action>
  auto with(const asio::ip::address& address, Slot slot, const Connection& connection,
            Action action);

  // --- packets ---
  void write_on(const asio::ip::address& address, Slot slot, Connection& connection);
  void fail_soon(const asio::ip::address& address, Slot slot, Connection& connection, IoError why);
  void wait_for_bytes(const Peer& peer, Slot slot);
  // Whether more may be waiting; the connection may be gone afterwards.
  bool read_some(const asio::ip::address& address, Slot slot);

  [[nodiscard]] IpVersion ip_version() const { return ipv6_ ? IpVersion::kIpv6 : IpVersion::kIpv4; }

  MediaContext context_;
  TcpConfig config_;
  bool ipv6_;
  LinkName link_name_;
  std::string description_;
  asio::posix::stream_descriptor listener_;
  InterfaceFacts opened_for_;
  std::vector<Peer> peers_;
  asio::steady_timer tick_;
  MediumReports reports_;
  PeerNames names_;
  bool waiting_reported_ = false;
  bool look_posted_ = false;
  SendErrors strangers_;
  MediumStatistics statistics_;
  std::string buffer_;  // for reading; taken while a packet of it is handed over
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
  std::shared_ptr<const bool> listening_;
};

// --- the interface and the names ---

Expected<void, IoError> TcpMedium::listen() {
  auto facts = look_at_interface(config_.interface, ip_version());
  if (!facts) return unexpected(std::move(facts.error()));
  if (ipv6_ ? !facts->ipv6 : !facts->address.has_value()) {
    return unexpected(IoError{EADDRNOTAVAIL, "address of " + config_.interface});
  }
  auto fd = make_socket(config_.interface, ipv6_);
  if (!fd) return unexpected(std::move(fd.error()));
  set_option(fd->get(), SOL_SOCKET, SO_REUSEADDR, 1);
  const Endpoint any(ipv6_ ? asio::ip::udp::v6() : asio::ip::udp::v4(), config_.port);
  if (::bind(fd->get(), any.data(), static_cast<socklen_t>(any.size())) != 0 ||
      ::listen(fd->get(), kBacklog) != 0) {
    return unexpected(IoError{errno, fmt::format("listen on port {}", config_.port)});
  }
  std::error_code error;
  listener_.assign(fd->get(), error);
  if (error) return unexpected(IoError{error.value(), "watch the socket"});
  (void)fd->release();  // listener_ closes it
  opened_for_ = *facts;
  listening_ = std::make_shared<const bool>(true);
  wait_for_peers();
  return {};
}

void TcpMedium::close() {
  listening_.reset();
  std::error_code ignored;
  listener_.close(ignored);
  for (Peer& peer : peers_) {
    peer.dialled.reset();
    peer.accepted.reset();
    peer.pause = kFirstPause;
    peer.dial_at = {};
  }
}

// All that is due: the interface, connections that failed or took too long, peers to be dialled.
void TcpMedium::look_after() {
  look_posted_ = false;
  check_interface();
  const auto now = steady_clock::now();
  for (Peer& peer : peers_) {
    for (const Slot slot : {&Peer::dialled, &Peer::accepted}) {
      const auto& connection = peer.*slot;
      if (!connection) continue;
      if (connection->failed) {
        end(peer, slot, IoError(*connection->failed));
      } else if (!connection->established && now >= connection->connecting_until) {
        end(peer, slot, IoError{ETIMEDOUT, "connect to " + text_of(end_of(peer))});
      }
    }
    const bool wanted = listener_.is_open() && !peer.dialled && usable(peer) == nullptr;
    if (wanted && now >= peer.dial_at) dial(peer);
  }
  tick_.expires_after(kTick);
  tick_.async_wait([this, alive = std::weak_ptr(alive_)](const std::error_code& error) {
    if (!error && !alive.expired()) look_after();
  });
}

void TcpMedium::check_interface() {
  const bool was_open = listener_.is_open();
  if (was_open) {
    const auto facts = look_at_interface(config_.interface, ip_version());
    // Not being able to look (too many open files) is no reason to give up what works.
    if (!facts && facts.error().code != ENODEV && facts.error().code != ENXIO) return;
    if (facts && facts->index == opened_for_.index &&
        (ipv6_ ? facts->ipv6 : facts->address.has_value())) {
      return;
    }
    close();
  }
  if (const auto opened = listen(); !opened) {
    if (!std::exchange(waiting_reported_, true)) {
      reports_.tell(message<"medium-waits">(description_, opened.error().text()));
    }
    if (was_open) context_.observer.on_lost(*this);
    return;
  }
  ++statistics_.reopened;
  reports_.tell(was_open ? message<"medium-reopened">(description_)
                         : message<"medium-open">(description_));
  waiting_reported_ = false;
}

PeerNames::Events TcpMedium::names_events() {
  return {[this] { name_peers(); },
          [this](const std::string& name, bool resolves) { reports_.tell_name(name, resolves); }};
}

// Peers of the file and those whose names have addresses now; connections of those that stay stay.
void TcpMedium::name_peers() {
  std::vector<asio::ip::address> wanted = config_.peers;
  for (const asio::ip::address& address : names_.addresses()) wanted.push_back(address);
  std::vector<Peer> before = std::exchange(peers_, {});
  for (const asio::ip::address& address : wanted) {
    if (find(address) != nullptr) continue;
    const auto known = std::find_if(before.begin(), before.end(), [&](const Peer& peer) {
      return same_host(peer.address, address);
    });
    if (known != before.end()) {
      peers_.push_back(std::move(*known));
    } else {
      peers_.emplace_back().address = address;
    }
  }
}

Peer* TcpMedium::find(const asio::ip::address& address) {
  const auto found = std::find_if(peers_.begin(), peers_.end(), [&](const Peer& peer) {
    return same_host(peer.address, address);
  });
  return found == peers_.end() ? nullptr : &*found;
}

template <class Action>
auto TcpMedium::with(const asio::ip::address& address, Slot slot, const Connection& connection,
                     Action action) {
  return [this, address, slot, alive = std::weak_ptr(connection.alive),
          action](const std::error_code&) {
    if (alive.expired()) return;
    action(*find(address), slot);  // it lives, so its peer does
  };
}

// --- connections ---

void TcpMedium::wait_for_peers() {
  listener_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [this, listening = std::weak_ptr(listening_)](const std::error_code&) {
                         for (int i = 0; i < kAcceptsPerTurn && !listening.expired(); ++i) {
                           if (!accept_one()) break;
                         }
                         if (!listening.expired()) wait_for_peers();
                       });
}

// Whether more may be waiting.
bool TcpMedium::accept_one() {
  Endpoint from;
  auto length = static_cast<socklen_t>(from.capacity());
  UniqueFd fd(
      ::accept4(listener_.native_handle(), from.data(), &length, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd) return false;
  from.resize(length);
  Peer* const peer = find(from.address());
  if (peer == nullptr || same_host(local_end(fd.get()).address(), from.address())) {
    if (peer == nullptr && strangers_.failed() != SendErrors::Verdict::kSilent) {
      reports_.tell(message<"tcp-stranger">(description_, from.address().to_string()));
    }
    return true;
  }
  peer->accepted.reset();  // it has dialled anew, so the one before is dead at its end
  adopt(*peer, &Peer::accepted, std::move(fd));
  if (peer->accepted) established(*peer, &Peer::accepted);
  return true;
}

void TcpMedium::adopt(Peer& peer, Slot slot, UniqueFd fd) {
  set_up(fd.get());
  auto connection = std::make_unique<Connection>(context_.loop);
  std::error_code error;
  connection->socket.assign(fd.get(), error);
  if (error) return;
  (void)fd.release();  // the connection closes it
  peer.*slot = std::move(connection);
}

void TcpMedium::dial(Peer& peer) {
  const auto now = steady_clock::now();
  const Endpoint to = end_of(peer);
  peer.own = is_own(to);
  if (peer.own) {
    peer.dial_at = now + kOwnPause;
    return;
  }
  auto fd = make_socket(config_.interface, ipv6_);
  if (!fd) return end(peer, &Peer::dialled, fd.error());
  const int done = ::connect(fd->get(), to.data(), static_cast<socklen_t>(to.size()));
  const int code = done == 0 ? 0 : errno;
  if (code != 0 && code != EINPROGRESS) {
    return end(peer, &Peer::dialled, IoError{code, "connect to " + text_of(to)});
  }
  adopt(peer, &Peer::dialled, *std::move(fd));
  if (!peer.dialled) return;
  peer.dialled->connecting_until = now + kConnectTime;
  wait_connected(peer);
}

void TcpMedium::wait_connected(Peer& peer) {
  peer.dialled->socket.async_wait(
      asio::posix::stream_descriptor::wait_write,
      with(peer.address, &Peer::dialled, *peer.dialled, [this](Peer& of, Slot slot) {
        int code = 0;
        socklen_t length = sizeof code;
        ::getsockopt((of.*slot)->socket.native_handle(), SOL_SOCKET, SO_ERROR, &code, &length);
        if (code != 0) return end(of, slot, IoError{code, "connect to " + text_of(end_of(of))});
        established(of, slot);
      }));
}

void TcpMedium::established(Peer& peer, Slot slot) {
  (peer.*slot)->established = true;
  peer.pause = kFirstPause;
  if (std::exchange(peer.told_down, false) || peer.dial_at == steady_clock::time_point{}) {
    reports_.tell(message<"tcp-connected">(description_, peer.address.to_string()));
  }
  peer.dial_at = steady_clock::now();
  wait_for_bytes(peer, slot);
  keep_one(peer);
}

// Of two, that which was dialled from the lower address.
void TcpMedium::keep_one(Peer& peer) {
  if (!peer.dialled || !peer.dialled->established || !peer.accepted) return;
  const asio::ip::address ours = local_end(peer.dialled->socket.native_handle()).address();
  const Slot loser = is_lower(ours, peer.address) ? &Peer::accepted : &Peer::dialled;
  (peer.*loser).reset();
}

void TcpMedium::end(Peer& peer, Slot slot, const IoError& why) {
  const bool was_established = peer.*slot && (peer.*slot)->established;
  (peer.*slot).reset();
  const auto now = steady_clock::now();
  peer.dial_at = now + peer.pause;
  peer.pause = std::min(peer.pause * 2, kLongestPause);
  if (usable(peer) != nullptr) return;
  names_.doubt();
  if (std::exchange(peer.told_down, true)) return;
  if (why.code == ECONNREFUSED) {
    reports_.tell(message<"tcp-refused">(description_, text_of(end_of(peer))));
  } else if (was_established) {
    reports_.tell(message<"tcp-lost">(description_, peer.address.to_string(), why.text()));
  } else {
    reports_.tell(message<"tcp-not-connected">(description_, peer.address.to_string(), why.text()));
  }
}

Connection* TcpMedium::usable(const Peer& peer) {
  for (const auto& connection : {&peer.dialled, &peer.accepted}) {
    if (*connection && (*connection)->established && !(*connection)->failed) {
      return connection->get();
    }
  }
  return nullptr;
}

// --- packets ---

void TcpMedium::send(std::string_view packet) {
  if (packet.empty() || packet.size() > LengthFramer::kLongest) {
    ++statistics_.send_errors;
    return;
  }
  for (Peer& peer : peers_) {
    Connection* const connection = usable(peer);
    if (connection == nullptr) {
      if (!peer.own) ++statistics_.unsent;
      continue;
    }
    statistics_.send_drops += connection->queue.push(std::string(packet));
    const Slot slot = connection == peer.dialled.get() ? &Peer::dialled : &Peer::accepted;
    if (!connection->writing) write_on(peer.address, slot, *connection);
  }
}

void TcpMedium::write_on(const asio::ip::address& address, Slot slot, Connection& connection) {
  while (true) {
    if (connection.written == connection.out.size()) {
      connection.out.clear();
      connection.written = 0;
      if (connection.queue.empty()) return;
      LengthFramer::frame(connection.queue.pop(), connection.out);
    }
    const ssize_t sent =
        ::send(connection.socket.native_handle(), connection.out.data() + connection.written,
               connection.out.size() - connection.written, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) {
        return fail_soon(address, slot, connection, IoError{errno, "send"});
      }
      connection.writing = true;
      connection.socket.async_wait(asio::posix::stream_descriptor::wait_write,
                                   with(address, slot, connection, [this](Peer& peer, Slot of) {
                                     Connection& ready = *(peer.*of);
                                     ready.writing = false;
                                     if (!ready.failed) write_on(peer.address, of, ready);
                                   }));
      return;
    }
    connection.written += static_cast<std::size_t>(sent);
    statistics_.sent_bytes += static_cast<std::size_t>(sent);
    if (connection.written == connection.out.size()) ++statistics_.sent;
  }
}

// Sending promises not to call the observer, and reading may be on its stack.
void TcpMedium::fail_soon(const asio::ip::address& address, Slot slot, Connection& connection,
                          IoError why) {
  if (connection.failed) return;
  ++statistics_.send_errors;
  connection.failed = std::move(why);
  asio::post(context_.loop, [handler = with(address, slot, connection, [this](Peer& peer, Slot of) {
                               end(peer, of, IoError(*(peer.*of)->failed));
                             })] { handler({}); });
}

void TcpMedium::wait_for_bytes(const Peer& peer, Slot slot) {
  (peer.*slot)
      ->socket.async_wait(asio::posix::stream_descriptor::wait_read,
                          with(peer.address, slot, *(peer.*slot), [this](Peer& from, Slot of) {
                            const std::weak_ptr alive((from.*of)->alive);
                            const asio::ip::address address = from.address;
                            read_some(address, of);
                            if (!alive.expired()) wait_for_bytes(*find(address), of);
                          }));
}

bool TcpMedium::read_some(const asio::ip::address& address, Slot slot) {
  Connection& connection = *(find(address)->*slot);
  if (connection.failed) return false;
  std::string buffer = std::exchange(buffer_, {});
  buffer.resize(kTcpReadSize);
  const ssize_t size =
      ::recv(connection.socket.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
    buffer_ = std::move(buffer);
    return false;
  }
  if (size <= 0) {
    end(*find(address), slot, IoError{size == 0 ? ECONNRESET : errno, "closed by the peer"});
    return false;
  }
  const bool framed = connection.framer.feed({buffer.data(), static_cast<std::size_t>(size)},
                                             [this](std::string_view packet) {
                                               ++statistics_.received;
                                               statistics_.received_bytes += packet.size();
                                               context_.observer.on_datagram(*this, packet);
                                             });
  buffer_ = std::move(buffer);
  if (framed) return static_cast<std::size_t>(size) == kTcpReadSize;
  end(*find(address), slot, IoError{EPROTO, "it sends something else than packets"});
  return false;
}

bool TcpMedium::drain() {
  bool all = true;
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    for (const Slot slot : {&Peer::dialled, &Peer::accepted}) {
      for (std::size_t reads = 0; all; ++reads) {
        const auto& connection = peers_[i].*slot;
        if (!connection || !connection->established) break;
        if (!read_some(peers_[i].address, slot)) break;
        all = reads < kDrainBudget / 64;
      }
    }
  }
  return all;
}

}  // namespace

std::unique_ptr<Medium> make_tcp_medium(const MediaContext& context, TcpConfig config) {
  return std::make_unique<TcpMedium>(context, std::move(config));
}

}  // namespace hb::io
