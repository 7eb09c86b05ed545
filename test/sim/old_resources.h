#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "core/settings.h"
#include "sim/old_host.h"
#include "sim/old_scripts.h"
#include "wire/packet.h"

namespace hb::sim {

// Who holds what, as a 3.0.6 decides it: the variables and tables of spec resources 4 and 5, with
// the defects that its partner can observe. It hears its own messages too and depends on it.
class OldResources {
 public:
  OldResources(OldHost& host, const core::Settings& settings);

  void communication_up();
  // `heard`: at least one packet ever came from it.
  void peer_dead(const NodeName& peer, bool heard);
  void peer_restarted() { other_left_ = false; }
  void on(const NodeName& from, const wire::Starting&);
  void on(const NodeName& from, const wire::ResourceReport& m);
  void on(const NodeName& from, const wire::StandbyMessage& m);
  void on(const NodeName& from, const wire::TakeoverRequest& m);
  void on(const NodeName& from, const wire::ShutdownDone&);
  void on(const NodeName& from, const wire::GroupRequest& m);
  void on(const NodeName& from, const wire::GroupReply& m);

  void groups_changed(std::vector<ResourceGroup> groups) { groups_ = std::move(groups); }
  void agent_finished(const core::AgentFinished& outcome) { scripts_.finished(outcome); }
  void shutdown_wanted() { shutdown_ = true; }
  void restart();         // give up everything, settled or not
  void poll();            // every 250 ms
  void expire_standby();  // with every message, of whatever type
  void proceed();         // after every event: what waited for it

  [[nodiscard]] std::string status_word() const;
  // A hand-over is under way, or its partner has forgotten it: then it waits for an hour.
  [[nodiscard]] bool handing_over() const {
    return standby_ != StandbyState::kNot || standby_deadline_;
  }

 private:
  enum class State : std::uint8_t {
    kInit,
    kStarting,
    kBothStarting,
    kReportReceived,
    kStable,
    kShutdown
  };
  enum class StandbyState : std::uint8_t { kNot, kMe, kOther, kDone };

  [[nodiscard]] bool legacy() const { return failback_ == core::Failback::kLegacy; }
  [[nodiscard]] bool stable() const;
  [[nodiscard]] OldScripts::Groups groups_of(wire::Hold sides) const;
  [[nodiscard]] OldScripts::Groups groups_of(const NodeName& preferred) const;
  [[nodiscard]] OldScripts::Groups group(const GroupKey& key) const;

  void report(bool stable, std::string info = {});
  void acquire_local(bool force);
  void take_over(const NodeName& peer);
  void give_up();
  void try_failback();
  void standby_from(bool us, const wire::StandbyMessage& m);
  void end_standby();

  OldHost& host_;
  NodeName self_;
  core::Failback failback_;
  std::vector<ResourceGroup> groups_;
  OldScripts scripts_;

  State state_ = State::kInit;
  wire::Hold hold_;
  wire::Hold other_hold_;
  bool other_stable_ = false;
  bool taking_ = false;  // mach_down is under way
  StandbyState standby_ = StandbyState::kNot;
  wire::Hold standby_set_ = wire::kHoldAll;  // from the giver's point of view
  std::optional<Instant> standby_deadline_;
  std::optional<Instant> report_deadline_;
  bool failback_owed_ = false;
  bool up_ = false;          // communication is
  bool other_left_ = false;  // legacy: it has said shutdone
  bool shutdown_ = false;    // wanted
  bool giving_up_ = false;   // under way
};

}  // namespace hb::sim
