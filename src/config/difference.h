#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/impact.h"
#include "config/statements.h"

namespace hb::config {

// One thing that one configuration says and another does not, or says otherwise.
struct Change {
  std::string directive;              // see Statement
  std::string subject;                // which one of several
  std::optional<std::string> before;  // for people; none: was not there
  std::optional<std::string> after;   // none: is not there any more
  Impact impact = Impact::kNothing;
  std::string note;  // what becomes of it, or why it cannot change; may be empty

  friend bool operator==(const Change&, const Change&) = default;
};

// What the change from one configuration to another amounts to: ha.cf in the order of the table of
// directives, then authkeys, then haresources. Holds no secret: keys are named by number and
// method.
class Difference {
 public:
  Difference() = default;
  explicit Difference(std::vector<Change> changes) : changes_(std::move(changes)) {}

  [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }
  [[nodiscard]] bool empty() const { return changes_.empty(); }
  // Whether any change has this impact: whether that part of the daemon has work to do.
  [[nodiscard]] bool concerns(Impact impact) const;
  [[nodiscard]] bool needs_restart() const { return concerns(Impact::kRestart); }

 private:
  std::vector<Change> changes_;
};

/// Compares two checked configurations by what they mean. Places, order and spelling do not count,
/// but where they are seen: scripts see the text of a value (HA_deadtime), managed clients start in
/// file order, fencing devices are tried in file order, groups are taken in file order.
/// Empty exactly if the two do the same.
[[nodiscard]] Difference compare(const Configuration& before, const Configuration& after);

// The same for what configurations say, both disguised alike; see statements().
[[nodiscard]] Difference compare(const std::vector<Statement>& before,
                                 const std::vector<Statement>& after);

// Takes over from the running configuration what cannot change while the daemon runs, so that the
// rest of the fresh one can come into force, and the next comparison still names it.
void keep_what_needs_restart(const Configuration& running, Configuration& fresh);

// One change in one line: `keepalive: 1 -> 500ms (applied in place: timers)`.
[[nodiscard]] std::string render(const Change& change);

// One line a change and a last one that counts them, for people.
[[nodiscard]] std::string render(const Difference& difference);

// The same for programs: {"changes": [{"directive", "subject", "before", "after", "impact",
// "restart", "note", "text"}], "restart"}; what was or is not there is null.
[[nodiscard]] std::string render_json(const Difference& difference);

// What came into a list and what left it, for whoever carries a change out. Elements are compared
// by ==, and one that occurs twice counts twice.
template <class T>
struct ListChange {
  std::vector<T> removed;  // in the old order
  std::vector<T> added;    // in the new order
};
template <class T>
[[nodiscard]] ListChange<T> compare_lists(const std::vector<T>& before,
                                          const std::vector<T>& after) {
  ListChange<T> change{before, {}};
  for (const T& element : after) {
    const auto known = std::find(change.removed.begin(), change.removed.end(), element);
    if (known == change.removed.end()) {
      change.added.push_back(element);
    } else {
      change.removed.erase(known);
    }
  }
  return change;
}

}  // namespace hb::config
