#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/io_context.hpp>

#include "base/expected.h"
#include "base/strong.h"
#include "base/time.h"
#include "io/io_error.h"

namespace hb::io {

// PATH of whatever we run, unless its environment brings one.
inline constexpr std::string_view kDefaultPath =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// A program to run. Nothing is looked up: argv[0] is a path.
struct ProcessRequest {
  std::vector<std::string> argv;         // at least one
  std::vector<std::string> environment;  // `NAME=value`; all of it, nothing is inherited
  std::string directory = "/";
  Duration time_limit = Duration::zero();  // then SIGTERM, and SIGKILL after the grace; 0: none
  std::string input = {};                  // standard input, to the end
};

// `NAME=value` of each, for a request.
[[nodiscard]] std::vector<std::string> environment_of(
    const std::map<std::string, std::string>& variables);

enum class OutputStream : std::uint8_t { kStandardOutput, kStandardError };

struct ProcessExit {
  std::optional<int> code;    // of exit(); none if a signal ended it
  std::optional<int> signal;  // that ended it
  bool timed_out = false;     // the time limit passed, whatever it ended with

  [[nodiscard]] bool succeeded() const { return code == 0 && !timed_out; }
  [[nodiscard]] std::string text() const;  // `exit code 3`, `signal 9`, `time limit, signal 15`
};

using ProcessId = Strong<struct ProcessIdTag, std::uint64_t>;

// Runs programs as children, from the event loop.
//
// A child is the leader of its own process group, with SCHED_OTHER, nothing locked, no descriptor
// but 0–2, all signals at their defaults and unblocked, umask 022. It is made by vfork(): its cost
// does not grow with the locked memory of the daemon. Its end is seen through a pidfd, so nobody's
// SIGCHLD is touched — but nobody else in this process may wait for any child.
//
// A service that a script leaves behind may keep the pipes; they are then read on, so that the
// service never gets SIGPIPE from us, until kOrphanPipes are held: then the oldest is closed.
class ProcessRunner {
 public:
  struct Options {
    std::size_t most_running = 64;                   // more wait their turn
    std::size_t most_waiting = 1024;                 // more are refused (EAGAIN)
    std::size_t longest_line = 4096;                 // bytes; the rest follows as another line
    std::size_t most_output = std::size_t{1} << 20;  // bytes a child; the rest is read and dropped
    Duration grace = std::chrono::seconds(5);        // from SIGTERM to SIGKILL
  };
  static constexpr std::size_t kOrphanPipes = 64;

  // Lines come without their end, in order within a stream. Output beyond most_output is replaced
  // by one line that says so.
  using OnLine = std::function<void(OutputStream, std::string_view line)>;
  // Once, after the last line that the child itself wrote. If the program could not be started, the
  // error says why (ENOENT, EACCES, ENOEXEC, …).
  using OnExit = std::function<void(const Expected<ProcessExit, IoError>&)>;

  ProcessRunner(asio::io_context& loop, Options options);
  explicit ProcessRunner(asio::io_context& loop);
  ~ProcessRunner();  // kills what still runs; no callback comes any more

  // Starts the program or puts it in the queue. Callbacks come from the loop, never from within.
  ProcessId run(ProcessRequest request, OnLine on_line, OnExit on_exit);

  // SIGTERM to the group of the process, SIGKILL after the grace; if it waits, it is not started
  // (ECANCELED). Its on_exit is called as ever. Unknown ids are ignored.
  void stop(ProcessId id);

  // SIGKILL to the groups of all; those that wait are dropped (ECANCELED). on_exit comes as ever.
  void kill_all();

  [[nodiscard]] asio::io_context& loop() { return loop_; }
  [[nodiscard]] std::size_t running() const { return running_.size(); }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Child;
  class LineReader;
  struct Waiting {
    ProcessId id;
    ProcessRequest request;
    OnLine on_line;
    OnExit on_exit;
  };

  void start_next();
  void start(Waiting waiting);
  void await_end(ProcessId id, Child& child);
  void reap(ProcessId id);
  void adopt(const std::shared_ptr<LineReader>& reader);
  void post_exit(OnExit on_exit, Expected<ProcessExit, IoError> result);

  asio::io_context& loop_;
  Options options_;
  std::uint64_t last_id_ = 0;
  std::deque<Waiting> waiting_;
  std::map<ProcessId, std::shared_ptr<Child>> running_;
  std::deque<std::shared_ptr<LineReader>> orphans_;
  std::shared_ptr<bool> alive_;
};

}  // namespace hb::io
