#include "sim/run.h"

#include <algorithm>
#include <functional>
#include <memory>

#include "base/assert.h"
#include "sim/injector.h"
#include "sim/invariants/bounds.h"
#include "sim/invariants/delivery.h"
#include "sim/invariants/fencing.h"
#include "sim/invariants/membership.h"
#include "sim/invariants/order.h"
#include "sim/invariants/ownership.h"
#include "sim/invariants/ping_nodes.h"
#include "sim/old_peer.h"
#include "sim/world.h"
#include "wire/packet_message.h"

namespace hb::sim {
namespace {

using namespace std::chrono_literals;

constexpr Duration kCalmTime = 10s;
// After the heal, those who are leaving leave; then all are started, and once more for those whom a
// reset came to.
constexpr Duration kStartsAfterHeal[] = {15s, 25s, 35s};
constexpr Duration kOperatorAfterHeal = 45s;

WorldOptions options_of(const Plan& plan) {
  WorldOptions options;
  options.nodes.clear();
  for (unsigned i = 0; i < plan.hosts; ++i)
    options.nodes.push_back(host_name(static_cast<HostId>(i)));
  options.links.clear();
  for (unsigned i = 0; i < plan.links; ++i) options.links.push_back("eth" + std::to_string(i));
  for (unsigned i = 0; i < plan.pings; ++i)
    options.ping_nodes.push_back("gate" + std::to_string(i));
  options.groups = plan_groups(plan, false);
  core::Settings& settings = options.settings;
  settings.keepalive = plan.keepalive;
  settings.warntime = std::min(plan.deadtime, plan.keepalive * 3);
  settings.deadtime = plan.deadtime;
  settings.initdead = plan.initdead;
  settings.deadping = plan.deadping > Duration(0) ? plan.deadping : plan.deadtime;
  settings.failback = plan.failback;
  settings.manage_resources = plan.hosts <= 2;
  options.joins = plan.joins;
  options.ring = plan.ring;
  settings.fencing.configured = plan.fence;
  settings.fencing.retry_interval = std::min<Duration>(5s, 2 * plan.deadtime);
  settings.fencing.start_delay = std::min<Duration>(5s, plan.deadtime);
  options.noise.loss = plan.loss;
  options.agent_time = plan.agent_time;
  options.look_every = std::max<Duration>(plan.deadtime / 4, 20ms);
  options.through_bytes = plan.bytes;
  options.keep_for_replay = std::any_of(plan.faults.begin(), plan.faults.end(), [](const Fault& f) {
    return f.kind == FaultKind::kReplay;
  });
  for (unsigned i = 0; i < plan.hosts; ++i) {
    const auto long_ago = static_cast<std::uint64_t>(LocalClock::kEpoch) - 86'400 * 30 + i;
    options.installed.push_back(plan.fresh ? std::nullopt : std::optional(long_ago));
  }
  options.machines = [first_old = plan.hosts - plan.old, ancient = plan.ancient, more = plan.more](
                         HostId host, core::Settings s) -> std::unique_ptr<Machine> {
    if (host == more) s.nodes.emplace_back(kStranger);
    if (host >= first_old)
      return std::make_unique<ForeignMachine<OldPeer>>(OldPeer(std::move(s), !ancient));
    return std::make_unique<CoreMachine>(std::move(s));
  };
  return options;
}

// What the core has to say, and who runs what.
class Tracer final : public Watcher {
 public:
  explicit Tracer(Trace level) : packets_(level == Trace::kPackets) {}
  void life_began(const World& world, HostId host) override { tell(world, host, "starts"); }
  void life_ended(const World& world, HostId host, LifeEnd how) override {
    constexpr const char* kWords[] = {"has left", "is killed", "crashes"};
    tell(world, host, kWords[static_cast<std::size_t>(how)]);
  }
  void stepped(const World& world, HostId host, const core::Input&,
               const core::Effects& effects) override {
    for (const core::Effect& effect : effects) {
      if (const auto* note = std::get_if<core::Note>(&effect))
        tell(world, host, core::render(*note));
      if (const auto* send = std::get_if<core::Send>(&effect); send && packets_)
        tell(world, host, words(send->packet));
    }
  }
  void resource_changed(const World& world, HostId host, ResourceId resource, bool runs) override {
    tell(world, host, world.resource_name(resource) + (runs ? " runs" : " is down"));
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void tell(const World& world, HostId host, const std::string& text) {
    text_ += std::to_string(to_ms(world.now().time_since_epoch())) + "ms " + world.name(host) +
             ": " + text + "\n";
  }
  // All fields but those of the codec, which are the same in each.
  static std::string words(const wire::Packet& packet) {
    std::string text = "sends";
    const wire::Message message = wire::to_message(packet);
    for (const wire::Field& field : message.fields()) {
      if (field.type == wire::FieldType::kString && field.name.find("uuid") == std::string::npos)
        text += " " + field.name + "=" + field.bytes;
    }
    return text;
  }

  bool packets_;
  std::string text_;
};

// All that watches one run.
class Watch {
 public:
  Watch(World& world, bool calm_plan) : hearing_(world) {
    world.watch(hearing_);
    auto owner = std::make_unique<OneOwner>(hearing_, calm_plan);
    owner_ = owner.get();
    add(world, std::move(owner));
    add(world, std::make_unique<NeverTwice>());
    add(world, std::make_unique<FenceBeforeTakeover>());
    add(world, std::make_unique<ShootsOn>());
    add(world, std::make_unique<ToldAfterDone>());
    add(world, std::make_unique<NoAmnesia>());
    add(world, std::make_unique<HumbleAfterLapse>());
    add(world, std::make_unique<TriedByBoth>());
    add(world, std::make_unique<EventuallyServed>());
    add(world, std::make_unique<NoFalseDeath>(hearing_));
    add(world, std::make_unique<EveryDeathNoticed>(hearing_));
    add(world, std::make_unique<DeadIffSilent>(hearing_));
    add(world, std::make_unique<GenerationNeverBack>());
    add(world, std::make_unique<AllSeeEachOther>());
    add(world, std::make_unique<ExactlyOnce>(hearing_));
    add(world, std::make_unique<OrderedExactlyOnce>(hearing_));
    add(world, std::make_unique<NumbersFollow>());
    add(world, std::make_unique<NothingForged>());
    add(world, std::make_unique<BoundedState>());
    add(world, std::make_unique<NoSpin>());
    auto calm = std::make_unique<CalmInTheEnd>();
    calm_ = calm.get();
    add(world, std::move(calm));
    world.watch(probes_);
  }

