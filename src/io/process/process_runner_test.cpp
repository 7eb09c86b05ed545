#include "io/process/process_runner.h"

#include <algorithm>

#include <asio/executor_work_guard.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>

#include "io/unique_fd.h"

namespace hb::io {
namespace {

using namespace std::chrono_literals;
using Result = Expected<ProcessExit, IoError>;

class ProcessRunnerTest : public testing::Test {
 protected:
  struct Run {
    std::vector<std::string> output, error;
    std::optional<Result> result;
  };

  static ProcessRequest shell(const std::string& script) {
    ProcessRequest request;
    request.argv = {"/bin/sh", "-c", script};
    request.environment = {"PATH=/usr/bin:/bin"};
    return request;
  }

  ProcessId start(ProcessRequest request, Run& run) {
    return runner.run(
        std::move(request),
        [&run](OutputStream stream, std::string_view line) {
          (stream == OutputStream::kStandardOutput ? run.output : run.error).emplace_back(line);
        },
        [&run](const Result& result) { run.result = result; });
  }

  // Runs the loop until the process has ended.
  void finish(const Run& run) {
    while (!run.result && loop.run_one() > 0) {
    }
  }

  Run run(ProcessRequest request) {
    Run result;
    start(std::move(request), result);
    finish(result);
    return result;
  }

  Run run(const std::string& script) { return run(shell(script)); }

