#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "config/ha_cf.h"
#include "config/impact.h"

namespace hb::config {

// How the text after the name is taken apart (spec: ha-cf 2, point 8).
enum class Form {
  kScalar,           // S: on commas and blanks; each word is a value, applied in turn
  kWholeLine,        // W: on blanks, by a parser of its own
  kMediumPerWord,    // M1: on commas and blanks; each word is one medium
  kMediumWholeLine,  // M2: on blanks; the line is one medium
};

enum class Effect {
  kBuilt,          // does what it says
  kInformational,  // recorded and exported, nothing depends on it
  kNotYet,         // read and checked, but without effect so far: accepted with a warning
  kObsolete,       // accepted and translated, or ignored, with a warning
  kRefused,        // known, and not to be had here: an error that says why
};

enum class Repeat { kLastWins, kAccumulates, kOnce };

// What a scalar's value is and where it goes.
struct TimeValue {
  Duration HaCf::*field;
  bool zero_allowed;
};
struct MillisecondsValue {  // a bare integer > 0
  Duration HaCf::*field;
};
struct BooleanValue {
  bool HaCf::*field;
};
struct OptionalBooleanValue {
  std::optional<bool> HaCf::*field;
};
struct IntegerValue {
  int HaCf::*field;
  int low;
  int high;
};
struct OptionalIntegerValue {
  std::optional<int> HaCf::*field;
  int low;
  int high;
};
struct TextValue {
  std::string HaCf::*field;
  bool absolute_path;
};
struct OptionalTextValue {
  std::optional<std::string> HaCf::*field;
};
struct ChoiceValue {
  std::span<const std::string_view> words;
  bool any_case;
  void (*set)(HaCf&, std::size_t index);
};
// By a parser of its own in config/ha_cf_parser.cpp: nodes, media, whole lines, odd scalars.
struct OwnValue {};
using Value =
    std::variant<OwnValue, TimeValue, MillisecondsValue, BooleanValue, OptionalBooleanValue,
                 IntegerValue, OptionalIntegerValue, TextValue, OptionalTextValue, ChoiceValue>;

// One directive of ha.cf. Parsing, checking, defaults, `heartbeat -D`, docs/directives.md, what a
// change of it means and the warnings about what is not built yet all come from this row.
struct Directive {
  std::string_view name;
  std::string_view alias = "";        // another name for it; empty if none
  Impact impact;                      // of a change of it on a running daemon
  std::string_view impact_note = "";  // why it needs a restart
  Form form = Form::kScalar;
  std::string_view arguments;  // for people: "TIME", "NAME…"
  std::string_view accepted;   // what values pass: "expected" of the errors, a column of the page
  std::string_view default_text = "";  // recorded as it is; empty: none, or computed
  std::string_view default_note = "";  // for people, if the default is computed
  std::string_view since = "3.0.6";    // the release that has it
  std::string_view position = "";      // what it must stand before; empty if anywhere
  Repeat repeat = Repeat::kLastWins;
  bool recorded = false;  // listed by -v, exported as HA_<name>
  Effect effect = Effect::kBuilt;
  std::string_view effect_note = "";  // what that means, for everything but kBuilt
  Value value = OwnValue{};
  std::string_view help;
};

// The whole table, in the order in which parameters are listed.
[[nodiscard]] std::span<const Directive> directives();

// By name or alias, case-sensitive; null if there is none.
[[nodiscard]] const Directive* find_directive(std::string_view name);

// The name most like an unknown one, for the error; empty if none is near.
[[nodiscard]] std::string_view nearest_directive(std::string_view name);

// `heartbeat -D` (and -W): the table Directive, Default, Description of those with a default.
enum class TableStyle { kPlain, kWiki };
[[nodiscard]] std::string render_default_table(TableStyle style, std::string_view version);

// docs/directives.md.
[[nodiscard]] std::string render_directive_page();

}  // namespace hb::config
