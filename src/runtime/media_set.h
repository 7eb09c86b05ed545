#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <asio/io_context.hpp>

#include "base/expected.h"
#include "io/host/log/log.h"
#include "io/io_error.h"
#include "io/media/medium.h"
#include "io/media/receive_batch.h"
#include "io/media/udp_medium.h"
#include "io/net/link_monitor.h"

namespace hb::runtime {

// One medium as ha.cf wants it; equal specifications are the same medium.
using MediumSpec = io::UdpConfig;

// What a medium has to say, in the log.
void log_report(io::Log& log, const io::Medium& medium, const io::MediumReport& report);

// The media of this node: sends on all of them, hands on what they hear, logs what they report, and
// changes while running to what a new ha.cf wants.
class MediaSet final : private io::MediumObserver {
 public:
  using Listener = std::function<void(io::Medium& medium, std::string_view datagram)>;

  MediaSet(asio::io_context& loop, io::Log& log) : loop_(loop), log_(log) {}

  // Who is told of each datagram; before the first medium is opened.
  void listen(Listener listener) { listener_ = std::move(listener); }

  // Opens what is new and closes what is not wanted any more; what stays is not touched. A medium
  // that cannot be opened stays in the set and goes on trying by itself. Not from within a
  // listener.
  void apply(const std::vector<MediumSpec>& wanted);

  // The first error, if not a single medium is open.
  [[nodiscard]] std::optional<io::IoError> all_failed() const;
  [[nodiscard]] bool empty() const { return entries_.empty(); }

  void send(std::string_view datagram);
  // Hands over whatever waits in the sockets now.
  void drain();
  void interface_changed(const io::LinkEvent& event);

 private:
  struct Entry {
    MediumSpec spec;
    std::unique_ptr<io::Medium> medium;
    std::optional<io::IoError> open_error = std::nullopt;
  };

  void on_datagram(io::Medium& medium, std::string_view datagram) override;
  void on_report(io::Medium& medium, const io::MediumReport& report) override;

  void open(const MediumSpec& spec);

  asio::io_context& loop_;
  io::Log& log_;
  io::ReceiveBatch batch_;
  Listener listener_;
  std::vector<Entry> entries_;
};

}  // namespace hb::runtime
