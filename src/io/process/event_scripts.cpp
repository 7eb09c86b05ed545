#include "io/process/event_scripts.h"

#include <algorithm>
#include <array>

#include "base/resource_script.h"
#include "base/text.h"
#include "io/process/script_files.h"

namespace hb::io {
namespace {

// The fields that 3.0.6's own messages bring to scripts (spec ha-cf.md 13), sorted. Not among them:
// `auth`, and whatever could name a file that a script reads.
constexpr std::array<std::string_view, 25> kExported = {
    "client",   "cv", "dest", "dt",  "hg",     "hopcnt",   "ifname", "info", "ipaddr",
    "isstable", "ld", "node", "ok",  "result", "rsc_hold", "rtype",  "seq",  "src",
    "srcuuid",  "st", "t",    "tag", "ts",     "ttl",      "weown"};
static_assert(std::is_sorted(kExported.begin(), kExported.end()));

}  // namespace

EventScripts::EventScripts(ProcessRunner& runner, Directories directories, Duration time_limit)
    : runner_(runner),
      directories_(std::move(directories)),
      time_limit_(time_limit),
      alive_(std::make_shared<bool>(true)) {
  set_environment({});
}

void EventScripts::set_environment(std::map<std::string, std::string> environment) {
  environment_ = std::move(environment);
  environment_.try_emplace("PATH", kDefaultPath);
}

bool EventScripts::is_exported(std::string_view field) {
  return std::binary_search(kExported.begin(), kExported.end(), field);
}

bool EventScripts::has_script(std::string_view type) const {
  return is_script_name(type) && is_executable_file(directories_.rc_d + "/" + to_lower(type));
}

void EventScripts::run(std::string_view type, const Fields& fields, std::string_view own_status) {
  if (!has_script(type)) return;
  waiting_.push_back({to_lower(type), fields, std::string(own_status)});
  if (waiting_.size() > kMostWaiting) {
    waiting_.pop_front();
    ++dropped_;
  }
  start_next();
}

void EventScripts::start_next() {
  if (running_ || waiting_.empty()) return;
  const Event event = std::move(waiting_.front());
  waiting_.pop_front();
  running_ = true;
  runner_.run(
      request_for(event),
      [this, type = event.type, alive = std::weak_ptr(alive_)](OutputStream stream,
                                                               std::string_view line) {
        if (!alive.expired() && on_output_) on_output_(type, stream, line);
      },
      [this, type = event.type,
       alive = std::weak_ptr(alive_)](const Expected<ProcessExit, IoError>& result) {
        if (alive.expired()) return;
        running_ = false;
        start_next();
        if (on_exit_) on_exit_(type, result);
      });
}

ProcessRequest EventScripts::request_for(const Event& event) const {
  std::map<std::string, std::string> environment = environment_;
  for (const auto& [name, value] : event.fields) {
    if (!is_exported(name) || value.find('\0') != std::string::npos) continue;
    environment.try_emplace("HA_" + name, value);
  }
  if (!event.own_status.empty()) environment.try_emplace("HA_OSTATUS", event.own_status);
  ProcessRequest request;
  const bool has_harc = is_executable_file(directories_.harc);
  request.argv = {has_harc ? directories_.harc : directories_.rc_d + "/" + event.type, event.type};
  request.environment = environment_of(environment);
  request.directory = directories_.working;
  request.time_limit = time_limit_;
  return request;
}

}  // namespace hb::io
