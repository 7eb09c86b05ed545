#pragma once

namespace hb::runtime {

// What 3.0.6's scripts and units rely on (spec: ha-cf 3.2, 9).
enum ExitCode : int {
  kOk = 0,
  kFailure = 1,
  kBadUsage = 2,
  kNotRunning = 3,  // of -s
  kNoPermission = 4,
  kNotConfigured = 6,
  kResetWanted = 100,
};

}  // namespace hb::runtime
