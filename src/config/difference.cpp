#include "config/difference.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "config/directives.h"

namespace hb::config {
namespace {

// Where a statement of this directive stands in what is told.
std::size_t rank(std::string_view directive) {
  const auto after_ha_cf = directives().size() + 1;
  if (directive == kSelfStatement) return 0;
  if (directive == kKeyStatement) return after_ha_cf;
  if (directive == kSigningStatement) return after_ha_cf + 1;
  if (directive == kGroupStatement) return after_ha_cf + 2;
  const Directive* row = find_directive(list_of(directive));
  if (row == nullptr) return after_ha_cf;
  return static_cast<std::size_t>(row - directives().data()) + 1;
}

struct Consequence {
  Impact impact;
  std::string_view note;
};

Consequence usual_consequence(std::string_view directive) {
  if (directive == kSelfStatement) {
    return {Impact::kRestart, "the other nodes know this one by its name"};
  }
  if (directive == kKeyStatement || directive == kSigningStatement) return {Impact::kKeys, ""};
  if (directive == kGroupStatement) return {Impact::kResources, ""};
  const Directive* row = find_directive(directive);
  if (row == nullptr) return {Impact::kRestart, "another release wrote it"};
  return {row->impact, row->impact_note};
}

Consequence consequence_of_value(const Statement& before, const Statement& after) {
  if (before.directive == "auto_failback" &&
      (before.meaning == "legacy" || after.meaning == "legacy")) {
    return {Impact::kRestart, "the two ways to hand resources over do not mix"};
  }
  return usual_consequence(after.directive);
}

enum class Fate { kAdded, kRemoved, kChanged };

// What becomes of an element of a list, in the words of an operator.
std::string_view fate_of(std::string_view directive, Impact impact, Fate fate) {
  const auto of = [fate](std::string_view added, std::string_view removed,
                         std::string_view changed) {
    switch (fate) {
      case Fate::kAdded:
        return added;
      case Fate::kRemoved:
        return removed;
      case Fate::kChanged:
        return changed;
    }
    return changed;
  };
  if (directive == kSigningStatement) return "what is sent is signed with it from now on";
  switch (impact) {
    case Impact::kNodes:
      return of("waited for", "forgotten", "");
    case Impact::kMedia:
      return of("opened", "closed", "closed and opened again; a peer hears it once its own fits");
    case Impact::kPingNodes:
      return of("watched", "not watched any more", "watched anew");
    case Impact::kClientRights:
      return of("", "", "sessions already open stay");
    case Impact::kClients:
      return of("started", "stopped", "stopped, then started");
    case Impact::kFencing:
      return of("used for the next fencing", "not used any more", "used for the next fencing");
    case Impact::kKeys:
      return of("accepted", "not accepted any more", "the new one is accepted, the old one not");
    case Impact::kResources:
      return of("started where it belongs", "released", "released, then started where it belongs");
    case Impact::kNothing:
    case Impact::kTimers:
    case Impact::kPackets:
    case Impact::kDebug:
    case Impact::kLogging:
    case Impact::kScripts:
    case Impact::kFailback:
    case Impact::kProcess:
    case Impact::kRestart:
      return "";
  }
  return "";
}

// The element counts by its name alone: it has no value to show.
std::string shown(const Statement& statement) {
  return statement.directive == list_of(statement.directive) || statement.shown.empty()
             ? statement.shown
             : fmt::format("{} ({})", statement.shown, statement.directive);
}

class Comparison {
 public:
  Comparison(const std::vector<Statement>& before, const std::vector<Statement>& after)
      : before_(before), after_(after) {}

