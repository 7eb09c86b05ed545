#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "base/expected.h"
#include "base/service_address.h"
#include "base/time.h"
#include "io/io_error.h"
#include "io/net/announcer.h"
#include "io/net/conflict_watch.h"
#include "io/net/link_monitor.h"

namespace hb::io {

// The classic agents differ in how they announce and in what they call running.
enum class AddressAgent {
  kIpaddr,    // running: on any interface; 10 rounds of ARP
  kIpaddr2,   // running: with this prefix on this interface; 5 rounds of ARP; taken from lo (LVS)
  kIpv6addr,  // as IPaddr2, neighbour advertisements
};

// Where an address is, or was put.
struct AddressPlace {
  int link = 0;
  std::string interface;
  unsigned prefix = 0;

  friend bool operator==(const AddressPlace&, const AddressPlace&) = default;
};

// Adds, removes and looks for service addresses, over netlink, and announces them.
//
// Adding twice and removing what is not there succeed. Nothing blocks; an IPv4 address without a
// probe, and an IPv6 address without duplicate detection, is there and announced when add()
// returns, a fraction of a millisecond after the call.
class ServiceAddresses {
 public:
  struct Options {
    // Ask on the wire for this long whether somebody has the address, before taking it (IPv4).
    Duration probe_before = Duration::zero();
    // Listen for this long, after taking it, for another owner (IPv4). Costs no time.
    Duration watch_after = std::chrono::seconds(1);
    // IPv6: let the kernel look for duplicates (about a second) and wait for its verdict.
    bool detect_duplicates = false;
    Duration longest_detection = std::chrono::seconds(10);
  };
  using Added = std::function<void(Expected<AddressPlace, IoError>)>;

  ServiceAddresses(asio::io_context& loop, LinkMonitor& monitor, Options options);
  ServiceAddresses(asio::io_context& loop, LinkMonitor& monitor);
  ~ServiceAddresses();

  // Another machine on the link uses an address that we hold.
  void on_conflict(std::function<void(const AddressConflict&)> handler);

  // What became of an address that we hold and that was gone: with its interface, by somebody's
  // hand, or because the kernel dropped it together with another. It is put back as soon as its
  // interface is there; a failure is told once until it succeeds.
  struct Restored {
    std::string address;  // as it was added
    Expected<AddressPlace, IoError> result;
  };
  void on_restored(std::function<void(const Restored&)> handler);

  /// Puts the address on its interface, setting that up if it is down, and announces it. What the
  /// text left out comes from the most specific link route; the broadcast address is computed.
  /// `done` is called once, from the loop. Errors: no such interface; no route to derive the
  /// interface or prefix from (ENODEV, EADDRNOTAVAIL); not allowed (EPERM); another owner
  /// answered the probe or the kernel found one (EADDRINUSE); removed while waiting (ECANCELED).
  void add(AddressAgent agent, const ServiceAddress& address, Added done);

  /// Takes the address from its interface and stops announcing it. Other addresses of the same
  /// network which the kernel drops together with it are put back. Errors: not allowed (EPERM).
  [[nodiscard]] Expected<void, IoError> remove(AddressAgent agent, const ServiceAddress& address);

  // Where the address is; none if it is not there. What the text leaves out is not compared.
  [[nodiscard]] std::optional<AddressPlace> find(AddressAgent agent, const ServiceAddress& address);

  [[nodiscard]] const Announcer& announcer() const { return announcer_; }
  // Why the last announcement could not begin; an address serves without it, but late.
  [[nodiscard]] const std::optional<IoError>& announce_failure() const { return announce_failure_; }

 private:
  struct Adding;
  // One that we added and have not removed.
  struct Held {
    AddressAgent agent;
    ServiceAddress address;  // with the interface and prefix that it got
    bool failure_told = false;
  };

  [[nodiscard]] Expected<AddressPlace, IoError> choose_place(const ServiceAddress& address) const;
  [[nodiscard]] Expected<void, IoError> set_up(const AddressPlace& place);
  void probe(const std::shared_ptr<Adding>& adding);
  void take(const std::shared_ptr<Adding>& adding);
  [[nodiscard]] Expected<void, IoError> put(const ServiceAddress& address,
                                            const AddressPlace& place);
  void await_detection(const std::shared_ptr<Adding>& adding);
  void look_at_detection(const std::shared_ptr<Adding>& adding);
  void announce(const std::shared_ptr<Adding>& adding);
  void finish(const std::shared_ptr<Adding>& adding, Expected<AddressPlace, IoError> result);
  void cancel(const IpAddress& address);

  [[nodiscard]] Expected<void, IoError> drop(const LinkAddress& address);
  void put_back_fellows(const std::vector<LinkAddress>& before, const LinkAddress& removed);

  void on_link(const LinkEvent& event);
  void restore();

  void look(const IpAddress& address);
  [[nodiscard]] std::vector<HardwareAddress> own_hardware() const;
  [[nodiscard]] bool matches(AddressAgent agent, const ServiceAddress& wanted,
                             const LinkAddress& present) const;
  [[nodiscard]] const LinkAddress* find_at(const IpAddress& address,
                                           const AddressPlace& place) const;

  void take_from_loopback(const IpAddress& address);
  void give_back_to_loopback(const IpAddress& address);
  [[nodiscard]] Expected<void, IoError> request(nl_msg* message, const std::string& attempted);

  asio::io_context& loop_;
  LinkMonitor& monitor_;
  Options options_;
  NetlinkSocket requests_;  // opened at first need
  Announcer announcer_;
  ArpListener arp_listener_;
  std::function<void(const AddressConflict&)> conflict_handler_;
  std::optional<IoError> announce_failure_;
  std::map<IpAddress, std::shared_ptr<Adding>> adding_;
  std::map<IpAddress, std::unique_ptr<ConflictWatch>> watches_;
  std::map<IpAddress, LinkAddress> from_loopback_;
  std::map<IpAddress, Held> held_;
  std::function<void(const Restored&)> restored_handler_;
  asio::steady_timer restore_timer_;
  bool restore_soon_ = false;
  std::shared_ptr<bool> alive_;
  LinkMonitor::Subscription link_news_;
};

}  // namespace hb::io
