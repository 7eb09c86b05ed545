#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/expected.h"
#include "base/ids.h"
#include "base/time.h"
#include "io/host/log/entry.h"
#include "io/io_error.h"
#include "wire/packet_codec.h"

namespace hb::io {

class Medium;

enum class MediumState : std::uint8_t {
  kWaiting,  // no sockets: interface, address or port cannot be had; tried again by a timer
  kOpen,
};

struct MediumStatistics {
  std::uint64_t sent = 0, sent_bytes = 0;  // datagrams; one for each destination
  std::uint64_t received = 0, received_bytes = 0;
  std::uint64_t send_drops = 0;   // the send queue was full
  std::uint64_t send_errors = 0;  // any other refusal
  std::uint64_t unsent = 0;       // asked for while the medium was waiting
  std::uint64_t reopened = 0;
};

// Who is told what a medium hears. Called from the loop's thread, never from within send().
class MediumObserver {
 public:
  // `datagram` is valid during the call only. A medium must not be destroyed from here.
  virtual void on_datagram(Medium& medium, std::string_view datagram) = 0;
  // Something an operator should know of the medium. Already rate-limited.
  virtual void on_report(Medium& medium, const Message& report) = 0;
  // One that came in so long ago; see Medium::let_heartbeats_wait().
  virtual void on_heartbeat(Medium& medium, std::string_view datagram, Duration) {
    on_datagram(medium, datagram);
  }
  // The medium has closed what it had open, and waits: nothing goes by it now.
  virtual void on_lost(Medium&) {}

 protected:
  ~MediumObserver() = default;
};

// One configured way of reaching the peers. Moves whole datagrams, looks at none of them, and
// blocks on nothing. Lives on the loop's thread.
//
// A medium looks after itself: an interface that vanishes, is made anew, goes down or changes its
// address costs packets, never a restart (spec: issue "Shell", media).
class Medium {
 public:
  virtual ~Medium() = default;

  // Tries to open the sockets. After an error the medium is kWaiting and goes on trying by itself;
  // a caller that finds the error fatal (at start) destroys it.
  [[nodiscard]] virtual Expected<void, IoError> open() = 0;

  // Sends to all destinations of the medium. What the kernel does not take at once is lost and
  // counted; the protocol repeats what matters. Never calls the observer.
  virtual void send(std::string_view datagram) = 0;

  // Hands over, now, what waits in the socket: for an owner that was held up and must not judge its
  // peers before it has read what they sent. Not from within on_datagram().
  // Returns whether all was read: at most kDrainBudget datagrams are, so a flood cannot hold the
  // caller for ever.
  virtual bool drain() = 0;
  static constexpr std::size_t kDrainBudget = 4096;

  // From now on a heartbeat of an active peer does not wake the loop: it waits for
  // take_heartbeats(), for drain() or for any other datagram, before which it is handed over. A
  // medium that cannot tell heartbeats from others goes on as before.
  virtual void let_heartbeats_wait(bool) {}
  // Hands over, now, the heartbeats that wait. Not from within on_datagram().
  virtual void take_heartbeats() {}

  // Looks at the interface now instead of at the next turn of the timer: for netlink news.
  virtual void interface_changed() = 0;

  // Whether what is sent by it may come back by it.
  [[nodiscard]] virtual bool hears_itself() const { return false; }

  // In what form packets are handed to send().
  [[nodiscard]] virtual wire::Carrier carrier() const { return wire::Carrier::kDatagram; }

  [[nodiscard]] virtual MediumState state() const = 0;
  [[nodiscard]] virtual const MediumStatistics& statistics() const = 0;
  [[nodiscard]] virtual const LinkName& link_name() const = 0;  // "eth0"
  // Whose news concern it; none: not of the network.
  [[nodiscard]] virtual const std::string& interface() const = 0;
  [[nodiscard]] virtual const std::string& description() const = 0;  // "bcast eth0"
};

}  // namespace hb::io
