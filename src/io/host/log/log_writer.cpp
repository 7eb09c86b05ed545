#include "io/host/log/log_writer.h"

#include <unistd.h>

#include "io/host/host_name.h"

namespace hb::io {
namespace {

std::optional<LogFile> file_target(const std::string& path, const LogTargets& targets) {
  if (path.empty() || path == "/dev/null") return std::nullopt;
  return LogFile(path, targets.owner);
}

}  // namespace

LogWriter::LogWriter(std::string entity, LogTargets targets)
    : speaker_{std::move(entity), host_name(), 0} {
  open_targets(std::move(targets));
}

void LogWriter::open_targets(LogTargets targets) {
  targets_ = std::move(targets);
  logfile_ = file_target(targets_.logfile, targets_);
  debugfile_ = file_target(targets_.debugfile, targets_);
  syslog_.reset();
  if (targets_.facility) syslog_.emplace(targets_.syslog_socket);
}

void LogWriter::set_targets(LogTargets targets) {
  auto changed = std::make_unique<LogTargets>(std::move(targets));
  const std::lock_guard lock(new_targets_mutex_);
  new_targets_ = std::move(changed);
  targets_changed_ = true;
}

void LogWriter::take_orders() {
  if (targets_changed_.exchange(false)) {
    std::unique_ptr<LogTargets> changed;
    {
      const std::lock_guard lock(new_targets_mutex_);
      changed = std::move(new_targets_);
    }
    if (changed) open_targets(*std::move(changed));
  }
  if (reopen_wanted_.exchange(false)) {
    if (logfile_) logfile_->reopen();
    if (debugfile_) debugfile_->reopen();
  }
}

void LogWriter::write(Severity severity, std::string_view text, std::time_t when) {
  take_orders();
  write_to_all(severity, text, when);
  write_notes(when);
}

void LogWriter::note_dropped(std::uint64_t count, std::time_t when) {
  write(Severity::kWarning, fmt::format("{} messages were dropped: the log is too slow", count),
        when);
}

void LogWriter::write_to_all(Severity severity, std::string_view text, std::time_t when) {
  LogLine line{severity, text, {}};
  ::localtime_r(&when, &line.local_time);
  speaker_.pid = ::getpid();  // another one behind a fork

  LogBuffer out;
  append_file_line(out, speaker_, line, targets_.syslog_format);
  const std::string_view file_line(out.data(), out.size());
  if (targets_.standard_error && ::write(STDERR_FILENO, out.data(), out.size()) < 0) {
    targets_.standard_error = false;  // nobody there any more
  }
  if (logfile_ && severity != Severity::kDebug) logfile_->append(file_line, when);
  if (debugfile_) debugfile_->append(file_line, when);

  if (!syslog_) return;
  LogBuffer datagram;
  append_syslog_datagram(datagram, speaker_, line, *targets_.facility);
  syslog_->send({datagram.data(), datagram.size()});
}

// A target that fails is told of on the others. What these have to say of that waits for the next
// message: two broken targets must not write about each other for ever.
void LogWriter::write_notes(std::time_t when) {
  const auto write_note = [&](auto& target) {
    if (!target) return;
    if (const auto note = target->take_note()) write_to_all(Severity::kWarning, *note, when);
  };
  write_note(logfile_);
  write_note(debugfile_);
  write_note(syslog_);
}

}  // namespace hb::io
