#include "runtime/host_reset.h"

#include <chrono>
#include <csignal>

#include <sys/reboot.h>
#include <unistd.h>

#include "io/process/bounded_child.h"
#include "runtime/exit_codes.h"

namespace hb::runtime {
namespace {

constexpr Duration kKeptForDisks = std::chrono::seconds(2);
constexpr Duration kKeptForProgram = std::chrono::seconds(3);

int write_out_disks() {
  ::sync();
  return 0;
}

int run_reboot_program() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  char program[] = "/sbin/reboot";
  char options[] = "-nf";
  char* arguments[] = {program, options, nullptr};
  char* environment[] = {nullptr};
  ::execve(program, arguments, environment);
  return 127;
}

}  // namespace

// Both steps may need a disk that answers no more, the second one to read the program.
void reset_host(const std::string& reason, io::Log& log) {
  log.say<"reboot">(reason);
  log.stop_worker();
  (void)io::run_bounded(kKeptForDisks, write_out_disks);  // what is not out by then is lost
  if (io::run_bounded(kKeptForProgram, run_reboot_program) != io::ChildEnd::kDone) {
    ::reboot(RB_AUTOBOOT);
  }
  ::_exit(kResetWanted);
}

}  // namespace hb::runtime