  [[nodiscard]] const Violation* violation() const {
    for (const auto& each : invariants_) {
      if (each->violation()) return &*each->violation();
    }
    return nullptr;
  }
  [[nodiscard]] const auto& invariants() const { return invariants_; }
  [[nodiscard]] const Probes& probes() const { return probes_; }
  [[nodiscard]] Duration split_brain() const { return owner_->split_brain(); }
  void calm_begins(const World& world) { calm_->begin(world); }

 private:
  void add(World& world, std::unique_ptr<Invariant> invariant) {
    world.watch(*invariant);
    invariants_.push_back(std::move(invariant));
    HB_ASSERT(invariants_.size() <= kMostInvariants);
  }

  Hearing hearing_;
  Probes probes_;
  std::vector<std::unique_ptr<Invariant>> invariants_;
  OneOwner* owner_ = nullptr;
  CalmInTheEnd* calm_ = nullptr;
};

class Runner {
 public:
  Runner(const Plan& plan, Trace trace)
      : plan_(plan),
        world_(plan.seed, options_of(plan)),
        injector_(world_, plan),
        watch_(world_, is_calm(plan)),
        tracer_(trace),
        with_trace_(trace != Trace::kNone) {
    if (with_trace_) world_.watch(tracer_);
  }

  RunResult run() {
    start();
    injector_.arm();
    const bool whole = run_until(plan_.trouble) && quiet();
    if (whole) {
      for (const auto& each : watch_.invariants()) each->finish(world_);
    }
    return result();
  }

