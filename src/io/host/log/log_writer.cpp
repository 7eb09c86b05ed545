#include "io/host/log/log_writer.h"

#include <chrono>
#include <filesystem>
#include <system_error>

#include <unistd.h>

#include "io/host/host_name.h"
#include "io/host/log/log.h"
#include "io/host/log/messages.h"

namespace hb::io {
namespace {

std::optional<LogFile> file_target(const std::string& path, const LogTargets& targets) {
  if (path.empty() || path == "/dev/null") return std::nullopt;
  return LogFile(path, targets.owner, targets.mode);
}

// Waiting for the logging daemon is the log's own affair: no clock of the cluster.
Instant steady_now() { return Instant(std::chrono::steady_clock::now().time_since_epoch()); }

std::string_view view(const LogBuffer& buffer) { return {buffer.data(), buffer.size()}; }

}  // namespace

LogWriter::LogWriter(std::string entity, LogTargets targets)
    : self_{std::move(entity), host_name(), 0} {
  open_targets(std::move(targets));
}

void LogWriter::open_targets(LogTargets targets) {
  const bool same_logd = targets_.logd && targets.logd && logd_ &&
                         targets_.logd->socket == targets.logd->socket &&
                         targets_.logd->retry == targets.logd->retry;
  targets_ = std::move(targets);
  logfile_ = file_target(targets_.logfile, targets_);
  debugfile_ = file_target(targets_.debugfile, targets_);
  syslog_.reset();
  stand_in_.reset();
  if (targets_.facility) syslog_.emplace(targets_.syslog_socket);
  look_for_journal();
  if (same_logd) return;  // a connection that works stays
  logd_.reset();
  if (targets_.logd) logd_.emplace(*targets_.logd);
}

// The journal keeps what syslog's form cannot say: the fields of a message. It listens under the
// name of syslog where it is the system's log.
void LogWriter::look_for_journal() {
  journal_.reset();
  if (!targets_.facility) return;
  std::error_code error;
  const std::filesystem::path journal(targets_.journal_socket);
  const auto leads_to = std::filesystem::canonical(targets_.syslog_socket, error);
  if (error || leads_to != std::filesystem::canonical(journal.parent_path(), error) / "dev-log") {
    return;
  }
  journal_.emplace(targets_.journal_socket);
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
    look_for_journal();
  }
}

void LogWriter::write(const LogEntry& entry) {
  take_orders();
  write_to_all(entry);
  write_notes(entry.when);
}

void LogWriter::end_of_batch() {
  if (!std::exchange(severe_in_batch_, false) || !targets_.sync_severe) return;
  if (logfile_) logfile_->sync();
  if (debugfile_) debugfile_->sync();
}

LogSpeaker LogWriter::speaker_of(const LogEntry& entry) const {
  // Our pid is asked for each time: it is another one behind a fork.
  if (entry.entity.empty()) return {self_.entity, self_.host, ::getpid()};
  return {entry.entity, self_.host, entry.pid};
}

void LogWriter::write_to_all(const LogEntry& entry) {
  LogLine line{entry.message.severity, entry.message.text, {}, entry.severity_word};
  ::localtime_r(&entry.when, &line.local_time);
  const LogSpeaker speaker = speaker_of(entry);
  severe_in_batch_ |= entry.message.severity <= Severity::kError;
  if (targets_.standard_error) {
    LogBuffer out;
    append_file_line(out, speaker, line, targets_.syslog_format);
    // Nobody there any more.
    if (::write(STDERR_FILENO, out.data(), out.size()) < 0) targets_.standard_error = false;
  }
  if (write_to_logd(entry, speaker)) return;
  const bool is_in_a_file = write_to_files(entry, line, speaker);
  write_to_system_log(entry, line, speaker);
  if (!is_in_a_file && !syslog_) write_to_stand_in(line, speaker);
}

bool LogWriter::write_to_logd(const LogEntry& entry, const LogSpeaker& speaker) {
  if (!logd_) return false;
  LogBuffer text;
  append_one_line(text, entry.message.text, Log::kLongest);
  return logd_->send({.facility = targets_.facility.value_or(kDefaultFacility),
                      .priority = static_cast<int>(entry.message.severity),
                      .priority_word = true,
                      .pid = speaker.pid,
                      .entity = speaker.entity,
                      .unix_time = entry.when,
                      .text = std::string(view(text))},
                     steady_now());
}

bool LogWriter::write_to_files(const LogEntry& entry, const LogLine& line,
                               const LogSpeaker& speaker) {
  const bool for_logfile = logfile_ && entry.message.severity != Severity::kDebug;
  if (!for_logfile && !debugfile_) return true;
  LogBuffer out;
  append_file_line(out, speaker, line, targets_.syslog_format);
  const bool in_logfile = for_logfile && logfile_->append(view(out), entry.when);
  const bool in_debugfile = debugfile_ && debugfile_->append(view(out), entry.when);
  return in_logfile || in_debugfile;
}

// A daemon that logs nowhere cannot be understood.
void LogWriter::write_to_stand_in(const LogLine& line, const LogSpeaker& speaker) {
  if (!stand_in_) stand_in_.emplace(targets_.syslog_socket);
  LogBuffer out;
  append_syslog_datagram(out, speaker, line, kDefaultFacility, targets_.syslog_prefix);
  stand_in_->send(view(out));
}

void LogWriter::write_to_system_log(const LogEntry& entry, const LogLine& line,
                                    const LogSpeaker& speaker) {
  if (!syslog_) return;
  LogBuffer out;
  if (journal_) {
    append_journal_datagram(out, speaker, entry, *targets_.facility, targets_.syslog_prefix);
    if (journal_->send(view(out))) return;
    out.clear();
  }
  append_syslog_datagram(out, speaker, line, *targets_.facility, targets_.syslog_prefix);
  syslog_->send(view(out));
}

// A target that fails is told of on the others. What these have to say of that waits for the next
// message: two broken targets must not write about each other for ever.
void LogWriter::write_notes(std::time_t when) {
  const auto write_note = [&](auto& target) {
    if (!target) return;
    if (auto note = target->take_note()) write_to_all({*std::move(note), when});
  };
  write_note(logfile_);
  write_note(debugfile_);
  write_note(journal_);
  write_note(syslog_);
  write_note(logd_);
}

}  // namespace hb::io