  Difference run() && {
    const Index old_index = index(before_);
    const Index new_index = index(after_);
    for (const Statement& statement : before_) {
      const Statement* fresh = find(new_index, statement);
      if (fresh == nullptr) {
        removed(statement);
      } else {
        kept(statement, *fresh);
      }
    }
    for (const Statement& statement : after_) {
      if (find(old_index, statement) == nullptr) added(statement);
    }
    for (const std::string_view list : {"respawn", "stonith"}) order(list, new_index);
    order(kGroupStatement, new_index);
    std::stable_sort(changes_.begin(), changes_.end(), [](const Change& a, const Change& b) {
      return rank(a.directive) < rank(b.directive);
    });
    return Difference(std::move(changes_));
  }

 private:
  using Index = std::map<std::pair<std::string_view, std::string_view>, const Statement*>;

  static Index index(const std::vector<Statement>& statements) {
    Index index;
    for (const Statement& s : statements) index.emplace(key_of(s), &s);
    return index;
  }

  static Index::key_type key_of(const Statement& statement) {
    return {list_of(statement.directive), statement.subject};
  }

  static const Statement* find(const Index& index, const Statement& like) {
    const auto found = index.find(key_of(like));
    return found == index.end() ? nullptr : found->second;
  }

  void removed(const Statement& old) {
    const Consequence usual = usual_consequence(old.directive);
    add(old, shown(old), std::nullopt, usual, Fate::kRemoved);
  }

  void added(const Statement& fresh) {
    const Consequence usual = usual_consequence(fresh.directive);
    add(fresh, std::nullopt, shown(fresh), usual, Fate::kAdded);
  }

  void kept(const Statement& old, const Statement& fresh) {
    if (old.meaning == fresh.meaning && old.directive == fresh.directive) {
      if (old.shown != fresh.shown) respelt(old, fresh);
      return;
    }
    std::string after = shown(fresh);
    const std::string before = shown(old);
    if (before == after) after += ", another one";
    add(fresh, before, std::move(after), consequence_of_value(old, fresh), Fate::kChanged);
  }

  // The same, written otherwise. That is seen by scripts if it is a value that they get.
  void respelt(const Statement& old, const Statement& fresh) {
    const Directive* row = find_directive(fresh.directive);
    if (row == nullptr || !row->recorded) return;
    changes_.push_back({fresh.directive, fresh.subject, old.shown, fresh.shown, Impact::kScripts,
                        "the same value, written otherwise"});
  }

  void add(const Statement& statement, std::optional<std::string> before,
           std::optional<std::string> after, const Consequence& consequence, Fate fate) {
    std::string note(consequence.note);
    if (note.empty()) note = fate_of(statement.directive, consequence.impact, fate);
    changes_.push_back({statement.directive, statement.subject, std::move(before), std::move(after),
                        consequence.impact, std::move(note)});
  }

  // Of the elements of a list that stay, whether they stay in their order.
  void order(std::string_view list, const Index& new_index) {
    std::vector<const Statement*> stayed;
    for (const Statement& statement : before_) {
      if (list_of(statement.directive) != list) continue;
      if (const Statement* fresh = find(new_index, statement)) stayed.push_back(fresh);
    }
    if (std::is_sorted(stayed.begin(), stayed.end())) return;
    const std::string before = subjects(stayed);
    std::sort(stayed.begin(), stayed.end());
    changes_.push_back({std::string(list), "order", before, subjects(stayed),
                        usual_consequence(list).impact, "what runs is not touched"});
  }

  static std::string subjects(const std::vector<const Statement*>& statements) {
    std::string text;
    for (const Statement* statement : statements) {
      if (!text.empty()) text += ", ";
      text += statement->subject;
    }
    return text;
  }