 private:
  void start() {
    Random random(plan_.seed ^ 0x5eedU);
    const bool together = random.chance(0.8);
    for (unsigned i = 0; i < plan_.hosts; ++i) {
      const Duration latest = together ? Duration(50ms) : 2 * plan_.initdead;
      world_.at(Instant{} + random.between(0ns, latest),
                [this, i] { world_.start(static_cast<HostId>(i)); });
    }
  }

  // Everything has stopped going wrong: false if an invariant was broken meanwhile.
  bool quiet() {
    injector_.heal();
    const Duration healed = plan_.trouble;
    for (const Duration wait : kStartsAfterHeal) {
      world_.at(Instant{} + healed + wait, [this] { injector_.start_all(); });
    }
    world_.at(Instant{} + healed + kOperatorAfterHeal, [this] {
      mend_groups();
      mend_members();
    });
    const Duration end = healed + quiet_time(plan_);
    if (!run_until(end - kCalmTime)) return false;
    watch_.calm_begins(world_);
    return run_until(end);
  }

  // A group that could not start anywhere waits for its operator, as its last line says; nobody
  // else needs one. In legacy mode nothing is tried twice. A group that came into the file of
  // a 3.0.6 waits too: that reads the file only when it has something to move.
  void mend_groups() {
    const bool legacy = plan_.failback == core::Failback::kLegacy;
    for (const ResourceGroup& group : world_.groups(0)) {
      for (const ResourceSpec& resource : group.resources) {
        bool runs = false;
        for (unsigned i = 0; i < plan_.hosts; ++i)
          runs = runs || world_.running(static_cast<HostId>(i), resource.text);
        if (runs || !(told_to_be_stuck() || legacy || plan_.old > 0)) continue;
        const auto host = static_cast<HostId>(world_.up(0) ? 0 : 1);
        // A 3.0.6 that is alone does nothing at all for a command.
        if (legacy || world_.foreign(host)) {
          restart_all();
        } else {
          world_.input(host, core::Injected{wire::TakeoverRequest{wire::kHoldAll, false}, {}});
        }
        return;
      }
    }
  }

  // Who was deleted is added again; whoever does not know the sender does not hear it, so by all.
  void mend_members() {
    const auto deleted = [](const Fault& fault) { return fault.kind == FaultKind::kDeleteNode; };
    if (std::none_of(plan_.faults.begin(), plan_.faults.end(), deleted)) return;
    wire::AddNodes all;
    for (unsigned i = 0; i < plan_.hosts; ++i)
      all.nodes.emplace_back(host_name(static_cast<HostId>(i)));
    for (unsigned i = 0; i < plan_.hosts; ++i)
      world_.input(static_cast<HostId>(i), core::Injected{all, {}});
  }

  void restart_all() {
    for (unsigned i = 0; i < plan_.hosts; ++i) {
      const auto host = static_cast<HostId>(i);
      const bool up = world_.up(host);
      world_.crash(host);
      if (up) world_.start(host);
    }
  }

  [[nodiscard]] bool told_to_be_stuck() const {
    return watch_.probes().counts()[static_cast<std::size_t>(core::NoteId::kGroupStuck)] > 0;
  }

  bool run_until(Duration end) {
    while (world_.next_event(Instant{} + end)) {
      if (++events_ % 16 == 0 && watch_.violation()) return false;
    }
    return !watch_.violation();
  }

  RunResult result() {
    RunResult result;
    if (const Violation* violation = watch_.violation()) result.violation = *violation;
    result.digest = world_.digest();
    result.steps = world_.steps();
    result.simulated = world_.now().time_since_epoch();
    result.split_brain = watch_.split_brain();
    result.faults = injector_.injected();
    result.probes = watch_.probes().counts();
    for (std::size_t i = 0; i < watch_.invariants().size(); ++i)
      result.checks[i] = watch_.invariants()[i]->checks();
    if (with_trace_) result.trace = tracer_.take();
    return result;
  }

