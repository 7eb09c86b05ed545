#include "tools/resource_manager.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <ostream>
#include <variant>

#include <regex.h>

#include "base/overloaded.h"
#include "core/resources/group_runner.h"
#include "tools/resource_text.h"

namespace hb::tools {
namespace {

using core::GroupRunner;

constexpr int kStopped = 3;  // LSB: program is not running

// A whole node name by an extended regular expression, whatever the case, as `listkeys` has it.
class NodePattern {
 public:
  explicit NodePattern(const std::string& pattern)
      : valid_(::regcomp(&compiled_, ("^(" + pattern + ")$").c_str(),
                         REG_EXTENDED | REG_ICASE | REG_NOSUB) == 0) {}
  NodePattern(const NodePattern&) = delete;
  NodePattern& operator=(const NodePattern&) = delete;
  ~NodePattern() {
    if (valid_) ::regfree(&compiled_);
  }

  [[nodiscard]] bool valid() const { return valid_; }
  [[nodiscard]] bool matches(const std::string& node) const {
    return ::regexec(&compiled_, node.c_str(), 0, nullptr, 0) == 0;
  }

 private:
  regex_t compiled_{};
  bool valid_;
};

Instant now() { return Instant(std::chrono::steady_clock::now().time_since_epoch()); }

std::string describe(const GroupRunner::Trouble& trouble, const std::string& resource) {
  using Trouble = GroupRunner::Trouble::Kind;
  switch (trouble.kind) {
    case Trouble::kStartFailed:
      return "CRIT: Giving up resources due to failure of " + resource;
    case Trouble::kStopRetried:
      return "info: Retrying failed stop operation [" + resource + "]";
    case Trouble::kStopNotCompliant:
      return "ERROR: " + resource +
             " reports a failed stop although it does not run; its script "
             "must succeed then";
    case Trouble::kStopFailed:
      return "CRIT: Resource STOP failure: " + resource +
             " runs on. Reset this machine before its data is used elsewhere";
    case Trouble::kLeftover:
      return "WARN: " + resource + " runs although it should not";
  }
  return {};
}

}  // namespace

ResourceManager::ResourceManager(Setup setup, AgentHost& agents, Streams streams)
    : setup_(std::move(setup)),
      agents_(agents),
      out_(streams.out),
      log_(streams.log),
      debug_(streams.debug) {}

int ResourceManager::run(const std::vector<std::string>& words) {
  const std::string command = words.empty() ? "" : words.front();
  if (words.size() == 1) {
    if (command == "allkeys") return list_keys(".*");
    if (command == "ourkeys") return list_resources(true);
    if (command == "otherkeys") return list_resources(false);
    if (command == "verifyallidle") return verify_all_idle();
  }
  if (words.size() == 2) {
    if (command == "listkeys") return list_keys(words[1]);
    if (command == "takegroup") return take_group(words[1]);
    if (command == "givegroup") return give_group(words[1]);
    if (command == "status") return status(words[1]);
    if (command == "statgroup") return group_status(words[1]);
  }
  return usage();
}

int ResourceManager::usage() {
  log_ << "usage: ResourceManager listkeys <node> | allkeys | ourkeys | otherkeys\n"
          "       ResourceManager takegroup <key> | givegroup <key> | statgroup <key>\n"
          "       ResourceManager status <resource> | verifyallidle\n";
  return 1;
}

int ResourceManager::list_keys(const std::string& node_pattern) {
  const NodePattern pattern(node_pattern);
  if (!pattern.valid()) {
    log_ << "ERROR: \"" << node_pattern << "\" is no regular expression for a node\n";
    return 1;
  }
  for (const ResourceGroup& group : setup_.groups) {
    if (pattern.matches(group.preferred.value())) out_ << group.key.value() << '\n';
  }
  return 0;
}

// Each group's resources, with a blank behind each: what callers cut into words.
int ResourceManager::list_resources(bool ours) {
  for (const ResourceGroup& group : setup_.groups) {
    if ((group.preferred.value() == setup_.local_node) != ours) continue;
    for (const ResourceSpec& resource : group.resources) out_ << resource.text << ' ';
    out_ << '\n';
  }
  return 0;
}

// By its key; for those who name another member, by that. Compared letter by letter.
const ResourceGroup* ResourceManager::find_group(const std::string& key) const {
  for (const ResourceGroup& group : setup_.groups) {
    if (group.key.value() == key) return &group;
  }
  for (const ResourceGroup& group : setup_.groups) {
    const auto is_named = [&](const ResourceSpec& resource) { return resource.text == key; };
    if (std::any_of(group.resources.begin(), group.resources.end(), is_named)) return &group;
  }
  return nullptr;
}

// Exits with 0 in any case, as callers of 3.0.6's script are used to; what failed is logged.
int ResourceManager::take_group(const std::string& key) {
  static_cast<void>(move(key, true));
  return 0;
}

int ResourceManager::give_group(const std::string& key) { return move(key, false) ? 0 : 1; }

// True: it was done as a whole.
bool ResourceManager::move(const std::string& key, bool take) {
  const ResourceGroup* group = find_group(key);
  if (group == nullptr) {
    log_ << "ERROR: haresources has no group " << key << '\n';
    return false;
  }
  log_ << "info: " << (take ? "Acquiring" : "Releasing")
       << " resource group: " << group->preferred.value() << ' ' << key << '\n';
  return walk(*group, take);
}

// Does what the runner asks for until it is through. True: taken, or released as a whole.
bool ResourceManager::walk(const ResourceGroup& group, bool take) {
  GroupRunner runner(group.resources.size(),
                     take ? GroupRunner::Job::kTake : GroupRunner::Job::kRelease,
                     setup_.stop_retries);
  for (;;) {
    const auto outcome = std::visit(
        Overloaded{[&](const GroupRunner::Call& call) -> std::optional<GroupRunner::Outcome> {
                     const ResourceSpec& resource = group.resources[call.resource];
                     if (call.op != AgentOp::kStatus) {
                       log_ << "info: Running " << resource.text << ' ' << word(call.op) << '\n';
                     }
                     const io::AgentOutcome result = agents_.run(resource, call.op);
                     if (result.kind == AgentResult::kFailed ||
                         result.kind == AgentResult::kTimedOut ||
                         result.kind == AgentResult::kNotFound) {
                       log_ << "ERROR: " << resource.text << ' ' << word(call.op) << ": "
                            << result.detail << '\n';
                     }
                     runner.finished(result.kind, now());
                     return std::nullopt;
                   },
                   [&](const GroupRunner::Wait& wait) -> std::optional<GroupRunner::Outcome> {
                     agents_.wait(wait.until - now());
                     runner.waited();
                     return std::nullopt;
                   },
                   [&](const GroupRunner::Outcome& done) { return std::optional(done); }},
        runner.next());
    for (const GroupRunner::Trouble& trouble : runner.take_troubles()) {
      log_ << describe(trouble, group.resources[trouble.resource].text) << '\n';
    }
    if (outcome) {
      return *outcome == (take ? GroupRunner::Outcome::kTaken : GroupRunner::Outcome::kReleased);
    }
  }
}

bool ResourceManager::is_running(const ResourceSpec& resource) {
  const io::AgentOutcome outcome = agents_.run(resource, AgentOp::kStatus);
  if (outcome.kind == AgentResult::kNotFound) log_ << "ERROR: " << outcome.detail << '\n';
  return outcome.kind == AgentResult::kRunning;
}

int ResourceManager::status(const std::string& resource) {
  const auto spec = parse_resource(resource);
  if (!spec) {
    log_ << "ERROR: " << spec.error() << '\n';
    return kStopped;
  }
  return is_running(*spec) ? 0 : kStopped;
}

// NONE, SOME or ALL of the group's resources run here; NONE of a group that is not there.
int ResourceManager::group_status(const std::string& key) {
  const ResourceGroup* group = find_group(key);
  std::size_t running = 0;
  const std::size_t all = group == nullptr ? 0 : group->resources.size();
  for (std::size_t i = 0; i < all; ++i) running += is_running(group->resources[i]) ? 1 : 0;
  debug_ << (running == 0 ? "NONE" : running == all ? "ALL" : "SOME") << '\n';
  return 0;
}

// Before the daemon starts nothing of what it manages should run. The exit code counts what does.
int ResourceManager::verify_all_idle() {
  int active = 0;
  for (const ResourceGroup& group : setup_.groups) {
    if (group.resources.empty() || !is_running(group.resources.front())) continue;
    ++active;
    log_ << "CRITICAL: Resource " << group.key.value() << " is active, and should not be!\n"
         << "CRITICAL: Non-idle resources can affect data integrity!\n"
         << "info: Something else than heartbeat has started it, such as the system's own "
            "configuration: leave it to one of the two.\n";
  }
  return std::min(active, 255);
}

}  // namespace hb::tools
