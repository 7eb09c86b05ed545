#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/managed_client.h"
#include "base/time.h"
#include "core/effects.h"
#include "core/notes.h"

namespace hb::core {

using namespace std::chrono_literals;

// --- what can happen to it ---

// The lines of ha.cf, in file order; at the start and after each reload.
struct ClientsWanted {
  std::vector<ManagedClient> clients;
};
// Communication is up and clients are served: they may run from now on.
struct ClientsMayRun {};
// Outcomes of a StartClient, sooner or later one of the two.
struct ClientEnded {
  ClientLife life;
  ClientEnd end;
};
struct ClientNotStarted {
  ClientLife life;
  std::string why;
};
// The daemon leaves. Nothing is started any more.
struct ClientsMustStop {};
// Supervisor::next_deadline() has come.
struct SupervisionDue {};

using SupervisorInput = std::variant<ClientsWanted, ClientsMayRun, ClientEnded, ClientNotStarted,
                                     ClientsMustStop, SupervisionDue>;

// --- what it asks for ---

struct StartClient {
  ClientLife life;
  ManagedClient client;
};
struct TerminateClient {  // SIGTERM to its process group
  ClientLife life;
};
struct KillClient {  // SIGKILL to all that descends from it
  ClientLife life;
};
// Answer to ClientsMustStop: the last one has ended.
struct AllClientsStopped {};

using SupervisorEffect =
    std::variant<StartClient, TerminateClient, KillClient, AllClientsStopped, Reboot, Note>;
using SupervisorEffects = std::vector<SupervisorEffect>;

// Keeps the programs of `respawn` and `failfast` lines running: says when each is to be started,
// started again, left alone, and in which order they are stopped. Runs nothing itself and reads no
// clock; driven by runtime::ClientSupervision, or by a test.
//
//   start     in file order, once they may run
//   end       exit 100: never again · else again: at once after a long life, a second later after a
//             short one, and after kMostShortLives short ones in a row with a growing delay
//   failfast  a signal, or any exit code but 0: the machine is reset
//   stop      the last one first; the next one only when it has ended; SIGKILL after the limit
//
// A line that a reload leaves as it was is left alone; one whose text changes is another line: the
// old program has ended before the new one starts.
// Source: ha-cf 10.5; deviations in docs/supervision.md.
class Supervisor {
 public:
  // A life shorter than this counts as a failure to work.
  static constexpr Duration kShortLife = 30s;
  static constexpr int kMostShortLives = 10;
  static constexpr Duration kShortDelay = 1s;
  static constexpr Duration kFirstBackOff = 60s;
  static constexpr Duration kLongestBackOff = 15min;
  static constexpr Duration kDefaultStopLimit = 30s;
  // After SIGKILL; then nobody waits any longer for a process that the kernel does not let end.
  static constexpr Duration kKillPatience = 5s;
  static constexpr int kNeverAgain = 100;  // the exit code that says so

  /// @param stop_limit  time from SIGTERM to SIGKILL, for each client; above zero.
  explicit Supervisor(Duration stop_limit = kDefaultStopLimit) : stop_limit_(stop_limit) {}

  // For clients that are told to stop from now on.
  void set_stop_limit(Duration limit) { stop_limit_ = limit; }

  // Takes one input and returns what the caller must do, in that order. `now` never runs backwards
  // from one call to the next.
  [[nodiscard]] SupervisorEffects step(Instant now, const SupervisorInput& input);

  // When to call step(SupervisionDue) next; none while nothing is due. Early is harmless.
  [[nodiscard]] std::optional<Instant> next_deadline() const;

 private:
  enum class State : std::uint8_t {
    kIdle,      // to be started as soon as that is allowed
    kRunning,   //
    kDelayed,   // to be started at `due`
    kStopping,  // SIGTERM is out; SIGKILL at `due`
    kKilled,    // SIGKILL is out; nobody waits beyond `due`
    kFinished,  // not to be started again
  };
  struct Entry {
    ManagedClient client;
    State state = State::kIdle;
    ClientLife life{};
    Instant started{};
    Instant due{};
    int short_lives = 0;
    Duration back_off = Duration::zero();
    bool removed = false;  // by a reload

    [[nodiscard]] bool alive() const {
      return state == State::kRunning || state == State::kStopping || state == State::kKilled;
    }
    [[nodiscard]] bool told_to_stop() const {
      return state == State::kStopping || state == State::kKilled;
    }
  };

  void on(Instant now, const ClientsWanted& input);
  void on(Instant now, const ClientsMayRun& input);
  void on(Instant now, const ClientEnded& input);
  void on(Instant now, const ClientNotStarted& input);
  void on(Instant now, const ClientsMustStop& input);
  void on(Instant now, const SupervisionDue& input);

  void proceed(Instant now);
  void kill_what_does_not_end(Instant now);
  bool stop_next(Instant now);
  void start_what_is_due(Instant now);
  void start(Instant now, Entry& entry);
  void plan_restart(Instant now, Entry& entry, const std::string& how);
  void back_off(Instant now, Entry& entry);
  Entry* find(ClientLife life);
  void note(NoteId id, std::vector<std::string> arguments);

  std::vector<Entry> entries_;  // in file order; those removed while they run come first
  SupervisorEffects effects_;
  Duration stop_limit_;
  std::uint64_t last_life_ = 0;
  bool may_run_ = false;
  bool leaving_ = false;
  bool told_stopped_ = false;
};

}  // namespace hb::core
