#pragma once

#include <string>

#include "io/host/log/log.h"

namespace hb::runtime {

// Resets this host at once, without releasing anything: a resource runs on that cannot be stopped,
// or a client died whose death must take the host along. Disks get two seconds to write out what
// waits: one that hangs must not keep this host alive. Should the reset not come, our silence lets
// the others take over, or fence us.
[[noreturn]] void reset_host(const std::string& reason, io::Log& log);

}  // namespace hb::runtime