  const Plan& plan_;
  World world_;
  Injector injector_;
  Watch watch_;
  Tracer tracer_;
  bool with_trace_;
  std::uint64_t events_ = 0;
};

}  // namespace

const std::vector<std::string_view>& invariant_names() {
  static const std::vector<std::string_view> names = [] {
    World world(1, options_of(Plan{.keepalive = 1s, .deadtime = 10s, .initdead = 10s}));
    const Watch watch(world, false);
    std::vector<std::string_view> all;
    for (const auto& each : watch.invariants()) all.push_back(each->name());
    return all;
  }();
  return names;
}

RunResult run(const Plan& plan, Trace trace) { return Runner(plan, trace).run(); }

// --- shrinking ---

namespace {

// Leaves out ever smaller parts of the faults, as long as that helps.
bool drop_faults(Plan& plan, const std::function<bool(const Plan&)>& breaks) {
  bool smaller = false;
  for (std::size_t part = std::max<std::size_t>(plan.faults.size() / 2, 1); part > 0; part /= 2) {
    for (std::size_t from = 0; from < plan.faults.size();) {
      Plan candidate = plan;
      const auto begin = candidate.faults.begin() + static_cast<std::ptrdiff_t>(from);
      const auto count = std::min(part, plan.faults.size() - from);
      candidate.faults.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
      if (breaks(candidate)) {
        plan = std::move(candidate);
        smaller = true;
      } else {
        from += part;
      }
    }
  }
  return smaller;
}

template <class Change>
bool attempt(Plan& plan, const std::function<bool(const Plan&)>& breaks, Change change) {
  Plan candidate = plan;
  change(candidate);
  if (candidate == plan || !breaks(candidate)) return false;
  plan = std::move(candidate);
  return true;
}

bool simplify(Plan& plan, const std::function<bool(const Plan&)>& breaks) {
  bool smaller = false;
  const auto with = [&](auto change) { smaller = attempt(plan, breaks, change) || smaller; };
  with([](Plan& p) { p.loss = 0; });
  with([](Plan& p) { p.bytes = p.fresh = false; });
  with([](Plan& p) {
    p.pings = 0;
    std::erase_if(p.faults, [](const Fault& f) { return row(f.kind).of == FaultClass::kPing; });
  });
  with([](Plan& p) { p.away.reset(); });
  with([](Plan& p) { p.more.reset(); });
  with([](Plan& p) { p.ancient = false; });
  with([](Plan& p) { p.fence = false, p.boot = Duration(0); });
  with([](Plan& p) {
    if (p.hosts <= 2) return;
    --p.hosts;
    std::erase_if(p.faults, [&](const Fault& f) {
      return f.host >= p.hosts || f.peer.value_or(0) >= p.hosts;
    });
    if (p.away && *p.away >= p.hosts) p.away.reset();
    if (p.more && *p.more >= p.hosts) p.more.reset();
  });
  with([](Plan& p) {
    if (p.links == 1 || p.ring) return;
    --p.links;
    std::erase_if(p.faults, [&](const Fault& f) { return f.link.value_or(0) >= p.links; });
  });
  with([](Plan& p) {  // the end follows the last fault
    Duration last{};
    for (const Fault& f : p.faults) last = std::max(last, f.at + f.lasts);
    p.trouble = std::min<Duration>(p.trouble, std::chrono::ceil<std::chrono::seconds>(last) + 1s);
  });
  for (std::size_t i = 0; i < plan.faults.size(); ++i) {
    with([i](Plan& p) {
      p.faults[i].lasts = std::chrono::floor<std::chrono::milliseconds>(p.faults[i].lasts / 2);
    });
    with([i](Plan& p) {
      p.faults[i].at = std::chrono::floor<std::chrono::milliseconds>(p.faults[i].at);
    });
    with([i](Plan& p) {
      p.faults[i].lasts = std::chrono::floor<std::chrono::milliseconds>(p.faults[i].lasts);
    });
  }
  return smaller;
}

}  // namespace

Plan shrink(Plan plan, const std::function<bool(const Plan&)>& breaks) {
  constexpr int kRounds = 6;
  for (int round = 0; round < kRounds; ++round) {
    const bool fewer = drop_faults(plan, breaks);
    const bool simpler = simplify(plan, breaks);
    if (!fewer && !simpler) break;
  }
  return plan;
}

}  // namespace hb::sim
