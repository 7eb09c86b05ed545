#include "io/host/log/log.h"

#include <algorithm>
#include <ctime>
#include <optional>
#include <system_error>
#include <utility>

#include <sched.h>

#include "io/host/log/log_worker.h"
#include "io/host/log/log_writer.h"

namespace hb::io {

class Log::Backend {
 public:
  Backend(std::string entity, LogTargets targets, std::size_t queued_most)
      : queued_most_(queued_most),
        writer_(std::make_shared<LogWriter>(std::move(entity), std::move(targets))) {}

  void write(LogEntry entry) {
    std::string& text = entry.message.text;
    text.resize(std::min(text.size(), kLongest));
    if (worker_) {
      worker_->push(std::move(entry));
    } else if (!hung_) {
      writer_->write(entry);
    }
  }

  void set_targets(LogTargets targets) {
    writer_->set_targets(std::move(targets));
    take_orders();
  }

  void reopen() {
    writer_->reopen();
    take_orders();
  }

  void start_worker() {
    if (worker_) return;
    try {
      worker_.emplace(writer_, queued_most_);
    } catch (const std::system_error& no_thread) {
      write({message<"log-no-thread">(no_thread.what()), std::time(nullptr)});
    }
  }

  void stop_worker() {
    if (worker_) hung_ = !worker_->stop(LogWorker::kPatience);
    worker_.reset();
  }

  [[nodiscard]] std::size_t queued() const { return worker_ ? worker_->queued() : 0; }

  void make_worker_realtime(int priority) const {
    if (!worker_) return;
    sched_param parameters{};
    parameters.sched_priority = priority;
    const int policy = priority == 0 ? SCHED_OTHER : SCHED_FIFO | SCHED_RESET_ON_FORK;
    ::sched_setscheduler(worker_->thread(), policy, &parameters);
  }

 private:
  void take_orders() {
    if (worker_) {
      worker_->wake();
    } else if (!hung_) {
      writer_->take_orders();
    }
  }

  std::size_t queued_most_;
  std::shared_ptr<LogWriter> writer_;
  std::optional<LogWorker> worker_;
  bool hung_ = false;  // the writer belongs to a thread that never came back
};

Log::Log(std::string entity, LogTargets targets, std::size_t queued_most)
    : backend_(std::make_unique<Backend>(std::move(entity), std::move(targets), queued_most)) {}
Log::~Log() { stop_worker(); }

void Log::set_targets(LogTargets targets) { backend_->set_targets(std::move(targets)); }
void Log::reopen() { backend_->reopen(); }
void Log::start_worker() { backend_->start_worker(); }
void Log::stop_worker() { backend_->stop_worker(); }
void Log::make_worker_realtime(int priority) { backend_->make_worker_realtime(priority); }
void Log::write(Message message) { relay({std::move(message), std::time(nullptr)}); }
void Log::relay(LogEntry entry) { backend_->write(std::move(entry)); }
std::size_t Log::queued() const { return backend_->queued(); }

}  // namespace hb::io
