#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "config/directives.h"
#include "config/times.h"

namespace hb::config {
namespace {

struct Section {
  std::string_view title;
  std::string_view introduction;
  Effect effect;
};

constexpr Section kSections[] = {
    {"Directives with effect", "", Effect::kBuilt},
    {"Informational directives", "Recorded, shown to clients and exported to scripts.",
     Effect::kInformational},
    {"Directives without effect yet",
     "Read, checked and recorded, but nothing acts on them in this release. Each one that asks for "
     "something is accepted with a warning.",
     Effect::kNotYet},
    {"Obsolete directives", "Accepted with a warning.", Effect::kObsolete},
    {"Refused directives", "Known names that cannot be used; each is an error that says why.",
     Effect::kRefused},
};

constexpr std::string_view kIntroduction = R"(# Directives of ha.cf

<!-- Made from the table in src/config/directives.cpp by the program hb_directive_doc; do not edit.
     The test DirectivePage.IsUpToDate tells when it must be made again. -->

## Form of the file

* One directive a line: its name, in lower case, then its values. Leading blanks do not count; lines
  may be of any length; there is no continuation, no quoting, no variable.
* The first `#` anywhere in a line begins a comment.
* Values are separated by blanks; for the directives of class S and M1 commas separate too, and each
  value is applied in turn (`keepalive 2,3` is 3). A line without value does nothing.
* A directive given again replaces the earlier one unless its row says otherwise. Lines act in their
  order: `udpport` and `baud` apply to the media below them. The port of a type of medium (bcast,
  ucast, ucast6) is fixed by the first line of that type.
* Times are )";

constexpr std::string_view kAfterTimes = R"(; they are rounded to
  milliseconds, and nothing stands between number and unit.
* Booleans are true, on, yes, y, 1 and false, off, no, n, 0, in any case.
* All errors of a file are reported at once; a file with an error is not used.
* A reload brings changes into force in place, unless a row says that they need a restart;
  `heartbeat --check --diff` shows them beforehand.

Classes: **S** values one by one; **W** the whole line, split at blanks; **M1** each word one medium;
**M2** the whole line one medium. A recorded directive is listed by `heartbeat -v` and exported to
scripts as `HA_<name>`.
)";

std::string_view class_of(Form form) {
  switch (form) {
    case Form::kScalar:
      return "S";
    case Form::kWholeLine:
      return "W";
    case Form::kMediumPerWord:
      return "M1";
    case Form::kMediumWholeLine:
      return "M2";
  }
  return "";
}

std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c;
  }
  return result;
}

std::string default_of(const Directive& directive) {
  if (!directive.default_text.empty()) return fmt::format("`{}`", directive.default_text);
  if (!directive.default_note.empty()) return std::string(directive.default_note);
  return "—";
}

std::string notes_of(const Directive& directive) {
  std::string notes(directive.help);
  notes += ".";
  if (!directive.alias.empty()) notes += fmt::format(" Also written `{}`.", directive.alias);
  if (!directive.position.empty()) notes += fmt::format(" Stands before {}.", directive.position);
  switch (directive.repeat) {
    case Repeat::kLastWins:
      break;
    case Repeat::kAccumulates:
      notes += " May be repeated.";
      break;
    case Repeat::kOnce:
      notes += " Once only.";
      break;
  }
  if (directive.impact == Impact::kRestart) {
    notes += fmt::format(" A change needs a restart: {}.", directive.impact_note);
  }
  if (!directive.effect_note.empty()) notes += fmt::format(" *{}.*", directive.effect_note);
  return notes;
}

std::string row_of(const Directive& directive) {
  return fmt::format(
      "| `{}` | {} | {} | {} | {} | {} | {} | {} |\n", directive.name,
      cell(directive.arguments.empty() ? "—" : fmt::format("`{}`", directive.arguments)),
      class_of(directive.form), cell(directive.accepted), default_of(directive),
      directive.recorded ? "yes" : "no", directive.since, cell(notes_of(directive)));
}

}  // namespace

std::string render_directive_page() {
  std::string page(kIntroduction);
  page += kTimeSyntax;
  page += kAfterTimes;
  for (const Section& section : kSections) {
    page += fmt::format("\n## {}\n\n", section.title);
    if (!section.introduction.empty()) page += fmt::format("{}\n\n", section.introduction);
    page += "| directive | arguments | class | accepted | default | recorded | since | meaning |\n";
    page += "|---|---|---|---|---|---|---|---|\n";
    for (const Directive& directive : directives()) {
      if (directive.effect == section.effect) page += row_of(directive);
    }
  }
  return page;
}

std::string render_default_table(TableStyle style, std::string_view version) {
  std::string table;
  const auto out = std::back_inserter(table);
  switch (style) {
    case TableStyle::kPlain:
      // The widths are those of 3.0.6: scripts cut this table by columns.
      fmt::format_to(out, "{:<24} {:<9} {}\n{:-<80}\n", "Directive", "Default", "Description", "");
      break;
    case TableStyle::kWiki:
      fmt::format_to(out, "Defaults of ha.cf, heartbeat {}\n\n", version);
      fmt::format_to(out, "||''Directive''||''Default''||''Description''||\n");
      break;
  }
  for (const Directive& directive : directives()) {
    if (directive.default_text.empty()) continue;
    switch (style) {
      case TableStyle::kPlain:
        fmt::format_to(out, "{:<24} {:<9} {}\n", directive.name, directive.default_text,
                       directive.help);
        break;
      case TableStyle::kWiki:
        fmt::format_to(out, "||{}||{}||{}||\n", directive.name, directive.default_text,
                       directive.help);
        break;
    }
  }
  return table;
}

}  // namespace hb::config
