#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/fences.h"
#include "sim/plan.h"
#include "sim/world.h"

namespace hb::sim {

inline constexpr std::string_view kInjectedType = "sim-message";

// Does to a world what a plan says, and undoes it: begins each fault, ends it, and in the end heals
// all that is left.
class Injector {
 public:
  Injector(World& world, const Plan& plan);

  // Enters all faults of the plan into the world's future.
  void arm();
  // Ends all faults, mends what does not mend by itself, and lets none begin any more.
  void heal();
  // Starts whoever is down, but for the one who stays away while another is up.
  void start_all();

  [[nodiscard]] const std::array<std::uint32_t, kFaultKinds>& injected() const { return counts_; }

 private:
  struct Active {
    Fault fault;
    bool cutting = false;  // a flapping link: its present half
  };

  void begin(const Fault& fault);
  void end(std::uint32_t id);
  void apply_noise();
  void toggle(std::uint32_t id);
  void cut(const Fault& fault, bool on);
  void cut_ping(const Fault& fault, bool on);
  void restart_after(const Fault& fault);
  void start(HostId host);
  void inject(const Fault& fault);
  void stray(const Fault& fault);
  [[nodiscard]] bool runs_what_was_removed(HostId host) const;
  [[nodiscard]] AgentAnswer answer(HostId host, const ResourceSpec& resource, core::AgentOp op);
  [[nodiscard]] Shot shot(HostId by);
  void confirm_by_hand(HostId host, bool the_wrong_one_first, Instant until);
  template <class Visit>
  void each_line(const Fault& fault, Visit visit);  // the directed links that it is about

  World& world_;
  const Plan& plan_;
  Fences fences_;
  std::vector<std::pair<std::uint32_t, Active>> active_;
  std::uint32_t next_id_ = 0;
  std::uint32_t next_message_ = 0;
  // What the client of each host counts: its messages in one life of the daemon.
  struct Client {
    std::uint32_t life = 0;
    std::uint64_t order = 0;
  };
  std::array<Client, kMostHosts> clients_{};
  bool healed_ = false;
  bool extra_group_ = false;
  std::array<std::uint32_t, kFaultKinds> counts_{};
};

// What both a plan and a fault of kind kReload know of resources: one group of two resources and
// one of a single one, each preferred by its host, and an extra one.
[[nodiscard]] std::vector<ResourceGroup> plan_groups(const Plan& plan, bool extra);

}  // namespace hb::sim
