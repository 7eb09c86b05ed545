#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.h"
#include "base/fence_outcome.h"
#include "base/ids.h"
#include "base/time.h"
#include "io/fencing/parameters.h"
#include "io/process/process_runner.h"

namespace hb::io {

// One line `stonith` or `stonith_host` of ha.cf.
struct FenceDeviceConfig {
  std::string type;        // external/NAME, fence_NAME, or one of cluster-glue's
  std::string parameters;  // of stonith_host, as written; secret
  std::string file;        // of stonith: a file that holds them; else empty
  friend bool operator==(const FenceDeviceConfig&, const FenceDeviceConfig&) = default;
};

// Where devices are looked for.
struct FencePaths {
  std::string plugins = "/usr/lib/stonith/plugins/external";
  std::string agents = "/usr/sbin";
  std::string stonith = "/usr/sbin/stonith";
};

// What all devices of a node have in common.
struct FenceSurroundings {
  NodeName self;  // never shot
  FencePaths paths = {};
  std::map<std::string, std::string> environment = {};  // of every program
  Duration time_limit = std::chrono::seconds(60);       // of one program
};

// How one kind of device is spoken to: programs to run, and what their results mean. It runs
// nothing itself. What a device must be asked before it can be used (names of its parameters, its
// description, its hosts) its owner asks through introduction(), question by question; the answers
// are kept.
class FenceDevice {
 public:
  virtual ~FenceDevice() = default;

  [[nodiscard]] virtual const std::string& name() const = 0;  // as in ha.cf, for the log

  // Why it must not be used as it is; looked at before each use.
  [[nodiscard]] virtual std::optional<std::string> objection() const = 0;

  // What to run next before it can be used; none if nothing has to be asked (any more).
  [[nodiscard]] virtual std::optional<ProcessRequest> introduction() const = 0;
  // What that came to, and what it printed. Errors: it cannot be used (now).
  virtual Expected<void, std::string> introduced(bool succeeded, const std::string& output) = 0;

  // The rest is for a device that has been introduced.

  // Why it must not be asked to reset that node; none if it may. A device that resets one machine,
  // whatever name it is told, says here whose machine that is not: ours may be among them.
  [[nodiscard]] virtual std::optional<std::string> cannot_reset(const NodeName& victim) const = 0;
  // Why resetting that node will probably fail.
  [[nodiscard]] virtual std::optional<std::string> doubt(const NodeName& victim) const = 0;

  [[nodiscard]] virtual ProcessRequest reset(const NodeName& victim) const = 0;
  [[nodiscard]] virtual FenceOutcome judge(const ProcessExit& exit) const = 0;
  // How often a failed reset is tried again at once, before the next device has its turn.
  [[nodiscard]] virtual unsigned retries() const { return 0; }
  // Whether somebody must walk to the victim.
  [[nodiscard]] virtual bool needs_operator() const { return false; }

  [[nodiscard]] virtual ProcessRequest status() const = 0;

  // Asks which nodes it controls; none if that is known otherwise, or cannot be asked.
  [[nodiscard]] virtual std::optional<ProcessRequest> list_hosts() const = 0;
  virtual void hosts_listed(const std::string& output) = 0;

  // What no log may show.
  [[nodiscard]] virtual std::vector<std::string> secrets() const = 0;
};

/// Makes the device of a line. Reads its parameter file, if it has one; runs nothing.
///
/// Errors: the file cannot be read; parameters that cannot be.
[[nodiscard]] Expected<std::unique_ptr<FenceDevice>, std::string> make_fence_device(
    const FenceDeviceConfig& config, const FenceSurroundings& around);

// Why a program must not be run: it is no regular file, not executable, not root's (or ours), or
// others than its owner may change it.
[[nodiscard]] std::optional<std::string> unsafe_program(const std::string& path);

// The names of a list, separated by blanks or commas, in lower case.
[[nodiscard]] std::vector<std::string> hosts_of(std::string_view text);

// Whether a list of host names, separated by blanks or commas, has this one; case does not count.
[[nodiscard]] bool lists_host(std::string_view hosts, const NodeName& host);

}  // namespace hb::io
