#include "runtime/host_reset.h"

#include <spawn.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "runtime/exit_codes.h"

namespace hb::runtime {

void reset_host(const std::string& reason, io::Log& log) {
  log.say<"reboot">(reason);
  log.stop_worker();
  ::sync();
  char program[] = "/sbin/reboot";
  char options[] = "-nf";
  char* arguments[] = {program, options, nullptr};
  char* environment[] = {nullptr};
  pid_t pid = 0;
  if (::posix_spawn(&pid, program, nullptr, nullptr, arguments, environment) != 0) {
    ::reboot(RB_AUTOBOOT);
  }
  ::_exit(kResetWanted);
}

}  // namespace hb::runtime
