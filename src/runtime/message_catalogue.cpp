#include "runtime/message_catalogue.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/message_text.h"
#include "base/text.h"
#include "core/notes.h"
#include "io/host/log/format.h"
#include "io/host/log/messages.h"
#include "runtime/translate.h"

namespace hb::runtime {
namespace {

// A line is recognised by this many characters of the row's own; fewer fit by chance.
constexpr std::size_t kLikenessWanted = 8;
constexpr std::size_t kSimilarMost = 5;
constexpr std::string_view kNothingToDo = "For information; there is nothing to do.";
constexpr std::size_t kWidth = 76;  // columns of a terminal

std::vector<CatalogueEntry> collect() {
  std::vector<CatalogueEntry> all;
  for (const core::NoteKind& note : core::note_kinds()) {
    all.push_back({note.name, to_log_severity(note.severity), note.text,
                   note.explanation.empty() ? kNothingToDo : note.explanation});
  }
  for (const io::MessageKind& kind : io::message_kinds()) {
    all.push_back({kind.id, kind.severity, kind.text, kind.explanation});
  }
  std::sort(all.begin(), all.end(),
            [](const CatalogueEntry& a, const CatalogueEntry& b) { return a.id < b.id; });
  return all;
}

std::string wrapped(std::string_view text, std::string_view indent) {
  std::string lines;
  std::size_t column = kWidth;
  for (const std::string& word : split_words(text)) {
    if (column + 1 + word.size() > kWidth) {
      lines += lines.empty() ? "" : "\n";
      lines += indent;
      column = indent.size();
    } else {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += word.size();
  }
  return lines + "\n";
}

// An extended regular expression that fits every line of the row; none if it would fit nearly all
// lines, as that of what a script prints.
std::optional<std::string> expression_of(std::string_view text) {
  std::string expression;
  std::size_t own_letters = 0;
  while (!text.empty()) {
    if (const std::size_t end = text.find('}'); text.front() == '{' && end != text.npos) {
      expression += ".*";
      text.remove_prefix(end + 1);
      continue;
    }
    if (std::string_view("\\.[(){*+?|^$").find(text.front()) != std::string_view::npos) {
      expression += '\\';
    }
    expression += text.front();
    text.remove_prefix(1);
    ++own_letters;
  }
  if (own_letters < kLikenessWanted) return std::nullopt;
  return expression;
}

bool share_a_word(std::string_view a, std::string_view b) {
  const std::vector<std::string> words = split_words(a, "-_ ");
  for (const std::string& word : split_words(b, "-")) {
    if (word.size() > 2 && std::find(words.begin(), words.end(), word) != words.end()) return true;
  }
  return false;
}

// Length of the place at the beginning of a finding, with the blank behind it: a path with line and
// column; of a whole file, the path alone. 0 if it is none.
std::size_t length_of_place(std::string_view text) {
  constexpr std::array kFiles =
      std::to_array<std::string_view>({"ha.cf", "authkeys", "haresources", "logd.cf"});
  const std::size_t path_end = std::min(text.find_first_of(": "), text.size());
  const std::string_view path = text.substr(0, path_end);
  const bool ours =
      std::find(kFiles.begin(), kFiles.end(), path.substr(path.rfind('/') + 1)) != kFiles.end();
  if (!ours && !path.starts_with('/')) return 0;
  std::size_t end = path_end;  // of what has been taken, without its colon
  int numbers = 0;
  for (; numbers < 2; ++numbers) {
    const std::size_t next = text.find_first_not_of("0123456789", end + 1);
    if (next == std::string_view::npos || next == end + 1 || text[next] != ':') break;
    end = next;
  }
  const bool complete = text.substr(std::min(end, text.size())).starts_with(": ");
  return complete && (ours || numbers > 0) ? end + 2 : 0;
}

// By the severity in front of the place, as in a log, or behind it, as `heartbeat --check` has it.
std::string_view id_of_finding(std::string_view before, std::string_view behind) {
  struct Word {
    std::string_view in_log, in_check, id;
  };
  constexpr std::array kWords = std::to_array<Word>({{"ERROR: ", "error: ", "config-error"},
                                                     {"WARN: ", "warning: ", "config-warning"},
                                                     {"info: ", "info: ", "config-info"}});
  for (const Word& word : kWords) {
    if (before.ends_with(word.in_log) || behind.starts_with(word.in_check)) return word.id;
  }
  return "";
}

std::optional<CatalogueEntry> recognise_finding(std::string_view line) {
  for (std::size_t at = 0; at < line.size();
       at = std::min(line.find(' ', at), line.size() - 1) + 1) {
    const std::size_t length = length_of_place(line.substr(at));
    if (length == 0) continue;
    const auto id = id_of_finding(line.substr(0, at), line.substr(at + length));
    auto found = find_message(id);
    if (found) found->text = line.substr(at);
    return found;
  }
  return std::nullopt;
}

}  // namespace

const std::vector<CatalogueEntry>& message_catalogue() {
  static const std::vector<CatalogueEntry> kAll = collect();
  return kAll;
}

std::optional<CatalogueEntry> find_message(std::string_view id) {
  for (const CatalogueEntry& entry : message_catalogue()) {
    if (entry.id == id) return entry;
  }
  return std::nullopt;
}

std::optional<CatalogueEntry> recognise_line(std::string_view line) {
  std::optional<CatalogueEntry> best = recognise_finding(line);
  if (best) return best;
  std::size_t best_likeness = kLikenessWanted - 1;
  for (const CatalogueEntry& entry : message_catalogue()) {
    const std::size_t found = likeness(line, entry.text);
    if (found <= best_likeness) continue;
    best = entry;
    best_likeness = found;
  }
  return best;
}

std::vector<std::string_view> similar_ids(std::string_view id) {
  std::vector<std::pair<std::size_t, std::string_view>> found;
  const std::string wanted = to_lower(id.substr(0, io::MessageId::kLongest));
  for (const CatalogueEntry& entry : message_catalogue()) {
    const std::size_t edits = edit_distance(wanted, entry.id);
    if (edits <= 1 + wanted.size() / 4) {
      found.emplace_back(edits, entry.id);
    } else if (share_a_word(wanted, entry.id)) {
      found.emplace_back(wanted.size() + edits, entry.id);
    }
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string_view> ids;
  for (const auto& [edits, name] : found) {
    if (ids.size() < kSimilarMost) ids.push_back(name);
  }
  return ids;
}

std::string render_explanation(const CatalogueEntry& entry) {
  return fmt::format("{} ({})\n{}{}journal: MESSAGE_ID={}\n", entry.id, io::word(entry.severity),
                     wrapped(entry.text, "  "), wrapped(entry.explanation, ""),
                     io::journal_message_id(entry.id));
}

std::string render_message_list() {
  std::string list;
  for (const CatalogueEntry& entry : message_catalogue()) {
    list += fmt::format("{:<24} {:<6} {}\n", entry.id, io::word(entry.severity), entry.text);
  }
  return list;
}

std::string render_message_page() {
  std::string page = R"(# Messages

<!-- Made from core/notes.cpp and io/host/log/message_table.h by the program hb_message_doc; do not
     edit. The test MessageCatalogue.ThePageIsUpToDate tells when it must be made again. -->

Every line that `heartbeat` and `ha_logd` log, by its id. The id stays the same from release to release;
wording may be made clearer, except where log filters of 3.0.6 know it. `{name}` stands for what differs.

* `heartbeat explain node-dead` prints the row of an id, `heartbeat explain` all of them.
* Files and syslog show lines in the form of 3.0.6, which has no room for an id:
  `heartbeat explain 'the line'` finds it by the words.
* The journal has the id of each line as `HB_ID`, what stands at its places as `HB_PEER`, `HB_GROUP` and so
  on, and a `MESSAGE_ID`: `journalctl HB_PEER=bob`, `journalctl -t heartbeat HB_ID=node-dead`; with
  `journalctl -x` the explanation stands below each line.

)";
  for (const CatalogueEntry& entry : message_catalogue()) {
    page += fmt::format("## {}\n\n**{}** `{}`\n\n{}\n\n", entry.id, io::word(entry.severity),
                        entry.text, entry.explanation);
  }
  page.pop_back();
  return page;
}

std::string render_logcheck_filter() {
  // The time as syslog has it, the host, then our name and number as a file or the journal shows
  // it.
  static constexpr std::string_view kBefore =
      "^([[:alpha:]]{3} [ :[:digit:]]{11}|[0-9T:.+-]{32}) [._[:alnum:]-]+ "
      "(heartbeat|logd|ha_logd)(\\[[0-9]+])?: (\\[[0-9]+]: )?info: ";
  std::string filter = "# Made by hb_message_doc; do not edit.\n";
  for (const CatalogueEntry& entry : message_catalogue()) {
    if (entry.severity != io::Severity::kInfo) continue;
    if (const auto expression = expression_of(entry.text)) {
      filter += fmt::format("{}{}$\n", kBefore, *expression);
    }
  }
  return filter;
}

std::string render_journal_catalogue() {
  std::string catalogue =
      "# Made by hb_message_doc; do not edit. For journalctl -x: journalctl --update-catalog\n";
  for (const CatalogueEntry& entry : message_catalogue()) {
    catalogue += fmt::format(
        "\n-- {}\nSubject: heartbeat: {}\nDefined-By: heartbeat\nSupport: man:heartbeat(8)\n\n{}",
        io::journal_message_id(entry.id), entry.id, wrapped(entry.explanation, ""));
  }
  return catalogue;
}

}  // namespace hb::runtime
