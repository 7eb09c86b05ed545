#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <variant>
#include <vector>

#include <asio/io_context.hpp>

#include "base/ids.h"
#include "io/host/log/log.h"
#include "io/media/medium.h"
#include "io/media/ping/hba_medium.h"
#include "io/media/ping/ping_medium.h"
#include "io/media/receive_batch.h"

namespace hb::runtime {

// One ping node as ha.cf wants it; equal specifications are the same ping node.
using PingSpec = std::variant<io::PingConfig, io::HbaConfig>;

// The ways to the ping nodes, one each. A way that cannot be opened is told and tried again: its
// ping node counts as silent, and the cluster starts without it.
class PingSet final : private io::MediumObserver {
 public:
  // A packet that a ping node has sent back as it was asked to; what it says is not looked at yet.
  using Listener = std::function<void(io::Medium& medium, std::string_view packet)>;

  PingSet(asio::io_context& loop, io::Log& log, io::NameLookup& names)
      : loop_(loop), log_(log), names_(names) {}

  // Before the first is opened.
  void listen(Listener listener) { listener_ = std::move(listener); }

  // Opens what is new and closes what is not wanted any more; what stays is not touched. Not from
  // within a listener.
  void apply(const std::vector<PingSpec>& wanted);

  // Asks that node to send the packet back; a node that is not in the set is not asked.
  void ask(const NodeName& node, std::string_view packet);
  // Hands over whatever waits in the sockets now.
  void drain();

 private:
  struct Entry {
    PingSpec spec;
    std::unique_ptr<io::Medium> medium;
  };

  void on_datagram(io::Medium& medium, std::string_view packet) override;
  void on_report(io::Medium& medium, const io::Message& report) override;

  void open(const PingSpec& spec);

  asio::io_context& loop_;
  io::Log& log_;
  io::NameLookup& names_;
  io::ReceiveBatch batch_;
  Listener listener_;
  std::vector<Entry> entries_;
};

}  // namespace hb::runtime
