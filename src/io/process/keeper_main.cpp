// hb_keeper: the parent of one client of the daemon, and the reason why none outlives it.
//
//   hb_keeper UID GID GROUP[,GROUP…]|- PROGRAM COMMAND     standard input: see keeper_protocol.h
//
// A client can be killed with its daemon by the kernel (PR_SET_PDEATHSIG), but not what it has
// started in turn. So a client gets a parent of its own, which is a subreaper: whatever the client
// starts remains a descendant of the keeper, in whatever session it hides. When the daemon goes,
// however it goes, the socket closes and the keeper ends them all. When the keeper itself is
// killed, the client goes with it.
//
// A client that ends by itself may leave something behind, as a script does that starts a service:
// that is left in peace until the daemon stops the client or goes; so long the keeper stays.

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/process/keeper_protocol.h"

namespace {

namespace keeper = hb::io::keeper;

constexpr int kSocket = 0;              // standard input
constexpr std::int64_t kGraceMs = 500;  // after the daemon is gone: from SIGTERM to SIGKILL
constexpr int kKillAgainMs = 20;        // what forks faster than it is killed is killed again

std::int64_t now_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

void report(keeper::Report what, int value) {
  const keeper::Word word{what, value};
  // If nobody listens, the end of the daemon is about to be noticed.
  if (::send(kSocket, &word, sizeof word, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) errno = 0;
}

struct Identity {
  uid_t uid;
  gid_t gid;
  std::vector<gid_t> groups;
};

bool number(const char* text, std::uint32_t& value) {
  char* end = nullptr;
  errno = 0;
  const unsigned long parsed = std::strtoul(text, &end, 10);
  value = static_cast<std::uint32_t>(parsed);
  return errno == 0 && end != text && *end == '\0' && parsed <= UINT32_MAX;
}

bool parse(char** argv, Identity& identity) {
  if (!number(argv[1], identity.uid) || !number(argv[2], identity.gid)) return false;
  if (std::strcmp(argv[3], "-") == 0) return true;
  for (char* word = std::strtok(argv[3], ","); word != nullptr; word = std::strtok(nullptr, ",")) {
    std::uint32_t group = 0;
    if (!number(word, group)) return false;
    identity.groups.push_back(group);
  }
  return true;
}

// In the child: everything but the exec. False with errno.
bool become(const Identity& identity, const char* program, pid_t parent) {
  ::setpgid(0, 0);
  // Asked while we may still ask for anything: it must be executable for root (ha-cf 5.3).
  if (::access(program, X_OK) != 0) return false;
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return false;
  for (int fd = 0; fd <= 2; ++fd) {
    if (::dup2(null, fd) < 0) return false;
  }
  ::umask(022);
  const bool stays = identity.uid == ::geteuid() && identity.gid == ::getegid();
  // A user namespace may forbid setgroups(); then there is nothing to give up by it either.
  if (::setgroups(identity.groups.size(), identity.groups.data()) != 0 &&
      !(stays && identity.groups.empty())) {
    return false;
  }
  if (::setresgid(identity.gid, identity.gid, identity.gid) != 0 ||
      ::setresuid(identity.uid, identity.uid, identity.uid) != 0) {
    return false;
  }
  // After the change of user, which would undo it.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it died before
  for (int signal = 1; signal < NSIG; ++signal) std::signal(signal, SIG_DFL);
  std::signal(SIGALRM, SIG_IGN);  // as 3.0.6 hands it down (ha-cf 10.5)
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  return true;
}

// The pid of the client, or -1 with errno: also when it could not become what it should.
pid_t start(const Identity& identity, const char* program, const char* command) {
  const std::string exec = std::string("exec ") + command;
  std::array<int, 2> failure{};
  if (::pipe2(failure.data(), O_CLOEXEC) != 0) return -1;
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (become(identity, program, parent)) {
      ::execl("/bin/sh", "sh", "-c", exec.c_str(), nullptr);
    }
    const int code = errno;
    ::_exit(::write(failure[1], &code, sizeof code) == sizeof code ? 127 : 126);
  }
  if (pid < 0) return -1;
  ::setpgid(pid, pid);  // whoever of us comes first
  ::close(failure[1]);
  int code = 0;
  const ssize_t length = ::read(failure[0], &code, sizeof code);
  ::close(failure[0]);
  if (length != sizeof code) return pid;
  ::waitpid(pid, nullptr, 0);
  errno = code;
  return -1;
}

// The parent of a process, 0 if it is gone.
pid_t parent_of(pid_t pid) {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/%d/stat", pid);
  const int fd = ::open(path.data(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  std::array<char, 512> text{};
  const ssize_t length = ::read(fd, text.data(), text.size() - 1);
  ::close(fd);
  if (length <= 0) return 0;
  // `pid (name) state ppid …`; the name may hold anything, also a parenthesis.
  const char* after = std::strrchr(text.data(), ')');
  if (after == nullptr || std::strlen(after) < 4) return 0;
  return static_cast<pid_t>(std::strtol(after + 4, nullptr, 10));
}

// All that descends from this process.
std::vector<pid_t> descendants() {
  struct Process {
    pid_t pid, parent;
  };
  std::vector<Process> all;
  DIR* directory = ::opendir("/proc");
  if (directory == nullptr) return {};
  while (const dirent* entry = ::readdir(directory)) {
    const pid_t pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    if (pid > 0) all.push_back({pid, parent_of(pid)});
  }
  ::closedir(directory);
  std::vector<pid_t> found{::getpid()};
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const Process& process : all) {
      if (process.parent == found[i]) found.push_back(process.pid);
    }
  }
  found.erase(found.begin());
  return found;
}

class Keeper {
 public:
  explicit Keeper(pid_t client) : client_(client) {}

