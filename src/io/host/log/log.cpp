#include "io/host/log/log.h"

#include <chrono>
#include <future>
#include <system_error>

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/sink.h>
#include <unistd.h>

#include "io/host/log/log_writer.h"
#include "io/host/realtime.h"

namespace hb::io {
namespace {

// spdlog carries a level of its own; our eight severities travel as the "line" of the message.
constexpr auto kAnyLevel = spdlog::level::info;

spdlog::source_loc carry(Severity severity) {
  return {nullptr, static_cast<int>(severity), nullptr};
}
Severity carried(const spdlog::details::log_msg& message) {
  return static_cast<Severity>(message.source.line);
}

// The thread pool's end of the queue.
class WriterSink final : public spdlog::sinks::sink {
 public:
  explicit WriterSink(LogWriter& writer) : writer_(writer) {}

  // The pool whose lost messages are to be told; it outlives the calls of log().
  void watch(spdlog::details::thread_pool* pool) { pool_ = pool; }

  void log(const spdlog::details::log_msg& message) override {
    const auto when = std::chrono::system_clock::to_time_t(message.time);
    tell_dropped(when);
    writer_.write(carried(message), {message.payload.data(), message.payload.size()}, when);
  }
  void flush() override {}  // every line is written at once
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

 private:
  void tell_dropped(std::time_t when) {
    const std::uint64_t dropped = pool_ == nullptr ? 0 : pool_->overrun_counter();
    if (dropped == told_) return;
    writer_.note_dropped(dropped - told_, when);
    told_ = dropped;
  }

  LogWriter& writer_;
  spdlog::details::thread_pool* pool_ = nullptr;
  std::uint64_t told_ = 0;
};

// The worker inherits the mask, so no signal of the daemon is ever delivered to it.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

constexpr std::size_t kWorkerStack = 1024 * 1024;  // bytes

}  // namespace

class Log::Backend {
 public:
  Backend(std::string entity, LogTargets targets)
      : writer_(std::move(entity), std::move(targets)) {}
  ~Backend() { stop_worker(); }

  LogWriter& writer() { return writer_; }

  void write(Severity severity, std::string_view text) {
    if (logger_) {
      logger_->log(carry(severity), kAnyLevel, spdlog::string_view_t(text.data(), text.size()));
    } else {
      writer_.write(severity, text, ::time(nullptr));
    }
  }

  void start_worker() {
    if (pool_) return;
    try {
      start_pool();
    } catch (const std::system_error& no_thread) {
      write(Severity::kError,
            fmt::format("cannot start the thread of the log: {}; a slow disk will delay heartbeats",
                        no_thread.what()));
      return;
    }
    auto sink = std::make_shared<WriterSink>(writer_);
    sink->watch(pool_.get());
    logger_ = std::make_shared<spdlog::async_logger>("heartbeat", std::move(sink), pool_,
                                                     spdlog::async_overflow_policy::overrun_oldest);
  }

  void stop_worker() {
    logger_.reset();
    pool_.reset();  // writes what is queued, then joins
    worker_ = 0;
  }

  void make_worker_realtime(int priority) const {
    if (worker_ == 0) return;
    sched_param parameters{};
    parameters.sched_priority = priority;
    ::sched_setscheduler(worker_, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters);
  }

 private:
  void start_pool() {
    const AllSignalsBlocked blocked;
    const ThreadStackSize small(kWorkerStack);
    std::promise<pid_t> thread;
    pool_ = std::make_shared<spdlog::details::thread_pool>(kQueuedMessages, 1, [&thread] {
      ::pthread_setname_np(::pthread_self(), "hb-log");
      thread.set_value(::gettid());
    });
    worker_ = thread.get_future().get();
  }

  LogWriter writer_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> logger_;
  pid_t worker_ = 0;
};

Log::Log(std::string entity, LogTargets targets)
    : backend_(std::make_unique<Backend>(std::move(entity), std::move(targets))) {}
Log::~Log() = default;

void Log::set_targets(LogTargets targets) { backend_->writer().set_targets(std::move(targets)); }
void Log::reopen() { backend_->writer().reopen(); }
void Log::start_worker() { backend_->start_worker(); }
void Log::stop_worker() { backend_->stop_worker(); }
void Log::make_worker_realtime(int priority) { backend_->make_worker_realtime(priority); }

void Log::write(Severity severity, std::string_view text) {
  backend_->write(severity, text.substr(0, kLongest));
}

}  // namespace hb::io
