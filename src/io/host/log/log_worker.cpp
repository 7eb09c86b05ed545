#include "io/host/log/log_worker.h"

#include <chrono>
#include <future>
#include <thread>
#include <utility>

#include <pthread.h>
#include <signal.h>
#include <spdlog/common.h>  // the queue forgets to
#include <spdlog/details/mpmc_blocking_q.h>
#include <unistd.h>

#include "io/host/log/log_writer.h"
#include "io/host/log/messages.h"
#include "io/host/realtime.h"

namespace hb::io {
namespace {

// The thread inherits the mask, so no signal of the daemon is ever delivered to it.
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

constexpr std::size_t kStack = 1024 * 1024;  // bytes
// The queue offers only a bounded wait; waking this seldom costs nothing.
constexpr auto kLongWait = std::chrono::minutes(10);

struct Item {
  enum class Kind { kEntry, kWake, kEnd };
  Kind kind = Kind::kWake;
  LogEntry entry = {};
};

}  // namespace

struct LogWorker::Shared {
  Shared(std::shared_ptr<LogWriter> destination, std::size_t queued_most)
      : writer(std::move(destination)), queue(queued_most) {}

  std::shared_ptr<LogWriter> writer;
  spdlog::details::mpmc_blocking_queue<Item> queue;
  std::uint64_t told = 0;  // of the messages that were dropped
  std::promise<pid_t> started;
  std::promise<void> ended;

  void run() {
    ::pthread_setname_np(::pthread_self(), "hb-log");
    started.set_value(::gettid());
    for (Item item; item.kind != Item::Kind::kEnd;) {
      item = {};
      if (!queue.dequeue_for(item, kLongWait)) continue;
      write(item);
      if (queue.size() == 0) writer->end_of_batch();
    }
    writer->end_of_batch();
    ended.set_value();
  }

  void write(const Item& item) {
    if (item.kind != Item::Kind::kEntry) return writer->take_orders();
    if (const std::uint64_t dropped = queue.overrun_counter(); dropped != told) {
      writer->write({message<"log-dropped">(dropped - told), item.entry.when});
      told = dropped;
    }
    writer->write(item.entry);
  }
};

LogWorker::LogWorker(std::shared_ptr<LogWriter> writer, std::size_t queued_most)
    : shared_(std::make_shared<Shared>(std::move(writer), queued_most)) {
  const AllSignalsBlocked blocked;
  const ThreadStackSize small(kStack);
  std::thread([shared = shared_] { shared->run(); }).detach();
  thread_ = shared_->started.get_future().get();
}

LogWorker::~LogWorker() { stop(kPatience); }

void LogWorker::push(LogEntry entry) {
  shared_->queue.enqueue_nowait({Item::Kind::kEntry, std::move(entry)});
}

void LogWorker::wake() { shared_->queue.enqueue_nowait({}); }

std::size_t LogWorker::queued() const { return shared_->queue.size(); }

bool LogWorker::stop(Duration patience) {
  if (thread_ == 0) return true;
  thread_ = 0;
  shared_->queue.enqueue_nowait({Item::Kind::kEnd});
  return shared_->ended.get_future().wait_for(patience) == std::future_status::ready;
}

}  // namespace hb::io
