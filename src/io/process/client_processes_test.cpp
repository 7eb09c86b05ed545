#include "io/process/client_processes.h"

#include <chrono>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/eventually_testing.h"
#include "io/process/test_directory.h"

namespace hb::io {
namespace {

using namespace std::chrono_literals;

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Real keepers and clients; every wait is for something that happens.
class ClientProcessesTest : public testing::Test {
 protected:
  static ManagedClient client(const std::string& command) {
    return {.user = "me", .uid = ::geteuid(), .gid = ::getegid(), .command = command};
  }
  ManagedClient shell(const std::string& script) {
    const std::string name = "script" + std::to_string(++scripts_);
    directory_.script(name, script);
    return client(directory_ / name);
  }
  std::string in_directory(const std::string& name) { return directory_ / name; }

  void start(const ManagedClient& what) {
    processes_->set_environment({"PATH=/usr/bin:/bin", "HA_x=of heartbeat"});
    processes_->start(life_, what);
  }

  template <class Condition>
  bool eventually(Condition condition) {
    return io::eventually(loop_, condition);
  }

  ClientProcesses::Outcome outcome() {
    EXPECT_TRUE(eventually([&] { return outcome_.has_value(); }));
    return outcome_.value_or(IoError{ETIMEDOUT, "wait"});
  }
  ClientEnd end() {
    const auto how = outcome();
    if (const auto* error = std::get_if<IoError>(&how)) ADD_FAILURE() << error->text();
    return std::holds_alternative<ClientEnd>(how) ? std::get<ClientEnd>(how) : ClientEnd{};
  }

  // The pid that a script wrote into a file.
  pid_t pid_in(const std::string& name) {
    pid_t pid = 0;
    EXPECT_TRUE(eventually([&] {
      std::istringstream text(read(in_directory(name)));
      return text >> pid && text.peek() == '\n';
    }));
    return pid;
  }
  // A zombie counts as gone: only its parent is slow.
  static bool runs(pid_t pid) {
    const std::string stat = read("/proc/" + std::to_string(pid) + "/stat");
    return !stat.empty() && stat.substr(stat.rfind(')') + 2, 1) != "Z";
  }

