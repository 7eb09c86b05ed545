#pragma once

#include <array>
#include <vector>

#include "sim/invariants/hearing.h"

namespace hb::sim {

// How long two nodes that hear each other may need until nothing runs twice: the partner's silence,
// its word, and the agents.
[[nodiscard]] Duration heal_time(const World& world);

// A resource never begins to run on a host while another one, with which it has been in touch for
// longer than heal_time(), runs it; and what runs twice otherwise (no fencing is configured: after
// a cut, a pause, a kill) ends within heal_time() of being in touch again. A host whose agents have
// lied since its boot is excused, and from the first half a partner that is no core of ours:
// a 3.0.6 says that it holds nothing before it has stopped it. So is what a killed 3.0.6 has left
// running: its next life says that it holds nothing, and nobody stops it before the host is reset.
// Where all is calm (is_calm() of a plan) nothing ever runs twice, not even for an instant.
class OneOwner final : public Invariant {
 public:
  OneOwner(const Hearing& hearing, bool calm) : hearing_(hearing), calm_(calm) {}
  [[nodiscard]] std::string_view name() const override { return "OneOwner"; }
  void resource_changed(const World& world, HostId host, ResourceId resource, bool runs) override;
  void look(const World& world) override;
  [[nodiscard]] Duration split_brain() const { return split_brain_; }

 private:
  const Hearing& hearing_;
  bool calm_;
  std::array<std::array<Instant, 64>, kMostHosts> since_{};
  Duration split_brain_{};  // of any resource, counted by look()
};

// What a host tells of its resources is already so: a report, or a farewell, names no side as free
// of which something still runs here (unless its agents lied).
class ToldAfterDone final : public Invariant {
 public:
  [[nodiscard]] std::string_view name() const override { return "ToldAfterDone"; }
  void life_began(const World& world, HostId host) override;
  void stepped(const World& world, HostId host, const core::Input& input,
               const core::Effects& effects) override;

 private:
  std::array<SeqNo, kMostHosts> newest_{};
};

// What an earlier life left running is neither forgotten nor hidden: a group is recorded before its
// first resource runs, and a life whose predecessor was killed says nothing before all that was
// recorded is stopped (unless its agents lied); but for what local programs put in.
class NoAmnesia final : public Invariant {
 public:
  [[nodiscard]] std::string_view name() const override { return "NoAmnesia"; }
  void life_began(const World& world, HostId host) override;
  void stepped(const World& world, HostId host, const core::Input& input,
               const core::Effects& effects) override;
  void resource_changed(const World& world, HostId host, ResourceId resource, bool runs) override;

 private:
  std::array<std::vector<ResourceGroup>, kMostHosts> inherited_;
  std::array<bool, kMostHosts> spoken_{};
};

// A node that was held up so long that the others have not heard it for its deadtime, and that had
// told what it serves, takes this back in the very step in which it wakes: while it has a partner
// that it believes alive (and that has not said farewell), it asks it anew (`Starting`) or is in
// transition. Not a node that is leaving, nor one without resources or with `auto_failback legacy`,
// nor where the first thing it finds is a packet, which may be news of the partner.
class HumbleAfterLapse final : public Invariant {
 public:
  [[nodiscard]] std::string_view name() const override { return "HumbleAfterLapse"; }
  void life_began(const World& world, HostId host) override;
  void stepped(const World& world, HostId host, const core::Input& input,
               const core::Effects& effects) override;

 private:
  struct State {
    Instant last_step{};                 // of the host's clock, as all here
    std::optional<Instant> last_status;  // that the host sent
    SeqNo newest;                        // of its numbers: a smaller one is sent again
    bool certain = false;                // has told a word other than "transition"
    bool leaving = false;
    bool partner_left = false;
  };
  [[nodiscard]] static bool must_ask(const World& world, HostId host, const State& state,
                                     const core::Input& input);
  static void remember(const core::Input& input, const core::Effects& effects, Instant now,
                       State& state);

  std::array<State, kMostHosts> states_{};
};

// Who says that a group fails on both nodes has seen the other one try: that one started something
// of it since it was last dead or restarted, as far as the first knows.
class TriedByBoth final : public Invariant {
 public:
  [[nodiscard]] std::string_view name() const override { return "TriedByBoth"; }
  void stepped(const World& world, HostId host, const core::Input& input,
               const core::Effects& effects) override;

 private:
  std::array<wire::Hold, 2> tried_{};  // in the words of the first host
};

// Once faults have ended and quiet_time() has passed, every group runs, whole, on exactly one host
// whose daemon is up, no word says "transition", and each word is true. Nothing runs of a group
// that was taken out of haresources. A 3.0.6 says what it holds before it has it, and what it runs
// of a group that was taken out it runs on: of its word only "transition" is judged, unless it
// waits for a hand-over that its partner has forgotten.
class EventuallyServed final : public Invariant {
 public:
  [[nodiscard]] std::string_view name() const override { return "EventuallyServed"; }
  void finish(const World& world) override;

 private:
  void served(const World& world, const ResourceGroup& group);
  void word_is_true(const World& world, HostId host);
};

}  // namespace hb::sim