  asio::io_context loop;
  ProcessRunner runner{loop};
  // Between two programs the loop has nothing to do, but it is not at its end.
  asio::executor_work_guard<asio::io_context::executor_type> more_to_come{loop.get_executor()};
};

TEST_F(ProcessRunnerTest, DeliversLinesAndTheExitCode) {
  const Run result = run("echo one; echo two >&2; echo three; exit 7");
  EXPECT_EQ(result.output, (std::vector<std::string>{"one", "three"}));
  EXPECT_EQ(result.error, std::vector<std::string>{"two"});
  ASSERT_TRUE(*result.result);
  EXPECT_EQ((*result.result)->code, 7);
  EXPECT_EQ((*result.result)->text(), "exit code 7");
  EXPECT_FALSE((*result.result)->succeeded());
}

TEST_F(ProcessRunnerTest, TellsTheSignalThatEndedIt) {
  const Run result = run("kill -9 $$");
  ASSERT_TRUE(*result.result);
  EXPECT_EQ((*result.result)->code, std::nullopt);
  EXPECT_EQ((*result.result)->signal, SIGKILL);
  EXPECT_EQ((*result.result)->text(), "signal 9");
}

TEST_F(ProcessRunnerTest, NoCallbackComesFromWithinRun) {
  Run result;
  ProcessRequest missing;
  missing.argv = {"/nonexistent/program"};
  start(missing, result);
  EXPECT_FALSE(result.result);
  finish(result);
  ASSERT_FALSE(*result.result);
  EXPECT_EQ(result.result->error().text(), "run /nonexistent/program: No such file or directory");
}

TEST_F(ProcessRunnerTest, GivesTheProgramNothingOfOurs) {
  // As a daemon has them: ignored and blocked signals, open descriptors, another umask.
  ::signal(SIGPIPE, SIG_IGN);
  ::umask(0777);
  UniqueFd open(::open("/dev/null", O_RDONLY));
  const Run seen = run("umask; pwd; env | sort; ls /proc/$$/fd; cat");
  ProcessRequest request;
  request.argv = {"/bin/grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"};
  const Run signals = run(request);
  ::umask(022);
  ::signal(SIGPIPE, SIG_DFL);
  EXPECT_EQ(seen.output,
            (std::vector<std::string>{"0022", "/", "PATH=/usr/bin:/bin", "PWD=/", "0", "1", "2"}));
  EXPECT_EQ(signals.output,
            (std::vector<std::string>{"SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000"}));
}

TEST_F(ProcessRunnerTest, RunsInAGroupOfItsOwnWithNormalPriority) {
  sched_param realtime{};
  realtime.sched_priority = 1;
  const bool can_be_realtime = ::sched_setscheduler(0, SCHED_RR, &realtime) == 0;
  const Run result = run(
      "cut -d' ' -f1,5 /proc/$$/stat | tr ' ' '\\n' | uniq | wc -l; cut -d' ' -f41 /proc/$$/stat");
  const sched_param normal{};
  if (can_be_realtime) ::sched_setscheduler(0, SCHED_OTHER, &normal);
  EXPECT_EQ(result.output, (std::vector<std::string>{"1", "0"}));
}

TEST_F(ProcessRunnerTest, UsesTheDirectoryOrTheRoot) {
  ProcessRequest request = shell("pwd");
  request.directory = "/usr";
  EXPECT_EQ(run(request).output, std::vector<std::string>{"/usr"});
  request.directory = "/nonexistent";
  EXPECT_EQ(run(request).output, std::vector<std::string>{"/"});
}

TEST_F(ProcessRunnerTest, HugeOutputIsCutAndTheProgramNotHeldUp) {
  const Run result = run("head -c 20000000 /dev/zero | tr '\\0' 'x'; echo done >&2");
  ASSERT_TRUE(*result.result);
  EXPECT_EQ((*result.result)->code, 0);
  EXPECT_EQ(result.error, std::vector<std::string>{"done"});
  std::size_t bytes = 0;
  for (const std::string& line : result.output) {
    EXPECT_LE(line.size(), 4096U);
    bytes += line.size();
  }
  EXPECT_LE(bytes, (std::size_t{1} << 20) + 100);
  EXPECT_EQ(result.output.back(), "(more output follows, which is dropped)");
}

TEST_F(ProcessRunnerTest, TimeLimitEndsIt) {
  ProcessRequest request = shell("sleep 600");
  request.time_limit = 50ms;
  const Run result = run(request);
  ASSERT_TRUE(*result.result);
  EXPECT_TRUE((*result.result)->timed_out);
  EXPECT_EQ((*result.result)->text(), "time limit, signal 15");
}

TEST_F(ProcessRunnerTest, WhoIgnoresTheTermSignalIsKilledWithItsChildren) {
  ProcessRunner::Options options;
  options.grace = 50ms;
  ProcessRunner strict(loop, options);
  Run result;
  ProcessRequest request = shell("trap '' TERM; sleep 600 & echo $!; while :; do sleep 600; done");
  request.time_limit = 50ms;
  strict.run(
      request, [&](OutputStream, std::string_view line) { result.output.emplace_back(line); },
      [&](const Result& exit) { result.result = exit; });
  finish(result);
  ASSERT_TRUE(*result.result);
  EXPECT_EQ((*result.result)->text(), "time limit, signal 9");
  ASSERT_EQ(result.output.size(), 1U);
}

TEST_F(ProcessRunnerTest, DoesNotWaitForAServiceThatKeepsThePipe) {
  const Run result = run("sleep 600 & echo $!");
  ASSERT_TRUE(*result.result);
  EXPECT_EQ((*result.result)->code, 0);
  ASSERT_EQ(result.output.size(), 1U);
  EXPECT_EQ(::kill(std::stoi(result.output.front()), SIGKILL), 0) << "the service lives on";
}

TEST_F(ProcessRunnerTest, AServiceThatWasLeftBehindCanGoOnWriting) {
  // It writes once its parent, the script, is gone.
  Run result;
  start(shell("parent=$$; (while [ -d /proc/$parent ]; do :; done; echo still here) & exit 0"),
        result);
  finish(result);
  while (result.output.empty() && loop.run_one() > 0) {
  }
  EXPECT_EQ(result.output, std::vector<std::string>{"still here"});
}

TEST_F(ProcessRunnerTest, StopEndsARunningProgram) {
  Run result;
  const ProcessId id = start(shell("sleep 600"), result);
  runner.stop(id);
  finish(result);
  ASSERT_TRUE(*result.result);
  EXPECT_EQ((*result.result)->signal, SIGTERM);
  EXPECT_FALSE((*result.result)->timed_out);
}

TEST_F(ProcessRunnerTest, RunsAtMostSoManyAtOnceInOrder) {
  ProcessRunner::Options options;
  options.most_running = 1;
  options.most_waiting = 2;
  ProcessRunner narrow(loop, options);
  std::vector<std::string> ends;
  for (const std::string name : {"first", "second", "third", "fourth"}) {
    narrow.run(shell("exit 0"), {}, [&ends, name](const Result& result) {
      ends.push_back(name + (result ? "" : " refused"));
    });
  }
  EXPECT_EQ(narrow.running(), 1U);
  EXPECT_EQ(narrow.waiting(), 2U);
  while (ends.size() < 4 && loop.run_one() > 0) {
  }
  EXPECT_EQ(ends, (std::vector<std::string>{"fourth refused", "first", "second", "third"}));
}

TEST_F(ProcessRunnerTest, KillAllEndsAllAndStartsNothingMore) {
  ProcessRunner::Options options;
  options.most_running = 1;
  ProcessRunner narrow(loop, options);
  std::vector<std::string> ends;
  const auto on_exit = [&](const Result& result) {
    ends.push_back(result ? result->text() : result.error().text());
  };
  narrow.run(shell("sleep 600"), {}, on_exit);
  narrow.run(shell("sleep 600"), {}, on_exit);
  narrow.kill_all();
  while (ends.size() < 2 && loop.run_one() > 0) {
  }
  std::sort(ends.begin(), ends.end());
  EXPECT_EQ(ends, (std::vector<std::string>{"run /bin/sh: Operation canceled", "signal 9"}));
}

TEST_F(ProcessRunnerTest, DestructionKillsWhatRuns) {
  pid_t sleeper = 0;
  {
    ProcessRunner brief(loop);
    brief.run(
        shell("echo $$; exec sleep 600"),
        [&](OutputStream, std::string_view line) { sleeper = std::stoi(std::string(line)); },
        [](const Result&) { FAIL() << "no callback comes any more"; });
    while (sleeper == 0 && loop.run_one() > 0) {
    }
  }
  EXPECT_EQ(::kill(sleeper, 0), -1);
  loop.poll();
}

}  // namespace
}  // namespace hb::io
