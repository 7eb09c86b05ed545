#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "io/process/process_runner.h"

namespace hb::io {

// Runs the scripts of rc.d for cluster events, one at a time, in order.
//
// Fields of the message reach a script as HA_<field>, but only those of a fixed list and never over
// a variable of the base environment: otherwise whoever can send a message could choose the file
// that harc sources as root (spec ha-cf.md 13, a defect of 3.0.6).
//
// At most kMostWaiting events wait; when one more comes, the oldest is dropped, for scripts ask
// about the present state. Drops are counted and reported.
class EventScripts {
 public:
  static constexpr std::size_t kMostWaiting = 64;

  struct Directories {
    std::string harc = "/etc/ha.d/harc";  // if missing, rc.d/<type> is run directly
    std::string rc_d = "/etc/ha.d/rc.d";
    std::string working = "/var/lib/heartbeat/cores/root";  // "/" if it does not exist
  };
  using Fields = std::vector<std::pair<std::string, std::string>>;
  using OnOutput =
      std::function<void(const std::string& type, OutputStream, std::string_view line)>;
  using OnExit =
      std::function<void(const std::string& type, const Expected<ProcessExit, IoError>& result)>;

  EventScripts(ProcessRunner& runner, Directories directories,
               Duration time_limit = std::chrono::minutes(20));

  void set_environment(std::map<std::string, std::string> environment);
  void on_output(OnOutput handler) { on_output_ = std::move(handler); }
  void on_exit(OnExit handler) { on_exit_ = std::move(handler); }

  // An executable of that name lies in rc.d. Types are compared in lower case; a type that is not
  // a plain file name (letters, digits, `-`, `_`, `.`, not first) never matches.
  [[nodiscard]] bool has_script(std::string_view type) const;

  // Runs rc.d/<type> with the fields when its turn comes; nothing happens if there is none.
  // `own_status` becomes HA_OSTATUS: what this node itself is at the time of the event.
  void run(std::string_view type, const Fields& fields, std::string_view own_status = {});

  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  // Whether a field of that name is exported.
  [[nodiscard]] static bool is_exported(std::string_view field);

 private:
  struct Event {
    std::string type;
    Fields fields;
    std::string own_status;
  };

  void start_next();
  [[nodiscard]] ProcessRequest request_for(const Event& event) const;

  ProcessRunner& runner_;
  Directories directories_;
  Duration time_limit_;
  std::map<std::string, std::string> environment_;
  OnOutput on_output_;
  OnExit on_exit_;
  std::deque<Event> waiting_;
  bool running_ = false;
  std::uint64_t dropped_ = 0;
  std::shared_ptr<bool> alive_;
};

}  // namespace hb::io
