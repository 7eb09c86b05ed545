#include "sim/campaign.h"

#include <algorithm>
#include <climits>
#include <cstring>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"

namespace hb::sim {
namespace {

// A run that takes longer has lost its way, however slow the machine.
constexpr unsigned kLongestRunSeconds = 1800;

enum class RecordKind : std::uint8_t { kBegin, kPassed, kFailed };

// What a worker says through its pipe; small enough to be written at once.
struct Record {
  RecordKind kind = RecordKind::kBegin;
  std::uint64_t seed = 0;
  char invariant[32] = {};
  char text[400] = {};
  Tally tally;
};
static_assert(sizeof(Record) <= PIPE_BUF);

void copy_text(std::string_view from, char* to, std::size_t size) {
  const std::size_t length = std::min(from.size(), size - 1);
  std::memcpy(to, from.data(), length);
  to[length] = '\0';
}

void say(int pipe, const Record& record) {
  const auto written = ::write(pipe, &record, sizeof record);
  if (written != static_cast<ssize_t>(sizeof record)) ::_exit(3);
}

Record record_of(std::uint64_t seed, const RunResult& result) {
  Record record{.kind = RecordKind::kPassed, .seed = seed, .tally = {}};
  record.tally.add(result);
  if (!result.violation) return record;
  record.kind = RecordKind::kFailed;
  copy_text(result.violation->invariant, record.invariant, sizeof record.invariant);
  const auto at = std::to_string(to_ms(result.violation->at.time_since_epoch())) + "ms: ";
  copy_text(at + result.violation->text, record.text, sizeof record.text);
  return record;
}

struct Worker {
  pid_t pid = -1;
  int pipe = -1;
  std::uint64_t next = 0;     // the first seed that it has not begun
  std::uint64_t running = 0;  // the seed that it is at
};

// One worker in charge of every `stride`th seed.
Worker launch(const CampaignOptions& options, std::uint64_t first) {
  int ends[2];
  HB_ASSERT(::pipe(ends) == 0);
  const pid_t pid = ::fork();
  HB_ASSERT(pid >= 0);
  if (pid > 0) {
    ::close(ends[1]);
    return {.pid = pid, .pipe = ends[0], .next = first, .running = first};
  }
  ::close(ends[0]);
  for (std::uint64_t seed = first; seed < options.from + options.seeds; seed += options.jobs) {
    say(ends[1], {.kind = RecordKind::kBegin, .seed = seed, .tally = {}});
    ::alarm(kLongestRunSeconds);
    say(ends[1], record_of(seed, run(draw_plan(seed, options.draw))));
  }
  ::_exit(0);
}

// Whether a whole record came.
bool receive(int pipe, Record& record) {
  std::size_t have = 0;
  auto* bytes = reinterpret_cast<char*>(&record);
  while (have < sizeof record) {
    const ssize_t got = ::read(pipe, bytes + have, sizeof record - have);
    if (got <= 0) return false;
    have += static_cast<std::size_t>(got);
  }
  return true;
}

void take(const Record& record, Worker& worker, const CampaignOptions& options,
          Campaign& campaign) {
  if (record.kind == RecordKind::kBegin) {
    worker.running = record.seed;
    worker.next = record.seed + options.jobs;
    return;
  }
  campaign.tally.add(record.tally);
  if (record.kind == RecordKind::kFailed)
    campaign.failures.push_back({record.seed, record.invariant, record.text});
}

std::string death_of(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                             : "exit status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

void Tally::add(const RunResult& result) {
  ++runs;
  steps += result.steps;
  simulated_ns += result.simulated.count();
  split_brain_ns += result.split_brain.count();
  for (std::size_t i = 0; i < faults.size(); ++i) faults[i] += result.faults[i];
  for (std::size_t i = 0; i < probes.size(); ++i) probes[i] += result.probes[i];
  for (std::size_t i = 0; i < checks.size(); ++i) checks[i] += result.checks[i];
}

void Tally::add(const Tally& other) {
  runs += other.runs;
  steps += other.steps;
  simulated_ns += other.simulated_ns;
  split_brain_ns += other.split_brain_ns;
  for (std::size_t i = 0; i < faults.size(); ++i) faults[i] += other.faults[i];
  for (std::size_t i = 0; i < probes.size(); ++i) probes[i] += other.probes[i];
  for (std::size_t i = 0; i < checks.size(); ++i) checks[i] += other.checks[i];
}

Campaign run_campaign(const CampaignOptions& options,
                      const std::function<void(const Campaign&)>& progress) {
  constexpr int kProgressMs = 500;
  Campaign campaign;
  std::vector<Worker> workers;
  for (unsigned i = 0; i < options.jobs && i < options.seeds; ++i)
    workers.push_back(launch(options, options.from + i));
  while (!workers.empty() && campaign.failures.size() < options.most_failures) {
    std::vector<pollfd> waiting;
    for (const Worker& worker : workers) waiting.push_back({worker.pipe, POLLIN, 0});
    ::poll(waiting.data(), waiting.size(), kProgressMs);
    for (std::size_t i = workers.size(); i-- > 0;) {
      if (waiting[i].revents == 0) continue;
      Worker& worker = workers[i];
      Record record;
      if (receive(worker.pipe, record)) {
        take(record, worker, options, campaign);
        continue;
      }
      ::close(worker.pipe);
      const std::string death = death_of(worker.pid);
      if (!death.empty()) campaign.failures.push_back({worker.running, "NoAbort", death});
      if (!death.empty() && worker.next < options.from + options.seeds) {
        worker = launch(options, worker.next);
      } else {
        workers.erase(workers.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    progress(campaign);
  }
  for (const Worker& worker : workers) {
    ::kill(worker.pid, SIGKILL);
    ::close(worker.pipe);
    static_cast<void>(death_of(worker.pid));
  }
  return campaign;
}

std::optional<Failure> run_apart(const Plan& plan) {
  int ends[2];
  HB_ASSERT(::pipe(ends) == 0);
  const pid_t pid = ::fork();
  HB_ASSERT(pid >= 0);
  if (pid == 0) {
    ::close(ends[0]);
    if (::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(3);
    ::alarm(kLongestRunSeconds);
    say(ends[1], record_of(0, run(plan)));
    ::_exit(0);
  }
  ::close(ends[1]);
  Record record;
  const bool told = receive(ends[0], record);
  ::close(ends[0]);
  const std::string death = death_of(pid);
  if (!told) return Failure{0, "NoAbort", death};
  if (record.kind != RecordKind::kFailed) return std::nullopt;
  return Failure{0, record.invariant, record.text};
}

}  // namespace hb::sim