  // Until nothing is left to keep.
  void run(int signals) {
    while (reap()) {
      std::array<pollfd, 2> waiting{{{signals, POLLIN, 0}, {listening_ ? kSocket : -1, POLLIN, 0}}};
      ::poll(waiting.data(), waiting.size(), patience());
      drain(signals);
      if (waiting[1].revents != 0) hear();
      if (killing_ || (deadline_ != 0 && now_ms() >= deadline_)) kill_all();
    }
  }

 private:
  // False when no child is left.
  bool reap() {
    while (true) {
      int status = 0;
      const pid_t pid = ::waitpid(-1, &status, WNOHANG);
      if (pid < 0) break;
      if (pid == 0) return true;
      if (pid != client_) continue;
      client_ = 0;
      how_ = status;
      // Stopped means: with all that belongs to it. Of itself it may leave something.
      if (terminating_) {
        kill_all();
      } else {
        tell();
      }
    }
    tell();
    return false;
  }

  void tell() {
    if (client_ != 0 || told_) return;
    told_ = true;
    if (WIFEXITED(how_)) {
      report(keeper::Report::kExited, WEXITSTATUS(how_));
    } else {
      report(keeper::Report::kSignalled, WTERMSIG(how_));
    }
  }

  void hear() {
    char word = 0;
    const ssize_t length = ::recv(kSocket, &word, 1, MSG_DONTWAIT);
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (length <= 0) return daemon_gone();
    if (word == keeper::kKill) return kill_all();
    terminating_ = true;
    if (client_ != 0) {
      ::kill(-client_, SIGTERM);
    } else {
      kill_all();
    }
  }

  void daemon_gone() {
    listening_ = false;
    terminating_ = true;
    told_ = true;
    for (const pid_t pid : descendants()) ::kill(pid, SIGTERM);
    deadline_ = now_ms() + kGraceMs;
  }

  // Again and again, until reap() finds none: what was just forked is found the next time.
  void kill_all() {
    killing_ = true;
    for (const pid_t pid : descendants()) ::kill(pid, SIGKILL);
  }

  [[nodiscard]] int patience() const {
    if (killing_) return kKillAgainMs;
    if (deadline_ == 0) return -1;
    return static_cast<int>(std::max<std::int64_t>(0, deadline_ - now_ms()));
  }

  static void drain(int signals) {
    signalfd_siginfo info{};
    while (::read(signals, &info, sizeof info) == sizeof info) {
    }
  }

  pid_t client_;  // 0 once it has ended
  int how_ = 0;   // then its status
  bool told_ = false;
  bool listening_ = true;
  bool terminating_ = false;
  bool killing_ = false;
  std::int64_t deadline_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Identity identity{};
  if (argc != 6 || !parse(argv, identity)) {
    std::fputs("hb_keeper is started by heartbeat, not by hand\n", stderr);
    return 2;
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  // Nothing but SIGKILL ends the keeper before what it keeps.
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  sigset_t child;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  const int signals = ::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  const pid_t pid = signals < 0 ? -1 : start(identity, argv[4], argv[5]);
  if (pid < 0) {
    report(keeper::Report::kNotStarted, errno);
    return 1;
  }
  Keeper(pid).run(signals);
  return 0;
}
