#include "io/process/process_runner.h"

#include <array>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "io/process/line_splitter.h"
#include "io/process/spawn.h"

// waitid() on a pidfd is in Linux since 5.4; the name is not in every libc header.
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

namespace hb::io {

std::vector<std::string> environment_of(const std::map<std::string, std::string>& variables) {
  std::vector<std::string> environment;
  environment.reserve(variables.size());
  for (const auto& [name, value] : variables) {
    environment.push_back(fmt::format("{}={}", name, value));
  }
  return environment;
}

std::string ProcessExit::text() const {
  const std::string how =
      code ? fmt::format("exit code {}", *code) : fmt::format("signal {}", signal.value_or(0));
  return timed_out ? "time limit, " + how : how;
}

// Reads one pipe as long as somebody holds its other end.
class ProcessRunner::LineReader : public std::enable_shared_from_this<LineReader> {
 public:
  LineReader(asio::io_context& loop, UniqueFd fd, const Options& options,
             LineSplitter::OnLine on_line)
      : pipe_(loop, fd.release()),
        splitter_(options.longest_line, options.most_output),
        on_line_(std::move(on_line)) {}

  // Handlers keep the reader, not the other way round: it lives until it is closed.
  void start() {
    pipe_.async_wait(asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](const std::error_code& error) {
                       if (error || !self->pipe_.is_open()) return;
                       self->read_some();
                       if (self->pipe_.is_open()) self->start();
                     });
  }

  // What the child wrote before it ended, up to what a pipe can hold.
  void drain() {
    static constexpr int kMostReads = 64;
    for (int i = 0; i < kMostReads && pipe_.is_open() && read_some(); ++i) {
    }
  }

  // No line comes any more.
  void close() {
    on_line_ = [](std::string_view) {};
    pipe_.close();
  }

  [[nodiscard]] bool is_open() const { return pipe_.is_open(); }

 private:
  // One portion a turn, so that a talkative child shares the loop. False: nothing was there.
  bool read_some() {
    std::array<char, 16384> buffer;
    const ssize_t length = ::read(pipe_.native_handle(), buffer.data(), buffer.size());
    if (length > 0) {
      splitter_.feed({buffer.data(), static_cast<std::size_t>(length)}, on_line_);
      return true;
    }
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    splitter_.finish(on_line_);
    pipe_.close();
    return false;
  }

  asio::posix::stream_descriptor pipe_;
  LineSplitter splitter_;
  LineSplitter::OnLine on_line_;
};

struct ProcessRunner::Child {
  Child(asio::io_context& loop, pid_t its_pid, UniqueFd pidfd)
      : pid(its_pid), ended(loop, pidfd.release()), timer(loop) {}

  void signal_group(int number) const { ::kill(-pid, number); }

  pid_t pid;
  asio::posix::stream_descriptor ended;
  asio::steady_timer timer;  // time limit, then grace
  std::shared_ptr<LineReader> output, error;
  OnExit on_exit;
  bool stopping = false;
  bool timed_out = false;
};

ProcessRunner::ProcessRunner(asio::io_context& loop, Options options)
    : loop_(loop), options_(options), alive_(std::make_shared<bool>(true)) {}

ProcessRunner::ProcessRunner(asio::io_context& loop) : ProcessRunner(loop, Options()) {}

ProcessRunner::~ProcessRunner() {
  for (auto& [id, child] : running_) {
    child->signal_group(SIGKILL);
    ::waitpid(child->pid, nullptr, 0);  // at once: nothing survives SIGKILL for long
    child->output->close();
    child->error->close();
  }
  for (const auto& orphan : orphans_) orphan->close();
}

ProcessId ProcessRunner::run(ProcessRequest request, OnLine on_line, OnExit on_exit) {
  HB_ASSERT(!request.argv.empty());
  const ProcessId id(++last_id_);
  if (waiting_.size() >= options_.most_waiting) {
    const IoError refused{EAGAIN, "run " + request.argv.front() + ", too many programs wait"};
    post_exit(std::move(on_exit), unexpected(refused));
    return id;
  }
  waiting_.push_back({id, std::move(request), std::move(on_line), std::move(on_exit)});
  start_next();
  return id;
}

void ProcessRunner::start_next() {
  while (!waiting_.empty() && running_.size() < options_.most_running) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    start(std::move(next));
  }
}

