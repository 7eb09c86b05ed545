#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include <asio/io_context.hpp>

#include "base/expected.h"
#include "io/host/log/log.h"
#include "io/io_error.h"
#include "io/media/medium.h"
#include "io/media/receive_batch.h"
#include "io/media/serial_medium.h"
#include "io/media/tcp_medium.h"
#include "io/media/udp_medium.h"
#include "io/net/link_monitor.h"

namespace hb::runtime {

// One medium as ha.cf wants it; equal specifications are the same medium.
using MediumSpec = std::variant<io::BcastConfig, io::McastConfig, io::UcastConfig, io::TcpConfig,
                                io::SerialConfig>;

// The media of this node: sends on all of them, hands on what they hear, logs what they report, and
// changes while running to what a new ha.cf wants.
class MediaSet final : private io::MediumObserver {
 public:
  // `waited`: since it came in.
  using Listener =
      std::function<void(io::Medium& medium, std::string_view datagram, Duration waited)>;

  MediaSet(asio::io_context& loop, io::Log& log, io::NameLookup& names)
      : loop_(loop), log_(log), names_(names) {}

  using LinkListener = std::function<void(const LinkName& link)>;

  // Who is told of each datagram, and of links that can carry nothing any more; before the first
  // medium is opened.
  void listen(Listener listener, LinkListener link_lost) {
    listener_ = std::move(listener);
    link_lost_ = std::move(link_lost);
  }

  // Opens what is new and closes what is not wanted any more; what stays is not touched. A medium
  // that cannot be opened stays in the set and goes on trying by itself. Not from within a
  // listener.
  void apply(const std::vector<MediumSpec>& wanted);

  // The first error, if not a single medium is open.
  [[nodiscard]] std::optional<io::IoError> all_failed() const;
  [[nodiscard]] bool empty() const { return entries_.empty(); }

  // Whether there is a medium that wants packets in the form of this carrier.
  [[nodiscard]] bool uses(wire::Carrier carrier) const;
  [[nodiscard]] bool hear_themselves() const;  // one of them, at least
  // Sends on all media of that carrier.
  void send(wire::Carrier carrier, std::string_view packet);
  // Sends on all serial lines but the one of this name.
  void pass_on(const LinkName& came_by, std::string_view packet);
  // Hands over whatever waits in the sockets now.
  void drain();
  // See io::Medium.
  void let_heartbeats_wait(bool wait);
  void take_heartbeats();
  void interface_changed(const io::LinkEvent& event);

 private:
  struct Entry {
    MediumSpec spec;
    std::unique_ptr<io::Medium> medium;
    std::optional<io::IoError> open_error = std::nullopt;
  };

  void on_datagram(io::Medium& medium, std::string_view datagram) override;
  void on_report(io::Medium& medium, const io::Message& report) override;
  void on_heartbeat(io::Medium& medium, std::string_view datagram, Duration waited) override;
  void on_lost(io::Medium& medium) override;

  [[nodiscard]] std::unique_ptr<io::Medium> make(const MediumSpec& spec);
  void open(const MediumSpec& spec);

  asio::io_context& loop_;
  io::Log& log_;
  io::NameLookup& names_;
  io::ReceiveBatch batch_;
  Listener listener_;
  LinkListener link_lost_;
  std::vector<Entry> entries_;
  bool heartbeats_wait_ = false;
};

}  // namespace hb::runtime
