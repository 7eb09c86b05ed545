// Which code a process runs through: it is stopped after every instruction for some seconds, and
// the addresses of the instructions are written to the standard output, 64 bits each. x86-64 only.
//
//     steps PID SECONDS

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

namespace {

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

void wait_for_stop(pid_t process) {
  int status = 0;
  if (::waitpid(process, &status, __WALL) < 0) die("wait");
  if (WIFSTOPPED(status)) return;
  std::fputs("the process has ended\n", stderr);
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: steps PID SECONDS\n", stderr);
    return 2;
  }
  using Clock = std::chrono::steady_clock;
  const pid_t process = std::atoi(argv[1]);
  if (::ptrace(PTRACE_ATTACH, process, nullptr, nullptr) != 0) die("attach");
  wait_for_stop(process);
  const Clock::time_point end = Clock::now() + std::chrono::seconds(std::atoi(argv[2]));
  while (Clock::now() < end) {
    if (::ptrace(PTRACE_SINGLESTEP, process, nullptr, nullptr) != 0) die("step");
    wait_for_stop(process);
    user_regs_struct registers{};
    if (::ptrace(PTRACE_GETREGS, process, nullptr, &registers) != 0) die("registers");
    const std::uint64_t address = registers.rip;
    std::fwrite(&address, sizeof address, 1, stdout);
  }
  ::ptrace(PTRACE_DETACH, process, nullptr, nullptr);
  return 0;
}