  const std::vector<Statement>& before_;
  const std::vector<Statement>& after_;
  std::vector<Change> changes_;
};

// Both sides are in memory, so a secret may stand for itself; it is compared and not shown.
std::vector<Statement> undisguised(const Configuration& configuration) {
  return statements(configuration, [](std::string_view secret) { return std::string(secret); });
}

std::string values(const Change& change) {
  const auto text = [](std::string_view word, const std::optional<std::string>& value) {
    return value->empty() ? std::string(word) : fmt::format("{} {}", word, *value);
  };
  if (!change.before) return text("added", change.after);
  if (!change.after) return text("removed", change.before);
  const auto side = [](const std::string& value) { return value.empty() ? "\"\"" : value; };
  return fmt::format("{} -> {}", side(*change.before), side(*change.after));
}

// What programs and clients are told of a directive.
void keep_parameter(std::string_view name, const HaCf& running, HaCf& fresh) {
  const auto named = [&](const Parameter& parameter) { return parameter.name == name; };
  const auto& kept = running.parameters;
  const auto of_running = std::find_if(kept.begin(), kept.end(), named);
  const auto of_fresh = std::find_if(fresh.parameters.begin(), fresh.parameters.end(), named);
  if (of_running != kept.end() && of_fresh != fresh.parameters.end()) *of_fresh = *of_running;
}

}  // namespace

bool Difference::concerns(Impact impact) const {
  return std::any_of(changes_.begin(), changes_.end(),
                     [&](const Change& change) { return change.impact == impact; });
}

Difference compare(const std::vector<Statement>& before, const std::vector<Statement>& after) {
  return Comparison(before, after).run();
}

Difference compare(const Configuration& before, const Configuration& after) {
  return compare(undisguised(before), undisguised(after));
}

void keep_what_needs_restart(const Configuration& running, Configuration& fresh) {
  HaCf& ha_cf = fresh.ha_cf;
  fresh.self = running.self;
  ha_cf.uuidfrom = running.ha_cf.uuidfrom;
  ha_cf.hbgenmethod = running.ha_cf.hbgenmethod;
  ha_cf.pacemaker = running.ha_cf.pacemaker;
  keep_parameter("uuidfrom", running.ha_cf, ha_cf);
  keep_parameter("hbgenmethod", running.ha_cf, ha_cf);
  keep_parameter("crm", running.ha_cf, ha_cf);
  const auto legacy = [](const HaCf& file) { return file.auto_failback == AutoFailback::kLegacy; };
  if (legacy(ha_cf) == legacy(running.ha_cf)) return;
  ha_cf.auto_failback = running.ha_cf.auto_failback;
  keep_parameter("auto_failback", running.ha_cf, ha_cf);
}

std::string render(const Change& change) {
  std::string text = change.directive;
  if (!change.subject.empty()) text += " " + change.subject;
  text += fmt::format(": {} ({}", values(change), describe(change.impact));
  if (!change.note.empty()) text += "; " + change.note;
  return printable(text + ")");
}

std::string render(const Difference& difference) {
  if (difference.empty()) return "no change\n";
  std::string text;
  std::size_t restarts = 0;
  for (const Change& change : difference.changes()) {
    text += render(change) + "\n";
    if (change.impact == Impact::kRestart) ++restarts;
  }
  const std::size_t all = difference.changes().size();
  const std::string number = fmt::format("{} {}", all, all == 1 ? "change" : "changes");
  if (restarts == 0) return text + number + ", without a restart\n";
  if (restarts == all) return text + number + ", only with a restart\n";
  return text + fmt::format("{}, of which {} only with a restart\n", number, restarts);
}

std::string render_json(const Difference& difference) {
  const auto or_null = [](const std::optional<std::string>& value) {
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
  };
  nlohmann::ordered_json report;
  auto& all = report["changes"] = nlohmann::ordered_json::array();
  for (const Change& change : difference.changes()) {
    nlohmann::ordered_json one;
    one["directive"] = change.directive;
    one["subject"] = change.subject;
    one["before"] = or_null(change.before);
    one["after"] = or_null(change.after);
    one["impact"] = word(change.impact);
    one["restart"] = change.impact == Impact::kRestart;
    one["note"] = change.note;
    one["text"] = render(change);
    all.push_back(std::move(one));
  }
  report["restart"] = difference.needs_restart();
  return report.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace hb::config
