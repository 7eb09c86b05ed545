#include "tools/afterwork.h"

#include <cstdio>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/unique_fd.h"

namespace hb::tools {
namespace {

constexpr int kFailure = 1;

void leave_the_terminal() {
  std::fflush(nullptr);
  ::setsid();
  const io::UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int fd = 0; fd <= 2; ++fd) ::dup2(null.get(), fd);
}

[[noreturn]] void be_the_child(io::UniqueFd report, const std::function<int()>& work,
                               const std::function<void()>& afterwork) {
  const auto code = static_cast<unsigned char>(work());
  leave_the_terminal();
  static_cast<void>(!::write(report.get(), &code, 1));
  report.reset();
  afterwork();
  ::_exit(0);
}

}  // namespace

int run_with_afterwork(const std::function<int()>& work, const std::function<void()>& afterwork) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return work();
  const io::UniqueFd answer(ends[0]);
  io::UniqueFd report(ends[1]);

  std::fflush(nullptr);  // else both would write what waits
  const pid_t child = ::fork();
  if (child < 0) return work();  // then without what comes after
  if (child == 0) be_the_child(std::move(report), work, afterwork);
  report.reset();

  unsigned char code = kFailure;
  if (::read(answer.get(), &code, 1) == 1) return code;
  int status = 0;  // it ended without a word
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : kFailure;
}

}  // namespace hb::tools
