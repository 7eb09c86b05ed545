#include "io/process/spawn.h"

#include <cstring>

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"

namespace hb::io {
namespace {

struct Pipe {
  UniqueFd read, write;
};

Expected<Pipe, IoError> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return unexpected(IoError{errno, "make a pipe"});
  Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  // Only our end: a child must not find its output non-blocking.
  if (::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK) != 0) {
    return unexpected(IoError{errno, "make a pipe non-blocking"});
  }
  return pipe;
}

// What a program reads: nothing, or all of a text that may be secret.
Expected<UniqueFd, IoError> make_input(std::string_view text) {
  if (text.empty()) {
    UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!null) return unexpected(IoError{errno, "open /dev/null"});
    return null;
  }
  UniqueFd memory(::memfd_create("input", MFD_CLOEXEC));
  if (!memory) return unexpected(IoError{errno, "make an input"});
  while (!text.empty()) {
    const ssize_t length = ::write(memory.get(), text.data(), text.size());
    if (length < 0) return unexpected(IoError{errno, "write an input"});
    text.remove_prefix(static_cast<std::size_t>(length));
  }
  if (::lseek(memory.get(), 0, SEEK_SET) != 0) return unexpected(IoError{errno, "rewind an input"});
  return memory;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& string : strings) result.push_back(const_cast<char*>(string.c_str()));
  result.push_back(nullptr);
  return result;
}

// All that the child needs, made before: it shares our memory and may allocate nothing.
struct Plan {
  char* const* argv;
  char* const* environment;
  const char* directory;
  int input, output, error;
};

void reset_signals() {
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &by_default, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// A daemon that the OOM killer spares must not hand that down to each service that it starts.
void give_up_oom_protection() {
  const int fd = ::open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  char first = 0;
  if (::read(fd, &first, 1) == 1 && first == '-') {
    static_cast<void>(!::pwrite(fd, "0", 1, 0));
  }
}

// Between vfork() and execve(): system calls only. Answers with errno.
int become(const Plan& plan) {
  ::setpgid(0, 0);
  const sched_param normal{};
  ::sched_setscheduler(0, SCHED_OTHER, &normal);
  give_up_oom_protection();
  ::umask(022);
  if (::chdir(plan.directory) != 0 && ::chdir("/") != 0) return errno;
  if (::dup2(plan.input, 0) < 0 || ::dup2(plan.output, 1) < 0 || ::dup2(plan.error, 2) < 0) {
    return errno;
  }
  ::syscall(SYS_close_range, 3U, ~0U, 0U);
  reset_signals();
  ::execve(plan.argv[0], plan.argv, plan.environment);
  return errno;
}

// In a function of its own, which keeps nothing that the child could overwrite in its frame.
[[gnu::noinline]] pid_t start_child(const Plan& plan, volatile int* child_error) {
  const pid_t pid = ::vfork();
  if (pid == 0) {
    *child_error = become(plan);
    ::_exit(127);
  }
  return pid;
}

struct Streams {
  int input, output, error;
};

Expected<SpawnedQuietly, IoError> spawn_with(const std::vector<std::string>& argv,
                                             const std::vector<std::string>& environment,
                                             const std::string& directory, Streams streams) {
  HB_ASSERT(!argv.empty());
  const std::vector<char*> argument_pointers = pointers(argv);
  const std::vector<char*> environment_pointers = pointers(environment);
  const Plan plan{argument_pointers.data(), environment_pointers.data(),
                  directory.c_str(),        streams.input,
                  streams.output,           streams.error};

  // No signal handler of ours may run in the child, on our memory.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  volatile int child_error = 0;
  const pid_t pid = start_child(plan, &child_error);
  const int fork_error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);

  if (pid < 0) return unexpected(IoError{fork_error, "run " + argv.front()});
  if (child_error != 0) {
    ::waitpid(pid, nullptr, 0);  // it has ended: vfork() returned
    return unexpected(IoError{child_error, "run " + argv.front()});
  }
  // Until it is reaped the pid is ours, so this cannot be another process.
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) {
    const IoError failed = IoError{errno, "watch the end of " + argv.front()};
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return unexpected(failed);
  }
  return SpawnedQuietly{pid, std::move(pidfd)};
}

}  // namespace

Expected<Spawned, IoError> spawn(const std::vector<std::string>& argv,
                                 const std::vector<std::string>& environment,
                                 const std::string& directory, std::string_view input_text) {
  auto output = make_pipe();
  if (!output) return unexpected(std::move(output).error());
  auto error = make_pipe();
  if (!error) return unexpected(std::move(error).error());
  const auto input = make_input(input_text);
  if (!input) return unexpected(input.error());
  auto spawned = spawn_with(argv, environment, directory,
                            {input->get(), output->write.get(), error->write.get()});
  if (!spawned) return unexpected(std::move(spawned).error());
  return Spawned{spawned->pid, std::move(spawned->pidfd), std::move(output->read),
                 std::move(error->read)};
}

Expected<SpawnedQuietly, IoError> spawn_quietly(const std::vector<std::string>& argv,
                                                const std::vector<std::string>& environment,
                                                const std::string& directory, int standard_input) {
  const UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (!null) return unexpected(IoError{errno, "open /dev/null"});
  return spawn_with(argv, environment, directory, {standard_input, null.get(), null.get()});
}

}  // namespace hb::io