void ProcessRunner::start(Waiting waiting) {
  auto spawned = spawn(waiting.request.argv, waiting.request.environment, waiting.request.directory,
                       waiting.request.input);
  if (!spawned) {
    post_exit(std::move(waiting.on_exit), unexpected(std::move(spawned).error()));
    return;
  }
  const ProcessId id = waiting.id;
  const auto child = std::make_shared<Child>(loop_, spawned->pid, std::move(spawned->pidfd));
  child->on_exit = std::move(waiting.on_exit);
  const auto reader = [&](UniqueFd fd, OutputStream stream) {
    auto result = std::make_shared<LineReader>(
        loop_, std::move(fd), options_, [on_line = waiting.on_line, stream](std::string_view line) {
          if (on_line) on_line(stream, line);
        });
    result->start();
    return result;
  };
  child->output = reader(std::move(spawned->standard_output), OutputStream::kStandardOutput);
  child->error = reader(std::move(spawned->standard_error), OutputStream::kStandardError);
  running_.emplace(id, child);

  await_end(id, *child);
  if (waiting.request.time_limit > Duration::zero()) {
    child->timer.expires_after(waiting.request.time_limit);
    child->timer.async_wait(
        [this, id, alive = std::weak_ptr(alive_)](const std::error_code& error) {
          if (error || alive.expired()) return;
          const auto found = running_.find(id);
          if (found == running_.end()) return;
          found->second->timed_out = true;
          stop(id);
        });
  }
}

void ProcessRunner::await_end(ProcessId id, Child& child) {
  child.ended.async_wait(asio::posix::stream_descriptor::wait_read,
                         [this, id, alive = std::weak_ptr(alive_)](const std::error_code& error) {
                           if (!error && !alive.expired()) reap(id);
                         });
}

void ProcessRunner::stop(ProcessId id) {
  for (auto waiting = waiting_.begin(); waiting != waiting_.end(); ++waiting) {
    if (waiting->id != id) continue;
    post_exit(std::move(waiting->on_exit),
              unexpected(IoError{ECANCELED, "run " + waiting->request.argv.front()}));
    waiting_.erase(waiting);
    return;
  }
  const auto found = running_.find(id);
  if (found == running_.end() || found->second->stopping) return;
  const std::shared_ptr<Child> child = found->second;
  child->stopping = true;
  child->signal_group(SIGTERM);
  child->timer.expires_after(options_.grace);
  child->timer.async_wait([weak = std::weak_ptr(child)](const std::error_code& error) {
    const auto stopped = weak.lock();
    if (!error && stopped) stopped->signal_group(SIGKILL);
  });
}

void ProcessRunner::kill_all() {
  for (Waiting& waiting : std::exchange(waiting_, {})) {
    post_exit(std::move(waiting.on_exit),
              unexpected(IoError{ECANCELED, "run " + waiting.request.argv.front()}));
  }
  for (const auto& [id, child] : running_) {
    child->stopping = true;
    child->signal_group(SIGKILL);
  }
}

void ProcessRunner::reap(ProcessId id) {
  const auto found = running_.find(id);
  if (found == running_.end()) return;
  const std::shared_ptr<Child> child = found->second;
  const auto pidfd = static_cast<id_t>(child->ended.native_handle());
  siginfo_t info{};
  if (::waitid(static_cast<idtype_t>(P_PIDFD), pidfd, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
    info.si_pid = child->pid;  // somebody else reaped it; how it ended is lost
    info.si_code = CLD_KILLED;
  }
  if (info.si_pid == 0) {  // woken for nothing
    await_end(id, *child);
    return;
  }
  // Before the reaping: until then its number, and so that of its group, cannot be another's.
  if (child->stopping) child->signal_group(SIGKILL);
  ::waitid(static_cast<idtype_t>(P_PIDFD), pidfd, nullptr, WEXITED | WNOHANG);

  ProcessExit exit;
  exit.timed_out = child->timed_out;
  if (info.si_code == CLD_EXITED) {
    exit.code = info.si_status;
  } else {
    exit.signal = info.si_status;
  }
  running_.erase(found);
  child->timer.cancel();
  child->ended.close();
  for (const auto& reader : {child->output, child->error}) {
    reader->drain();
    if (reader->is_open()) adopt(reader);
  }
  start_next();
  const OnExit on_exit = std::move(child->on_exit);
  if (on_exit) on_exit(exit);  // last: it may destroy this object
}

// Whatever the script has left behind goes on writing; the oldest pipes are given up.
void ProcessRunner::adopt(const std::shared_ptr<LineReader>& reader) {
  std::erase_if(orphans_, [](const auto& orphan) { return !orphan->is_open(); });
  orphans_.push_back(reader);
  if (orphans_.size() > kOrphanPipes) {
    orphans_.front()->close();
    orphans_.pop_front();
  }
}

void ProcessRunner::post_exit(OnExit on_exit, Expected<ProcessExit, IoError> result) {
  asio::post(loop_, [on_exit = std::move(on_exit), result = std::move(result),
                     alive = std::weak_ptr(alive_)] {
    if (!alive.expired() && on_exit) on_exit(result);
  });
}

}  // namespace hb::io