  asio::io_context loop_;
  TestDirectory directory_;
  std::optional<ClientProcesses::Outcome> outcome_;
  ClientLife life_{7};
  int scripts_ = 0;
  std::unique_ptr<ClientProcesses> processes_ = std::make_unique<ClientProcesses>(
      loop_, ClientProcesses::Options{.keeper = HB_KEEPER, .directory = directory_ / ""},
      [this](ClientLife life, const ClientProcesses::Outcome& how) {
        EXPECT_EQ(life, life_);
        EXPECT_FALSE(outcome_) << "told twice";
        outcome_ = how;
      });
};

TEST_F(ClientProcessesTest, TheExitCodeIsTold) {
  start(shell("exit 100"));
  EXPECT_EQ(end().code, 100);
}

TEST_F(ClientProcessesTest, TheSignalIsTold) {
  start(shell("kill -SEGV $$"));
  EXPECT_EQ(end().signal, SIGSEGV);
}

TEST_F(ClientProcessesTest, ShellSyntaxOfTheLineWorks) {
  start(client("/bin/test -n \"$HA_x\" && exit 42"));
  // `exec` stands before the first command only, as ever.
  EXPECT_EQ(end().code, 0);
}

TEST_F(ClientProcessesTest, WhatDoesNotExistIsToldWithItsReason) {
  start(client("/nowhere/at/all -x"));
  const auto how = outcome();
  ASSERT_TRUE(std::holds_alternative<IoError>(how));
  EXPECT_EQ(std::get<IoError>(how).code, ENOENT);
  EXPECT_EQ(std::get<IoError>(how).what, "run /nowhere/at/all");
}

TEST_F(ClientProcessesTest, AMissingKeeperIsTold) {
  ClientProcesses without(loop_, {.keeper = "/nowhere/keeper"},
                          [this](ClientLife, const auto& how) { outcome_ = how; });
  without.start(life_, client("/bin/true"));
  EXPECT_EQ(std::get<IoError>(outcome()).code, ENOENT);
}

TEST_F(ClientProcessesTest, ItsSurroundingsAreThoseOfTheSpecification) {
  start(
      shell("{ echo $HA_x; pwd; ls /proc/self/fd | tr '\\n' ' '; readlink /proc/$$/fd/0;"
            " ps -o pgid= -p $$ | tr -d ' '; echo $$; umask; } > " +
            in_directory("told") + " 2>/dev/null"));
  EXPECT_EQ(end().code, 0);
  std::istringstream text(read(in_directory("told")));
  std::string line;
  std::getline(text, line);
  EXPECT_EQ(line, "of heartbeat");
  std::getline(text, line);
  EXPECT_EQ(line + "/", directory_ / "");
  std::getline(text, line);
  EXPECT_EQ(line, "0 1 2 3 /dev/null");  // 3: the directory that ls reads
  std::string group, pid;
  std::getline(text, group);
  std::getline(text, pid);
  EXPECT_EQ(group, pid);
  std::getline(text, line);
  EXPECT_EQ(line, "0022");
}

TEST_F(ClientProcessesTest, TerminateReachesTheWholeGroup) {
  start(shell("trap 'echo got >> " + in_directory("got") + "; exit 3' TERM\n(trap 'echo got >> " +
              in_directory("got") + "; exit' TERM; echo $$ > " + in_directory("pid") +
              "; while :; do sleep 0.05; done) &\nwait"));
  pid_in("pid");
  processes_->terminate(life_);
  EXPECT_EQ(end().code, 3);
  EXPECT_EQ(read(in_directory("got")).substr(0, 4), "got\n");
}

TEST_F(ClientProcessesTest, KillEndsWhatIgnoresTermAndItsHiddenChildren) {
  start(shell("trap '' TERM\nsetsid sh -c 'setsid sh -c \"echo \\$\\$ > " + in_directory("pid") +
              "; exec sleep 300\" & exit'\nwhile :; do sleep 1; done"));
  const pid_t hidden = pid_in("pid");
  processes_->terminate(life_);
  loop_.run_for(50ms);
  EXPECT_FALSE(outcome_);
  EXPECT_TRUE(runs(hidden));
  processes_->kill(life_);
  EXPECT_EQ(end().signal, SIGKILL);
  EXPECT_FALSE(runs(hidden));  // ended before we were told
}

TEST_F(ClientProcessesTest, WhatAClientLeavesBehindLivesUntilWeGo) {
  start(shell("setsid sh -c 'echo $$ > " + in_directory("pid") + "; exec sleep 300' & exit 100"));
  EXPECT_EQ(end().code, 100);
  const pid_t left = pid_in("pid");
  EXPECT_TRUE(runs(left));
  processes_.reset();
  EXPECT_FALSE(runs(left));
}

TEST_F(ClientProcessesTest, AKilledKeeperTakesItsClientAlong) {
  start(shell("echo $PPID > " + in_directory("keeper") + "; echo $$ > " + in_directory("pid") +
              "; while :; do sleep 0.05; done"));
  const pid_t client_pid = pid_in("pid");
  ::kill(pid_in("keeper"), SIGKILL);
  EXPECT_EQ(end().signal, SIGKILL);
  EXPECT_TRUE(eventually([&] { return !runs(client_pid); }));
}

TEST_F(ClientProcessesTest, TheKeeperIgnoresEverySignalButKill) {
  start(shell("echo $PPID > " + in_directory("keeper") + "; exec sleep 300"));
  const pid_t keeper = pid_in("keeper");
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1}) ::kill(keeper, signal);
  loop_.run_for(50ms);
  EXPECT_FALSE(outcome_);
  processes_->terminate(life_);
  EXPECT_EQ(end().signal, SIGTERM);
}

// The daemon is killed: nothing of the client survives, whichever session it hides in.
TEST_F(ClientProcessesTest, NothingOutlivesAKilledDaemon) {
  const ManagedClient what =
      shell("trap '' TERM\necho $$ > " + in_directory("client") +
            "\nsetsid sh -c 'trap \"\" TERM; "
            "setsid sh -c \"echo \\$\\$ > " +
            in_directory("hidden") +
            "; while :; do sleep 0.05; done\" & exit'\nwhile :; do sleep 0.05; done");
  const pid_t daemon = ::fork();
  if (daemon == 0) {
    asio::io_context loop;
    ClientProcesses processes(loop, {.keeper = HB_KEEPER, .directory = "/"},
                              [](ClientLife, const auto&) {});
    processes.set_environment({"PATH=/usr/bin:/bin"});
    processes.start(life_, what);
    loop.run();
    ::_exit(0);
  }
  const pid_t client_pid = pid_in("client");
  const pid_t hidden = pid_in("hidden");
  ASSERT_TRUE(runs(client_pid) && runs(hidden));
  ::kill(daemon, SIGKILL);
  ::waitpid(daemon, nullptr, 0);
  EXPECT_TRUE(eventually([&] { return !runs(client_pid) && !runs(hidden); }));
}

}  // namespace
}  // namespace hb::io
