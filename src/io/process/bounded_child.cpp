#include "io/process/bounded_child.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

namespace hb::io {
namespace {

constexpr Duration kLookInterval = std::chrono::milliseconds(5);

}  // namespace

ChildEnd run_bounded(Duration limit, const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child < 0) return ChildEnd::kFailed;
  if (child == 0) ::_exit(work());

  const auto begin = std::chrono::steady_clock::now();
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) {
      return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ChildEnd::kDone : ChildEnd::kFailed;
    }
    if (ended < 0 && errno != EINTR) return ChildEnd::kFailed;
    const Duration left = limit - (std::chrono::steady_clock::now() - begin);
    if (left <= Duration::zero()) break;
    std::this_thread::sleep_for(std::min(left, kLookInterval));
  }
  ::kill(child, SIGKILL);
  return ChildEnd::kLate;
}

}  // namespace hb::io
